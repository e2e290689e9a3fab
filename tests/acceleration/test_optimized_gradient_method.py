import numpy as np
import pytest

import optedu as oe
from tests.acceleration.examples import along_eigenvector, huber
from tests.gradient.examples import smooth_convex
from tests.helpers import KS, assert_bound_holds, assert_bound_is_attained, steps_of


@pytest.mark.parametrize("n", KS)
def test_bound_holds_at_the_horizon(n):
    for problem, x0 in smooth_convex():
        trace = steps_of(oe.OptimizedGradientMethod(horizon=n), problem, x0, n)
        assert_bound_holds(trace, [n])


@pytest.mark.parametrize("n", KS)
def test_huber_function_and_quadratic_attain_the_bound(n):
    L, R = 3.0, 2.0
    method = oe.OptimizedGradientMethod(1.0, horizon=n)
    ramp = oe.Problem.from_functions(lambda x: x[0], gradient=lambda x: np.ones(1))
    travelled = -steps_of(method, ramp, np.zeros(1), n).x[0]
    problem, x0 = huber(L, R / (2 * travelled + 1), R)
    assert_bound_is_attained(steps_of(method._replace(step_size=1 / L), problem, x0, n), n)
    problem, x0 = along_eigenvector([L, L], 0)
    assert_bound_is_attained(steps_of(method._replace(step_size=1 / L), problem, x0, n), n)


@pytest.mark.parametrize("n", [1, 5, 50])
def test_half_of_nesterovs_bound(n):
    problem, x0 = huber(2.0, 0.1, 3.0)
    bounds = [
        m.resolve(problem).guarantee(problem, n, x0).bound
        for m in (oe.OptimizedGradientMethod(horizon=n), oe.NesterovAcceleration())
    ]
    assert bounds[0] <= 2.0 * 9.0 / (n + 1) ** 2
    assert bounds[0] <= 0.71 * bounds[1]
    if n == 50:
        assert bounds[0] == pytest.approx(bounds[1] / 2, rel=0.05)


def test_nothing_is_claimed_away_from_the_horizon():
    problem, x0 = huber(2.0, 0.1, 3.0)
    method = oe.OptimizedGradientMethod(horizon=5).resolve(problem)
    bound = method.guarantee(problem, np.arange(8), x0).bound
    assert np.isfinite(bound).tolist() == [k == 5 for k in range(8)]


def test_starts_again_after_the_horizon():
    problem, x0 = huber(2.0, 0.1, 3.0)
    method = oe.OptimizedGradientMethod(horizon=5)
    whole = steps_of(method, problem, x0, 10)
    again = steps_of(method, problem, whole.iterates[5], 5)
    np.testing.assert_array_equal(whole.iterates[5:], again.iterates)


def test_refuses_an_empty_horizon():
    with pytest.raises(ValueError, match="horizon must be positive, got 0"):
        oe.OptimizedGradientMethod(horizon=0)
