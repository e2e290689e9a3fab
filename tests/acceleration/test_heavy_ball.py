import numpy as np
import pytest

import optedu as oe
from optedu.acceleration.heavy_ball import polyak_tuning
from tests.acceleration.examples import along_eigenvector, badly_conditioned, same_path
from tests.gradient.examples import bent, strongly_convex
from tests.helpers import assert_bound_holds, assert_bound_is_attained, steps_of


def test_bound_on_quadratics_holds():
    for problem, x0 in strongly_convex():
        assert_bound_holds(steps_of(oe.HeavyBall(), problem, x0), noise=1e-10)
        slower = oe.HeavyBall(0.7 / problem.smoothness, 0.99)
        needed = (1 - np.sqrt(0.7 * problem.strong_convexity / problem.smoothness)) ** 2
        if needed < 0.99:
            assert_bound_holds(steps_of(slower, problem, x0), noise=1e-10)


@pytest.mark.parametrize("k", [1, 2, 5, 10, 50])
def test_largest_eigenvalue_attains_the_bound(k):
    problem, x0 = along_eigenvector([2.0, 0.5, 0.1], 0)
    assert_bound_is_attained(steps_of(oe.HeavyBall(), problem, x0, k), k, slack=1e-7)


def test_bound_on_strongly_convex_functions_holds():
    for seed, scale in enumerate((0.2, 0.5, 0.9, 1.0)):
        L, mu = 5.0, 0.1 * (seed + 1)
        center = np.random.default_rng(seed).standard_normal(3)
        problem = bent(L, mu, 0.4, center)
        h = scale / L
        method = oe.HeavyBall(h, np.sqrt((1 - h * mu) * (1 - h * L)))
        trace = steps_of(method, problem, center + 1.5)
        assert method.guarantee(problem, 1, trace.start).quantity == "gap"
        assert_bound_holds(trace)


def test_momentum_zero_is_gradient_descent():
    problem, x0 = badly_conditioned()
    same_path(oe.HeavyBall(0.3, 0.0), oe.GradientDescent(0.3), problem, x0)


def test_asymptotic_rate_is_the_square_root_of_the_momentum():
    problem, x0 = badly_conditioned(400.0)
    trace = steps_of(oe.HeavyBall(), problem, x0, 200)
    distance = np.linalg.norm(trace.iterates - problem.minimizer, axis=1)
    rate = (distance[200] / distance[100]) ** (1 / 100)
    assert trace.method.momentum == pytest.approx((19 / 21) ** 2, rel=1e-9)
    # (k + 1) rate^k: a factor of about 2 in 100 steps remains
    assert 19 / 21 < rate < 19 / 21 * 2 ** (1 / 100) * 1.005


def test_cycles_for_ever_on_a_strongly_convex_function():
    """The example of Lessard, Recht and Packard: mu = 1, L = 25, and a cycle of length 3."""
    problem = oe.problems.HeavyBallCycle()
    method = oe.HeavyBall().resolve(problem)
    assert (method.step_size, method.momentum) == pytest.approx((1 / 9, 4 / 9))
    cycle = np.array([792, -2208, 2592]) / 1225
    for x0 in (3.07, 3.3, 3.46):
        trace = steps_of(method, problem, np.array([x0]), 500)
        last = trace.iterates[-3:, 0]
        shift = int(np.argmin(np.abs(last - cycle[0])))
        np.testing.assert_allclose(np.roll(last, -shift), cycle, atol=1e-9)
        assert trace.status is oe.Status.MAX_ITER
    for other in (oe.NesterovStronglyConvex(), oe.TripleMomentum(), oe.GradientDescent()):
        assert abs(steps_of(other, problem, np.array([3.3]), 500).x[0]) < 1e-8


def test_tuning_is_best_on_the_interval():
    """No other pair on a grid has a smaller spectral radius over [mu, L]."""
    L, mu = 3.0, 0.05
    eigenvalues = np.linspace(mu, L, 200)

    def radius(h, beta):
        trace = 1 + beta - h * eigenvalues
        root = np.sqrt((trace**2 - 4 * beta).astype(complex))
        return max(np.abs((trace + root) / 2).max(), np.abs((trace - root) / 2).max())

    best = radius(*polyak_tuning(L, mu))
    assert best == pytest.approx(np.sqrt(polyak_tuning(L, mu)[1]), rel=1e-6)
    others = [
        radius(h, beta) for h in np.linspace(0.05, 1.3, 26) for beta in np.linspace(0, 0.98, 50)
    ]
    assert best <= min(others)


def test_says_what_is_missing():
    with pytest.raises(ValueError, match="strong_convexity is 0"):
        oe.run(oe.HeavyBall(), oe.problems.NesterovWorst(1.0, 2, 4))
    with pytest.raises(ValueError, match=r"momentum must be at least 0\.0 and below 1"):
        oe.HeavyBall(0.1, 1.0)
