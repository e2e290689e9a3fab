import numpy as np
import pytest

import optedu as oe
from optedu.acceleration.quasar_line_search import quasar_line_search
from tests.acceleration.examples import huber
from tests.gradient.examples import smooth_convex, strongly_convex
from tests.helpers import assert_bound_holds, measured_and_bound, steps_of


def test_bound_holds_on_convex_functions():
    for problem, x0 in smooth_convex():
        assert_bound_holds(steps_of(oe.QuasarAcceleration(strong_convexity=0.0), problem, x0))
        assert_bound_holds(
            steps_of(oe.QuasarAcceleration(0.5, strong_convexity=0.0), problem, x0, 200)
        )


@pytest.mark.parametrize("gamma", [0.5, 1.0])
def test_bound_holds_on_strongly_convex_functions(gamma):
    for problem, x0 in strongly_convex():
        assert_bound_holds(steps_of(oe.QuasarAcceleration(gamma), problem, x0))


@pytest.mark.parametrize("x0", [-4.0, 2.0, 5.0])
def test_bound_holds_on_a_function_that_is_not_convex(x0):
    problem = oe.problems.QuasarConvexRoot()
    assert problem.hessian(np.array([x0]))[0, 0] < 0
    assert_bound_holds(steps_of(oe.QuasarAcceleration(0.5), problem, np.array([x0])))


def test_claims_nothing_that_the_problem_does_not_say():
    problem = oe.problems.QuasarConvexRoot()
    method = oe.QuasarAcceleration(0.9).resolve(problem)
    assert method.guarantee(problem, 3, problem.start) is None
    rosenbrock = oe.problems.Rosenbrock()
    method = oe.QuasarAcceleration(0.5, smoothness=1e4).resolve(rosenbrock)
    assert method.guarantee(rosenbrock, 3, rosenbrock.start) is None


@pytest.mark.parametrize("k", [10, 50, 200])
def test_a_bound_of_higher_order_would_be_refuted(k):
    """With k^(-2.2) in place of k^(-2) a Huber function refutes the bound."""
    R = 2.0
    ramp = oe.Problem.from_functions(lambda x: x[0], gradient=lambda x: np.ones(1))
    method = oe.QuasarAcceleration(smoothness=1.0, strong_convexity=0.0)
    travelled = -steps_of(method, ramp, np.zeros(1), k).x[0]
    problem, x0 = huber(1.0, R / (2 * travelled + 1), R)
    measured, bound = measured_and_bound(steps_of(method, problem, x0, k), [k])
    assert measured[0] <= bound[0]
    if k >= 50:
        assert measured[0] > bound[0] * k**-0.2


def test_line_search_gives_what_it_promises():
    """On wild one-dimensional sections, with every weight, penalty and slack."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        a, b, c = rng.uniform(0.2, 3, 3)
        problem = oe.Problem.from_functions(
            lambda x, a=a, b=b: float(np.sum(np.sin(a * x) + 0.3 * b * x * x)),
            gradient=lambda x, a=a, b=b: a * np.cos(a * x) + 0.6 * b * x,
        )
        L = a * a + 0.6 * b
        x, v = rng.uniform(-4, 4, (2, 3))
        weight, penalty, slack = c * rng.uniform(0, 4), rng.choice([0, 0.1 * L]), 0.01 * c
        alpha = quasar_line_search(problem, x, v, rng.uniform(), weight, penalty, slack, L)
        y = alpha * x + (1 - alpha) * v
        slope = problem.gradient(y) @ (x - v)
        p = penalty * np.sum((x - v) ** 2)
        left = weight * problem.value(y) + alpha * (slope - alpha * p)
        assert 0 <= alpha <= 1
        assert left <= weight * problem.value(x) + slack + 1e-9


def test_convex_steps_cost_a_constant_number_of_gradients():
    problem, x0 = huber(1.0, 0.05, 2.0)
    trace = steps_of(oe.QuasarAcceleration(), problem, x0, 100)
    assert trace.counts["gradient"] <= 2 * 100


def test_refuses_constants_out_of_range():
    with pytest.raises(ValueError, match="quasar_convexity"):
        oe.QuasarAcceleration(1.1)
    with pytest.raises(ValueError, match="quasar_convexity must be positive"):
        oe.QuasarAcceleration(0.0)
