import numpy as np
import pytest

import optedu as oe
from optedu.adaptive.sania_step import divide, sania_factor
from optedu.problems.generators import random_least_squares, random_quadratic

POLYAK = (oe.StochasticPolyak(), oe.SaniaAdaGradSQR(), oe.SaniaAdamSQR(0.9))


def interpolated(seed, n=40, d=6):
    """Least squares that fit exactly."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, d)) * 10.0 ** rng.uniform(-1, 1, d)
    return oe.problems.LeastSquares(A, A @ rng.standard_normal(d))


def test_on_one_row_it_is_the_projection_of_kaczmarz():
    problem, rng = interpolated(0), np.random.default_rng(1)
    method = oe.Minibatch(oe.StochasticPolyak(0.5)).resolve(problem)
    state = method.init(problem, np.zeros(6), rng)
    for _ in range(30):
        same = np.random.default_rng()
        same.bit_generator.state = rng.bit_generator.state
        i = int(same.integers(0, 40, 1)[0])
        x, a = state.x, problem.A[i]
        state = method.step(problem, state, rng)
        np.testing.assert_allclose(
            state.x, x - (a @ x - problem.b[i]) / (a @ a) * a, rtol=1e-9, atol=1e-12
        )


def test_the_whole_sum_is_polyaks_method():
    problem = random_quadratic(5, 20.0, seed=3)
    x0 = np.full(5, 2.0)
    ours = oe.StochasticPolyak(1.0, lower=problem.minimum)
    runs = [
        oe.run(m, problem, x0, max_iter=40, tol=0.0, execution="python").iterates
        for m in (ours, oe.PolyakGradientDescent())
    ]
    np.testing.assert_allclose(runs[0], runs[1], rtol=1e-10)


def test_the_cap_is_a_constant_step():
    problem = random_least_squares(12, 4, seed=13)
    capped = oe.StochasticPolyak(largest_step=1e-4)
    runs = [
        oe.run(oe.Minibatch(m, 3), problem, np.ones(4), max_iter=30, tol=0.0, seed=5).iterates
        for m in (capped, oe.GradientDescent(1e-4))
    ]
    np.testing.assert_allclose(runs[0], runs[1], rtol=1e-12)


def test_below_the_lower_bound_it_rests():
    problem = random_quadratic(3, 5.0, seed=0)
    state = oe.StochasticPolyak(lower=1e6).init(problem, np.ones(3))
    np.testing.assert_array_equal(oe.StochasticPolyak(lower=1e6).step(problem, state).x, state.x)


@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_rate_of_loizou_under_interpolation(scale):
    """E ||x - x*||^2 <= (1 - mu a)^k ||x_0 - x*||^2, a = 1 / (2 scale max L_i); mean of 60 runs.

    Terms with a ridge are strongly convex; b = 0 makes 0 the minimizer of each. Three standard
    errors of room.
    """
    rng = np.random.default_rng(4)
    A = rng.standard_normal((20, 4))
    problem = oe.problems.LeastSquares(A, np.zeros(20), l2=3.0)
    largest = 20 * (A**2).sum(axis=1).max() + 3.0
    rate = 1 - 3.0 / (2 * scale * largest)
    x0 = np.array([1.0, -2.0, 0.5, 3.0])
    method = oe.Minibatch(oe.StochasticPolyak(scale))
    squares = np.array(
        [
            (oe.run(method, problem, x0, max_iter=40, tol=0.0, seed=s, execution="python").iterates
             ** 2).sum(axis=1)
            for s in range(60)
        ]
    )  # fmt: skip
    for k in (1, 5, 20, 40):
        error = squares[:, k].std() / np.sqrt(60)
        assert squares[:, k].mean() <= rate**k * (x0 @ x0) + 3 * error


def test_factor_is_the_zero_or_the_bottom_of_the_model():
    rng = np.random.default_rng(5)
    for _ in range(100):
        q, f = rng.uniform(0.1, 3.0), rng.uniform(0.0, 3.0)
        t = sania_factor(f, q)
        model = f - t * q + t * t * q / 2
        if 2 * f < q:
            assert 0 <= t <= 1
            assert abs(model) < 1e-12
        else:
            assert t == 1.0
            assert model >= f - q / 2 - 1e-12
    assert sania_factor(0.0, 0.0) == 1.0
    np.testing.assert_array_equal(divide(np.array([2.0, 0.0]), np.array([4.0, 0.0])), [0.5, 0.0])


@pytest.mark.parametrize("decay", [None, 0.0, 0.9])
def test_sania_follows_its_rule(decay):
    """From sums over all past gradients, on the same batches."""
    problem, rng = interpolated(6), np.random.default_rng(7)
    inner = oe.SaniaAdaGradSQR() if decay is None else oe.SaniaAdamSQR(decay)
    method = oe.Minibatch(inner, 4).resolve(problem)
    state = method.init(problem, np.ones(6), rng)
    same = np.random.default_rng()
    same.bit_generator.state = rng.bit_generator.state
    past, x = [], np.ones(6)
    for k in range(1, 20):
        state = method.step(problem, state, rng)
        batch = same.integers(0, 40, 4)
        f = np.mean([problem.component_value(i, x) for i in batch])
        g = np.mean([problem.component_gradient(i, x) for i in batch], axis=0)
        past.append(g**2)
        if decay is None:
            B = np.sum(past, axis=0)
        else:
            weights = decay ** np.arange(k - 1, -1, -1.0)
            B = np.average(past, axis=0, weights=weights)
        q = np.sum(g * g / B)
        step = 1 - np.sqrt(1 - 2 * f / q) if 2 * f <= q else 1.0
        x = x - step * g / B
        np.testing.assert_allclose(state.x, x, rtol=1e-7)


@pytest.mark.parametrize("method", POLYAK[1:])
def test_units_of_the_coordinates_do_not_matter(method):
    """A and A S, S diagonal over twelve orders of magnitude: the same losses."""
    rng = np.random.default_rng(8)
    A, y = rng.standard_normal((50, 6)), np.where(rng.random(50) < 0.5, -1.0, 1.0)
    scales = 10.0 ** rng.uniform(-6, 6, 6)

    def losses(method, scales):
        problem = oe.problems.LogisticRegression(A * scales, y, l2=0.0)
        options = {"max_iter": 40, "tol": 0.0, "seed": 1, "execution": "python"}
        return oe.run(oe.Minibatch(method, 5), problem, np.zeros(6), **options).values

    np.testing.assert_allclose(losses(method, np.ones(6)), losses(method, scales), rtol=1e-8)
    floored = method._replace(floor=0.1)
    assert not np.allclose(losses(floored, np.ones(6)), losses(floored, scales), rtol=0.1)


def test_refuses_bad_numbers():
    for cls, bad in (
        (oe.StochasticPolyak, {"scale": 0.0}),
        (oe.StochasticPolyak, {"largest_step": -1.0}),
        (oe.SaniaAdaGradSQR, {"floor": -1.0}),
        (oe.SaniaAdamSQR, {"square_decay": 1.0}),
    ):
        with pytest.raises(ValueError, match=next(iter(bad))):
            cls(**bad)
