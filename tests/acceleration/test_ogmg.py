import numpy as np
import pytest

import optedu as oe
from optedu.acceleration.ogmg import backward_thetas
from tests.acceleration.examples import along_eigenvector, huber, slope
from tests.gradient.examples import smooth_convex
from tests.helpers import KS, assert_bound_holds, assert_bound_is_attained, steps_of


@pytest.mark.parametrize("n", KS)
def test_bound_holds_at_the_horizon(n):
    for problem, x0 in smooth_convex():
        assert_bound_holds(steps_of(oe.OGMG(horizon=n), problem, x0, n), [n])


@pytest.mark.parametrize("n", KS)
def test_huber_function_and_quadratic_attain_the_bound(n):
    L, R = 3.0, 2.0
    method = oe.OGMG(horizon=n)
    # the last iterate just reaches the ball in which the Huber function is quadratic
    ramp = oe.Problem.from_functions(
        lambda x: x[0], gradient=lambda x: np.ones(1), smoothness=1.0, strong_convexity=0.0
    )
    travelled = -steps_of(method, ramp, np.zeros(1), n).x[0]
    problem, x0 = huber(L, R / (travelled + 1), R)
    assert_bound_is_attained(steps_of(method, problem, x0, n), n)
    problem, x0 = along_eigenvector([L, L], 0)
    assert_bound_is_attained(steps_of(method, problem, x0, n), n)


def test_backward_sequence():
    th = backward_thetas(6)
    assert th[-1] == 1
    for k in range(1, 6):
        assert th[k] ** 2 - th[k] == pytest.approx(th[k + 1] ** 2)
    assert th[0] ** 2 - th[0] == pytest.approx(2 * th[1] ** 2)


def test_gradient_norm_falls_faster_than_for_gradient_descent():
    """Worst case over both extremal functions: order 1/n against 1/sqrt(n)."""
    ns = np.array([20, 40, 80, 160])
    fast, slow = [], []
    for n in ns:
        problem, x0 = along_eigenvector([1.0, 1.0], 0)
        fast.append(steps_of(oe.OGMG(horizon=n), problem, x0, n).gradient_norms[-1])
        problem, x0 = huber(1.0, 1 / (n + 1), 1.0)
        gap = problem.value(x0)
        trace = steps_of(oe.GradientDescent(), problem, x0, n)
        slow.append(trace.gradient_norms[-1] / np.sqrt(gap))
    assert slope(ns, fast) < -0.9
    assert -0.6 < slope(ns, slow) < -0.4
