import numpy as np
import pytest

import optedu as oe
from optedu.curvature.ada_hessian import block_average
from optedu.landscape.hutchinson import hutchinson_diagonal
from optedu.problems.generators import random_logistic, random_quadratic


def diagonal_quadratic(seed=0, d=6):
    rng = np.random.default_rng(seed)
    curvatures = 10.0 ** rng.uniform(-3, 3, d)
    return oe.problems.Quadratic(np.diag(curvatures), curvatures * rng.standard_normal(d))


@pytest.mark.parametrize("seed", range(4))
def test_one_step_on_a_diagonal_quadratic_is_newtons(seed):
    problem = diagonal_quadratic(seed)
    method = oe.AdaHessian(1.0, 0.0, 0.0, offset=0.0)
    x0 = np.random.default_rng(seed).standard_normal(6)
    x = oe.run(method, problem, x0, max_iter=1, seed=seed, execution="python").x
    np.testing.assert_allclose(x, problem.minimizer, rtol=1e-10, atol=1e-12)


def test_estimate_is_exact_for_a_diagonal_hessian_whatever_the_signs():
    problem = diagonal_quadratic(3)
    for seed in range(20):
        D = hutchinson_diagonal(problem, np.zeros(6), np.random.default_rng(seed), 1)
        np.testing.assert_array_equal(D, np.diag(problem.A))


def test_error_of_the_mean_falls_like_one_over_the_square_root():
    problem = random_quadratic(6, 20.0, seed=1)
    sizes, errors = (16, 64, 256, 1024), []
    for samples in sizes:
        rng = np.random.default_rng(samples)
        means = [hutchinson_diagonal(problem, np.zeros(6), rng, samples) for _ in range(40)]
        errors.append(np.sqrt(np.mean(np.square(means - np.diag(problem.A)))))
    assert abs(np.polyfit(np.log(sizes), np.log(errors), 1)[0] + 0.5) < 0.06


def test_variance_is_the_sum_of_squares_off_the_diagonal():
    problem = random_quadratic(5, 20.0, seed=2)
    rng, draws = np.random.default_rng(0), 20_000
    D = np.array([hutchinson_diagonal(problem, np.zeros(5), rng, 1) for _ in range(draws)])
    off = problem.A - np.diag(np.diag(problem.A))
    variance = (off**2).sum(axis=1)
    np.testing.assert_allclose(D.var(axis=0), variance, rtol=0.06)
    error = np.abs(D.mean(axis=0) - np.diag(problem.A))
    assert (error < 4 * np.sqrt(variance / draws)).all()


def test_run_follows_the_rule():
    """Written out from the published rule, with the same signs; five samples, blocks of two."""
    problem = random_logistic(30, 5, seed=3, l2=0.1)
    b1, b2, lr, k, eps, block = 0.8, 0.95, 0.2, 0.7, 1e-3, 2
    method = oe.AdaHessian(lr, b1, b2, k, block, 5, eps)
    rng, same = np.random.default_rng(4), np.random.default_rng(4)
    x = np.ones(5)
    m, v = np.zeros(5), np.zeros(5)
    state = method.init(problem, x, rng)
    for t in range(1, 9):
        state = method.step(problem, state, rng)
        D = hutchinson_diagonal(problem, x, same, 5)
        s = np.repeat([np.abs(D[:2]).mean(), np.abs(D[2:4]).mean(), np.abs(D[4])], [2, 2, 1])
        m = b1 * m + (1 - b1) * problem.gradient(x)
        v = b2 * v + (1 - b2) * s**2
        root = np.sqrt(v / (1 - b2**t))
        x = x - lr * (m / (1 - b1**t)) / (root**k + eps)
        np.testing.assert_allclose(state.x, x, rtol=1e-12)


def test_power_zero_is_momentum_without_scaling():
    problem = random_quadratic(4, 5.0, seed=0)
    method = oe.AdaHessian(0.1, 0.0, 0.9, power=0.0, offset=0.0)
    trace = oe.run(method, problem, np.ones(4), max_iter=10, tol=0.0, execution="python")
    same = oe.run(oe.GradientDescent(0.1), problem, np.ones(4), max_iter=10, tol=0.0)
    np.testing.assert_allclose(trace.iterates, same.iterates, rtol=1e-12)


def test_without_noise_units_of_the_coordinates_do_not_matter():
    """On a separable function y = S x has the run S x: AdaHessian has Newton's scaling, power 1."""

    def pair(scales):
        return oe.Problem.from_functions(
            lambda x: float(np.sum(np.cosh(x / scales))),
            gradient=lambda x: np.sinh(x / scales) / scales,
            hessian_product=lambda x, v: np.cosh(x / scales) / scales**2 * v,
        )

    scales = np.array([1e-2, 1.0, 300.0])
    method = oe.AdaHessian(0.2, offset=0.0)
    runs = [
        oe.run(method, pair(s), s * np.array([1.0, -2.0, 0.5]), max_iter=20, tol=0.0)
        for s in (np.ones(3), scales)
    ]
    np.testing.assert_allclose(runs[1].iterates, scales * runs[0].iterates, rtol=1e-9)


def test_block_average():
    np.testing.assert_allclose(block_average(np.array([1.0, -3, 5, 7, -9]), 2), [2, 2, 6, 6, 9])
    np.testing.assert_allclose(
        block_average(np.array([[1.0, -3.0], [5.0, 7.0]]), 2), [[2.0, 2.0], [6.0, 6.0]]
    )
    values = np.random.default_rng(0).standard_normal(7)
    np.testing.assert_array_equal(block_average(values, 1), np.abs(values))
    np.testing.assert_allclose(block_average(values, 100), np.abs(values).mean())


def test_refuses_bad_numbers():
    for bad in ({"power": 1.5}, {"gradient_decay": 1.0}, {"block": 0}, {"samples": 0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            oe.AdaHessian(**bad)
