import numpy as np
import pytest

import optedu as oe
from tests.acceleration.examples import huber, slope
from tests.gradient.examples import smooth_convex
from tests.helpers import assert_bound_holds, measured_and_bound, steps_of


@pytest.mark.parametrize("scale", [0.3, 1.0])
def test_bound_holds(scale):
    for problem, x0 in smooth_convex():
        method = oe.NesterovAcceleration(scale / problem.smoothness)
        assert_bound_holds(steps_of(method, problem, x0))


@pytest.mark.parametrize("k", [10, 50, 200])
def test_huber_function_refutes_four_fifths_of_the_bound(k):
    L, R = 3.0, 2.0
    travelled = distance_under_constant_gradient(k)
    problem, x0 = huber(L, R / (2 * travelled + 1), R)
    trace = steps_of(oe.NesterovAcceleration(), problem, x0, k)
    measured, bound = measured_and_bound(trace, [k])
    assert measured[0] == pytest.approx(L * R**2 / (2 * (2 * travelled + 1)), rel=1e-9)
    assert 0.8 * bound[0] < measured[0] <= bound[0]


def distance_under_constant_gradient(k):
    """Return how far the method moves in k steps when L and every gradient are 1."""
    ramp = oe.Problem.from_functions(lambda x: x[0], gradient=lambda x: np.ones(1))
    return -steps_of(oe.NesterovAcceleration(1.0), ramp, np.zeros(1), k).x[0]


def test_simple_form_of_the_bound():
    problem, x0 = huber(2.0, 0.05, 3.0)
    trace = steps_of(oe.NesterovAcceleration(), problem, x0)
    k = np.arange(1, 201)
    bound = trace.method.guarantee(problem, k, x0).bound
    assert (bound <= 2 * 2.0 * 9.0 / (k + 1) ** 2 * (1 + 1e-12)).all()


def test_no_bound_is_claimed_for_steps_beyond_the_proof():
    problem, x0 = huber(2.0, 0.05, 3.0)
    assert oe.NesterovAcceleration(1.1 / 2.0).guarantee(problem, 5, x0) is None
    rosenbrock = oe.problems.Rosenbrock()
    assert oe.NesterovAcceleration(1e-4).guarantee(rosenbrock, 5, np.zeros(2)) is None


def test_rate_on_nesterovs_worst_functions():
    """The worst function changes with k: gap / (L R^2) falls like 1/k^2, descent's slower."""
    ks = np.array([20, 40, 80, 160])
    fast, slow = [], []
    for k in ks:
        problem = oe.problems.NesterovWorst(2.0, 2 * k + 1, 2 * k + 1)
        scale = 2.0 * np.sum(problem.minimizer**2)
        for method, gaps in ((oe.NesterovAcceleration(), fast), (oe.GradientDescent(), slow)):
            trace = steps_of(method, problem, problem.start, k)
            gaps.append((trace.values[-1] - problem.minimum) / scale)
    assert slope(ks, fast) < -1.9
    assert slope(ks, slow) > -1.6
    lower_bound = 3 / (32 * (ks + 1) ** 2)
    assert (np.array(fast) >= lower_bound).all()


def test_rate_on_one_long_chain():
    """Before the end of the chain is felt the gap falls like 1/k; descent's like k^(-1/2)."""
    problem = oe.problems.NesterovWorst(1.0, 1000, 1000)
    k = np.arange(20, 200)
    slopes = [
        slope(k, steps_of(method, problem, problem.start).values[k] - problem.minimum)
        for method in (oe.NesterovAcceleration(), oe.GradientDescent())
    ]
    assert slopes[0] < 1.8 * slopes[1]
    assert slopes[1] > -0.6


def test_fails_when_strongly_convex_it_oscillates():
    problem, x0 = oe.problems.Quadratic(np.diag([1.0, 0.01]), np.zeros(2)), np.ones(2)
    values = steps_of(oe.NesterovAcceleration(), problem, x0).values
    assert (np.diff(values) > 0).any()
    constant = steps_of(oe.NesterovStronglyConvex(), problem, x0).values
    assert constant[-1] < 1e-3 * values[-1]
