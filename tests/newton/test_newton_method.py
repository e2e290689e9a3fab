import numpy as np
import pytest

import optedu as oe
from tests.helpers import assert_bound_holds, measured_and_bound, steps_of
from tests.newton.examples import (
    bowls,
    composed,
    distances,
    orders,
    ridge_logistic,
    root_of_one_plus_square,
    start,
)

FAMILY = [oe.NewtonMethod(), oe.DampedNewton(), oe.TrustRegionNewton(trust_radius=1e3)]


@pytest.mark.parametrize("method", FAMILY, ids=lambda m: type(m).__name__)
def test_one_step_solves_a_quadratic(method):
    for problem, x0 in bowls():
        trace = oe.run(method, problem, x0, tol=1e-9)
        assert trace.success
        assert trace.iterations[-1] == 1
        np.testing.assert_allclose(trace.x, problem.minimizer, rtol=1e-9, atol=1e-9)


def test_half_a_step_halves_the_error():
    problem, x0 = next(bowls())
    e = oe.run(oe.NewtonMethod(0.5), problem, x0, max_iter=6, tol=0.0).iterates - problem.minimizer
    np.testing.assert_allclose(e[1:], e[:-1] / 2, rtol=1e-9)


def test_the_tail_is_quadratic():
    found = []
    for seed in range(6):
        problem, minimizer = ridge_logistic(seed)
        x0 = minimizer + 0.3 * start(5, seed) / np.linalg.norm(start(5, seed))
        trace = steps_of(oe.NewtonMethod(), problem, x0, 8)
        found.append(orders(distances(trace, minimizer), 1e-14, 1.0)[-1])
        plain = steps_of(oe.GradientDescent(), problem, x0, 60)
        assert np.abs(orders(distances(plain, minimizer))[-20:] - 1).max() < 0.1
    assert 1.7 < np.median(found) < 2.3, found


def near(seed):
    """Return a problem and a start from which the bound promises something."""
    problem, minimizer = ridge_logistic(seed, l2=0.5)
    direction = start(5, seed) / np.linalg.norm(start(5, seed))
    radius = 1.0
    while oe.NewtonMethod().guarantee(problem, 1, minimizer + radius * direction) is None:
        radius /= 1.3
    return problem, minimizer + radius * direction


@pytest.mark.parametrize("seed", range(4))
def test_bound_holds(seed):
    problem, x0 = near(seed)
    assert_bound_holds(steps_of(oe.NewtonMethod(), problem, x0, 6), ks=(0, 1, 2, 3, 5), noise=1e-14)


def bent(mu, M, x0=0.0):
    """Return the function of one variable with curvature mu + M |x - x0|, and minimum at x0 - u."""
    return lambda lean: oe.Problem.from_functions(
        lambda x: mu * x[0] ** 2 / 2 + M * abs(x[0]) ** 3 / 6 + lean * x[0],
        gradient=lambda x: mu * x + M * x * np.abs(x) / 2 + lean,
        hessian=lambda x: (mu + M * abs(x[0])) * np.eye(1),
        strong_convexity=mu,
        hessian_lipschitz=M,
    )


@pytest.mark.parametrize("lean", [0.1, -0.6])
def test_the_bound_is_attained_after_one_step(lean):
    """From the point of least curvature along a line of steepest change of it."""
    problem = bent(1.3, 2.1)(lean)
    trace = steps_of(oe.NewtonMethod(), problem, [0.0], 1)
    measured, bound = measured_and_bound(trace, [1])
    np.testing.assert_allclose(measured, bound, rtol=1e-12)
    assert measured[0] > 0.8 * bound[0]


