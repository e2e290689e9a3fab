import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_logistic
from tests.gradient.examples import smooth_convex, start, without_convexity
from tests.helpers import assert_bound_holds, steps_of


def assert_strong_wolfe(problem, x, direction, t, decrease, curvature):
    f, slope = problem.value(x), problem.gradient(x) @ direction
    assert slope < 0 < t
    assert problem.value(x + t * direction) <= f + decrease * t * slope + 1e-9 * abs(f)
    assert abs(problem.gradient(x + t * direction) @ direction) <= curvature * abs(slope) * (
        1 + 1e-9
    )


def test_assert_strong_wolfe_fails_on_steps_too_long_and_too_short():
    problem = oe.problems.Quadratic([[1.0]], [0.0])
    x, p = np.array([1.0]), np.array([-1.0])
    assert_strong_wolfe(problem, x, p, 0.9, 0.1, 0.5)
    for t in (0.1, 1.95, 1.7):
        with pytest.raises(AssertionError):
            assert_strong_wolfe(problem, x, p, t, 0.1, 0.5)


@pytest.mark.parametrize(("decrease", "curvature"), [(1e-4, 0.9), (1e-4, 0.1), (0.3, 0.4)])
@pytest.mark.parametrize("first_step", [1e-4, 1.0, 1e4])
def test_every_step_satisfies_the_strong_wolfe_conditions(decrease, curvature, first_step):
    method = oe.WolfeGradientDescent(first_step, decrease, curvature)
    problems = [*smooth_convex(8), without_convexity(), (oe.problems.Rosenbrock(), [-1.2, 1.0])]
    for problem, x0 in problems:
        trace = steps_of(method, problem, x0, 20)
        for x, reached in zip(trace.iterates, trace.iterates[1:], strict=False):
            g = problem.gradient(x)
            if np.linalg.norm(g) < 1e-7 or np.array_equal(x, reached):
                break
            t = np.linalg.norm(reached - x) / np.linalg.norm(g)
            assert_strong_wolfe(problem, x, -g, t, decrease, curvature)
        assert len(trace) > 2


def test_bound_holds():
    for problem, x0 in [*smooth_convex(), without_convexity()]:
        assert_bound_holds(steps_of(oe.WolfeGradientDescent(1.0, 0.2, 0.3), problem, x0))


def test_steps_that_are_too_short_exceed_the_bound():
    problem = oe.problems.HuberNorm(1.0, 1.0, [0.0])
    wolfe = oe.WolfeGradientDescent(1.0, 0.2, 0.3)
    short = steps_of(oe.GradientDescent(1e-3), problem, [3.0])
    bound = wolfe.guarantee(problem, 200, np.array([3.0])).bound
    assert short.gradient_norms.min() > bound
    assert steps_of(wolfe, problem, [3.0]).gradient_norms.min() <= bound


def test_converges_to_rounding():
    problem = random_logistic(40, 4, 1, l2=0.5)
    assert oe.run(oe.WolfeGradientDescent(), problem, start(problem, 1), tol=1e-12).success


def test_a_direction_without_bottom_ends_stalled():
    linear = oe.Problem.from_functions(lambda x: float(np.sum(x)), gradient=np.ones_like)
    trace = oe.run(oe.WolfeGradientDescent(), linear, [1.0], max_iter=50)
    assert not trace.success
