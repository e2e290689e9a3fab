"""One coordinate at a time: cyclic, random, greedy."""

import numpy as np
import pytest
from scipy.linalg import solve_triangular

import optedu as oe
from optedu.problems.generators import random_logistic, random_quadratic
from tests.coordinate.examples import badly_scaled, gap, mu_1
from tests.helpers import assert_bound_holds, steps_of

P = oe.problems


def test_a_cycle_on_a_quadratic_is_gauss_and_seidels():
    for seed in range(3):
        problem, x0 = badly_scaled(seed=seed)
        A, b = problem.A, problem.b
        trace = steps_of(oe.CyclicCoordinateDescent(), problem, x0, 30)
        x = x0
        for cycle in range(1, 6):
            x = solve_triangular(np.tril(A), b - np.triu(A, 1) @ x, lower=True)
            assert trace.iterates[6 * cycle] == pytest.approx(x, rel=1e-11, abs=1e-12)


def test_single_steps_minimize_along_the_coordinate_and_touch_no_other():
    problem, x0 = badly_scaled()
    trace = steps_of(oe.CyclicCoordinateDescent(), problem, x0, 20)
    for k in range(20):
        x, y = trace.iterates[k], trace.iterates[k + 1]
        assert set(np.flatnonzero(x != y)) <= {k % 6}
        assert abs(problem.coordinate_gradient(k % 6, y)) <= 1e-12 * np.abs(problem.b).max()


@pytest.mark.parametrize("method", [
    oe.CyclicCoordinateDescent(), oe.GreedyCoordinateDescent(True),
    oe.GreedyCoordinateDescent(False),
])  # fmt: skip
def test_bounds_hold(method):
    for seed in range(3):
        assert_bound_holds(steps_of(method, *badly_scaled(seed=seed)))


@pytest.mark.parametrize("scaled", [True, False])
def test_greedy_bound_with_the_true_one_norm_constant(scaled):
    for seed in range(4):
        problem, x0 = badly_scaled(seed=seed)
        trace = steps_of(oe.GreedyCoordinateDescent(scaled), problem, x0, 50)
        L = problem.coordinate_smoothness
        if scaled:  # mu_1 in the norm sum_i sqrt(L_i) |x_i|, where all L_i are 1
            rate = 1 - mu_1(problem.A / np.sqrt(np.outer(L, L)))
        else:
            rate = 1 - mu_1(problem.A) / L.max()
        assert 0 < rate < 1 - problem.strong_convexity / (6 * L.max()) + 1e-12
        for k in (1, 2, 5, 10, 50):
            bound = rate**k * gap(problem, x0)
            assert trace.values[k] - problem.minimum <= bound * (1 + 1e-9) + 1e-12


def test_greedy_bound_is_attained_by_a_sphere():
    """Negative control: from (1, ..., 1) the gap is (1 - mu_1/L) times the first, not less."""
    d = 7
    center = np.linspace(-1, 2, d)
    problem = P.Quadratic(np.eye(d), center)
    trace = steps_of(oe.GreedyCoordinateDescent(), problem, center + 1.0, 1)
    first, second = trace.values - problem.minimum
    assert mu_1(problem.A) == pytest.approx(1 / d)
    assert second == pytest.approx((1 - mu_1(problem.A)) * first, rel=1e-12)
    assert second > 0.8 * (1 - 1 / d) * first


def expected_gap(problem, x0, p, k):
    """E f(x_k) - f*, exactly: the second moment of the error obeys a linear recursion."""
    A, d = problem.A, x0.size
    e = x0 - problem.minimizer
    second = np.outer(e, e)
    steps = [np.eye(d) - np.outer(np.eye(d)[i], A[i]) / A[i, i] for i in range(d)]
    for _ in range(k):
        second = sum(q * M @ second @ M.T for q, M in zip(p, steps, strict=True))
    return 0.5 * np.sum(A * second)