def test_nothing_is_promised_from_far_away():
    problem, minimizer = ridge_logistic()
    assert oe.NewtonMethod().guarantee(problem, 3, minimizer + 50.0) is None
    assert oe.NewtonMethod(0.5).guarantee(problem, 3, minimizer) is None
    quadratic, x0 = next(bowls())
    bound = oe.NewtonMethod().guarantee(quadratic, np.array([0, 1, 2]), x0).bound
    np.testing.assert_array_equal(bound, [np.linalg.norm(quadratic.gradient(x0)), 0, 0])


@pytest.mark.parametrize("method", [oe.NewtonMethod(), oe.DampedNewton()], ids=["pure", "damped"])
def test_affine_invariance(method):
    problem, _ = ridge_logistic(3)
    rng = np.random.default_rng(3)
    A, b, y0 = rng.normal(size=(5, 5)), rng.normal(size=5), rng.normal(size=5)
    there = steps_of(method, composed(problem, A, b), y0, 5).iterates
    here = steps_of(method, problem, A @ y0 + b, 5).iterates
    rows = min(len(here), len(there))
    np.testing.assert_allclose(there[:rows] @ A.T + b, here[:rows], atol=1e-8)


def test_gradient_descent_is_not_affinely_invariant():
    problem, _ = ridge_logistic(3)
    rng = np.random.default_rng(3)
    A, b, y0 = rng.normal(size=(5, 5)), rng.normal(size=5), rng.normal(size=5)
    there = steps_of(oe.GradientDescent(0.1), composed(problem, A, b), y0, 5).iterates
    here = steps_of(oe.GradientDescent(0.1), problem, A @ y0 + b, 5).iterates
    assert np.abs(there @ A.T + b - here).max() > 0.05


def test_three_fates_on_a_convex_function():
    problem, c = root_of_one_plus_square(), 0.3
    run = steps_of(oe.NewtonMethod(), problem, [c + 0.9], 4)
    np.testing.assert_allclose(
        run.iterates[:, 0] - c, [0.9, -(0.9**3), 0.9**9, -(0.9**27), 0.9**81]
    )
    cycle = steps_of(oe.NewtonMethod(), problem, [c + 1.0], 9)
    np.testing.assert_allclose(cycle.iterates[:, 0] - c, (-1.0) ** np.arange(10), atol=1e-6)
    far = oe.run(oe.NewtonMethod(), problem, [c + 1.1], max_iter=30)
    assert far.status in (oe.Status.DIVERGED, oe.Status.NONFINITE)
    for method in (oe.DampedNewton(), oe.TrustRegionNewton()):
        for u in (0.9, 1.0, 1.1, 50.0):
            assert oe.run(method, problem, [c + u]).success


def test_the_cycle_of_a_cubic_gradient():
    """Its gradient is x^3 - 2 x + 2: Newton's iteration goes 0, 1, 0, 1 and attracts."""
    problem = oe.Problem.from_functions(
        lambda x: x[0] ** 4 / 4 - x[0] ** 2 + 2 * x[0],
        gradient=lambda x: x**3 - 2 * x + 2,
        hessian=lambda x: (3 * x[0] ** 2 - 2) * np.eye(1),
    )
    x = steps_of(oe.NewtonMethod(), problem, [0.08], 60).iterates[-4:, 0]
    np.testing.assert_allclose(np.sort(x), [0, 0, 1, 1], atol=1e-12)
    assert oe.run(oe.DampedNewton(), problem, [0.08]).success


def test_it_goes_to_a_maximum_as_gladly():
    trace = oe.run(oe.NewtonMethod(), oe.problems.Himmelblau(), [0.0, 0.0])
    assert trace.success
    assert np.linalg.eigvalsh(trace.problem.hessian(trace.x))[-1] < 0
    assert trace.values[-1] > trace.values[0]


def test_a_singular_hessian_ends_the_run():
    flat = oe.problems.Quadratic([[1.0, 1.0], [1.0, 1.0]], [0.0, 1.0])
    trace = oe.run(oe.NewtonMethod(), flat, [1.0, 2.0], execution="python")
    assert not trace.success
    assert "ingular" in trace.message
