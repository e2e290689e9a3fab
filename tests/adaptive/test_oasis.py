import numpy as np
import pytest

import optedu as oe
from optedu.adaptive.oasis import at_least, weighted_step
from optedu.landscape.hutchinson import hutchinson_diagonal
from optedu.problems.generators import random_logistic
from tests.adaptive.test_distance_over_gradients import run_by_hand


def diagonal_quadratic(seed, d=6, spread=4):
    rng = np.random.default_rng(seed)
    curvatures = 10.0 ** rng.uniform(-spread, spread, d)
    return oe.problems.Quadratic(np.diag(curvatures), curvatures * rng.standard_normal(d))


@pytest.mark.parametrize("seed", range(3))
def test_each_step_halves_each_error_whatever_the_conditioning(seed):
    """Eight orders of magnitude between the curvatures; after the first, short step."""
    problem = diagonal_quadratic(seed)
    method = oe.OASIS(floor=1e-9)
    x0 = problem.minimizer + np.random.default_rng(seed).standard_normal(6)
    states = run_by_hand(method, problem, x0, 20, np.random.default_rng(seed))
    errors = np.array([s.x for s in states]) - problem.minimizer
    np.testing.assert_allclose(errors[1], (1 - 1e-3) * errors[0], rtol=1e-6)
    for k in range(1, 20):
        np.testing.assert_allclose(errors[k + 1], errors[k] / 2, rtol=1e-4, atol=1e-9)


def test_run_follows_the_rule():
    """Written out from the published rule, with the same signs."""
    problem = random_logistic(30, 5, seed=3, l2=0.1)
    b2, floor, eta, samples = 0.9, 0.05, 0.02, 4
    rng, same = np.random.default_rng(4), np.random.default_rng(4)
    states = run_by_hand(oe.OASIS(b2, floor, eta, samples), problem, np.ones(5), 15, rng)
    w, g = [np.ones(5)], [problem.gradient(np.ones(5))]
    D = hutchinson_diagonal(problem, w[0], same, samples)
    theta = np.inf
    w.append(w[0] - eta * g[0] / np.maximum(np.abs(D), floor))
    for k in range(1, 15):
        g.append(problem.gradient(w[k]))
        D = b2 * D + (1 - b2) * hutchinson_diagonal(problem, w[k], same, 1)
        scale = np.maximum(np.abs(D), floor)
        s, y = w[k] - w[k - 1], g[k] - g[k - 1]
        local = np.sqrt(np.sum(scale * s**2)) / (2 * np.sqrt(np.sum(y**2 / scale)))
        eta, before = min(np.sqrt(1 + theta) * eta, local), eta
        theta = eta / before
        w.append(w[k] - eta * g[k] / scale)
    np.testing.assert_allclose([s.x for s in states], w, rtol=1e-10)


def test_without_a_scale_it_is_malitsky_and_mishchenko():
    """A floor above all curvatures c: gradient descent with steps t / c, adaptive ones."""
    problem = random_logistic(30, 5, seed=5, l2=0.1)
    c = 100.0
    states = run_by_hand(oe.OASIS(floor=c), problem, np.ones(5), 20, np.random.default_rng(0))
    x = [np.ones(5)]
    lam, theta = 1e-3 / c, np.inf
    x.append(x[0] - lam * problem.gradient(x[0]))
    for k in range(1, 20):
        g = problem.gradient(x[k])
        change = np.linalg.norm(g - problem.gradient(x[k - 1]))
        longest = np.linalg.norm(x[k] - x[k - 1]) / (2 * change)
        lam, before = min(np.sqrt(1 + theta) * lam, longest), lam
        theta = lam / before
        x.append(x[k] - lam * g)
    np.testing.assert_allclose([s.x for s in states], x, rtol=1e-9)


def test_units_of_the_coordinates_do_not_matter():
    """On a separable function, floor inactive: y = S x has the run S x."""

    def run(scales):
        problem = oe.Problem.from_functions(
            lambda x: float(np.sum(np.cosh(x / scales))),
            gradient=lambda x: np.sinh(x / scales) / scales,
            hessian_product=lambda x, v: np.cosh(x / scales) / scales**2 * v,
        )
        start = scales * np.array([1.0, -2.0, 0.5])
        return oe.run(oe.OASIS(floor=1e-12), problem, start, max_iter=20, tol=0.0).iterates

    scales = np.array([1e-2, 1.0, 300.0])
    np.testing.assert_allclose(run(scales), scales * run(np.ones(3)), rtol=1e-9)


def test_finds_the_minimum_of_a_logistic_regression():
    problem = random_logistic(100, 8, seed=6, l2=1e-2)
    trace = oe.run(oe.OASIS(), problem, np.zeros(8), max_iter=300, tol=1e-8, seed=0)
    assert trace.status is oe.Status.CONVERGED


def test_step_where_nothing_changed():
    s, flat = np.ones(2), np.zeros(2)
    assert weighted_step(s, flat, np.ones(2), 0.3, np.inf) == 0.3
    assert weighted_step(s, flat, np.ones(2), 0.3, 3.0) == pytest.approx(0.6)
    np.testing.assert_array_equal(at_least(np.array([-3.0, 0.1]), 0.5), [3.0, 0.5])


def test_refuses_bad_numbers():
    for bad in ({"hessian_decay": 1.0}, {"floor": 0.0}, {"first_step": -1.0}, {"samples": 0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            oe.OASIS(**bad)