@pytest.mark.parametrize("exponent", [0.0, 1.0])
def test_expected_bound_of_random_coordinates(exponent):
    for seed in range(3):
        problem, x0 = badly_scaled(seed=seed)
        L, mu = problem.coordinate_smoothness, problem.strong_convexity
        p = L**exponent / np.sum(L**exponent)
        rate = 1 - (mu / L.sum() if exponent else mu / (6 * L.max()))
        for k in (1, 2, 5, 10, 50, 200):
            assert expected_gap(problem, x0, p, k) <= rate**k * gap(problem, x0) * (1 + 1e-9)
        # and the method's mean over seeds is that expectation, within four standard errors
        ends = [
            gap(problem, oe.run(oe.RandomCoordinateDescent(exponent), problem, x0, max_iter=5,
                                tol=0.0, seed=s, execution="python").x)
            for s in range(100)
        ]  # fmt: skip
        error = np.std(ends) / 10
        assert abs(np.mean(ends) - expected_gap(problem, x0, p, 5)) <= 4 * error


def test_expected_bound_is_attained_by_a_sphere():
    d, k = 5, 10
    problem = P.Quadratic(np.eye(d), np.arange(d) - 1.0)
    x0 = problem.minimizer + np.array([3.0, 0.5, 1.0, -1.0, 2.0])
    exact = expected_gap(problem, x0, np.full(d, 1 / d), k)
    bound = (1 - 1 / d) ** k * gap(problem, x0)
    assert exact == pytest.approx(bound, rel=1e-12)
    assert exact > 0.8 * bound


def test_one_dimension_is_gradient_descent():
    problem = random_logistic(20, 1, seed=3, l2=0.1)
    for method in (oe.CyclicCoordinateDescent(), oe.RandomCoordinateDescent(),
                   oe.GreedyCoordinateDescent()):  # fmt: skip
        ours = steps_of(method, problem, np.array([2.0]), 20)
        plain = steps_of(oe.GradientDescent(), problem, np.array([2.0]), 20)
        assert ours.iterates == pytest.approx(plain.iterates, abs=1e-12)


def test_calls():
    problem, x0 = badly_scaled()
    assert (
        steps_of(oe.CyclicCoordinateDescent(), problem, x0, 12).counts["coordinate_gradient"] == 12
    )
    assert steps_of(oe.GreedyCoordinateDescent(), problem, x0, 12).counts["gradient"] == 13


def test_what_is_unknown_or_wrong_is_said():
    huber = P.HuberNorm(1.0, 1.0, np.zeros(3))
    with pytest.raises(ValueError, match="coordinate_smoothness is unknown"):
        oe.run(oe.GreedyCoordinateDescent(), huber, np.ones(3))
    with pytest.raises(ValueError, match=r"must be positive, got 0.0 at index 1"):
        oe.CyclicCoordinateDescent([1.0, 0.0])
    saddle = P.Quadratic(np.diag([1.0, -1.0]), np.zeros(2))
    with pytest.raises(ValueError, match="hessian_bound is unknown"):
        oe.run(oe.GreedyBlockDescent(), saddle, np.ones(2))
    with pytest.raises(TypeError, match=r"calls problem.coordinate_gradient"):
        oe.run(oe.CyclicCoordinateDescent(), huber, np.ones(3))


def test_a_coordinate_that_does_not_matter_stays():
    problem = P.LeastSquares([[1.0, 0.0], [2.0, 0.0]], [1.0, 1.0])
    trace = steps_of(oe.CyclicCoordinateDescent(), problem, np.array([5.0, 7.0]), 4)
    assert trace.x == pytest.approx([0.6, 7.0])


def test_a_rotation_decides_who_is_faster():
    """Aligned axes: coordinates are done after one cycle. Rotated: they zigzag."""
    aligned = P.Quadratic(np.diag([1.0, 100.0]), [1.0, -50.0])
    assert gap(aligned, steps_of(oe.CyclicCoordinateDescent(), aligned, np.ones(2), 2).x) <= 1e-12
    rotated = random_quadratic(2, 100.0, seed=1)
    x0 = rotated.minimizer + np.linalg.eigh(rotated.A)[1][:, 0]  # along the valley
    trace = steps_of(oe.CyclicCoordinateDescent(), rotated, x0, 20)
    assert gap(rotated, trace.x) > 0.3 * gap(rotated, x0)
