import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_logistic
from tests.gradient.examples import smooth_convex, start, without_convexity
from tests.helpers import assert_bound_holds, measured_and_bound, steps_of


@pytest.mark.parametrize(
    "method",
    [
        oe.BacktrackingGradientDescent(),
        oe.BacktrackingGradientDescent(first_step=1e-2, shrink=0.8, growth=1.0),
        oe.BacktrackingGradientDescent(first_step=50.0, decrease=0.7, growth=3.0),
    ],
)
def test_bound_on_the_gap_holds(method):
    for problem, x0 in smooth_convex():
        trace = steps_of(method, problem, x0)
        assert trace.guarantee().quantity == "gap"
        assert_bound_holds(trace)


def test_bound_on_the_gradient_holds():
    for problem, x0 in [*smooth_convex(), without_convexity()]:
        trace = steps_of(oe.BacktrackingGradientDescent(decrease=1e-2), problem, x0)
        assert trace.guarantee().quantity == "best_gradient_norm"
        assert_bound_holds(trace)


@pytest.mark.parametrize(("k", "decrease"), [(50, 0.8), (200, 0.9)])
def test_a_slope_that_flattens_late_all_but_attains_the_bound_on_the_gradient(k, decrease):
    L = 2.0
    h = (1 - decrease) / L
    huber = oe.problems.HuberNorm(L, 1 / L, [0.3])
    problem = oe.Problem.from_functions(
        huber.value, gradient=huber.gradient, smoothness=L, minimum=0.0
    )
    method = oe.BacktrackingGradientDescent(h, decrease=decrease, growth=1.0)
    trace = steps_of(method, problem, [0.3 + 1 / L + h * k], k)
    measured, bound = measured_and_bound(trace, [k])
    assert 0.8 * bound[0] < measured[0] <= bound[0]


def test_the_bound_on_the_gap_is_at_most_twice_the_huber_function():
    k, L, R = 200, 1.0, 1.0
    problem = oe.problems.HuberNorm(L, R / (2 * k + 1), [0.0])
    method = oe.BacktrackingGradientDescent(0.99, shrink=0.999, growth=1.0)
    measured, bound = measured_and_bound(steps_of(method, problem, [R], k), [k])
    assert 0.49 * bound[0] <= measured[0] <= bound[0]


def test_every_step_satisfies_armijo_and_is_not_needlessly_short():
    method = oe.BacktrackingGradientDescent(first_step=3.0, shrink=0.6, decrease=0.3, growth=1.5)
    for seed in range(5):
        problem = random_logistic(30, 4, seed)
        trace = steps_of(method, problem, start(problem, seed), 25)
        last = method.first_step / method.growth
        for i, (x, reached) in enumerate(zip(trace.iterates, trace.iterates[1:], strict=False)):
            g = problem.gradient(x)
            t = np.linalg.norm(reached - x) / np.linalg.norm(g)
            np.testing.assert_allclose(reached, x - t * g, rtol=1e-9, atol=1e-12)
            assert trace.values[i + 1] <= trace.values[i] - 0.3 * t * (g @ g) + 1e-14
            if t < 1.49 * last:
                longer = t / method.shrink
                assert problem.value(x - longer * g) > trace.values[i] - 0.3 * longer * (g @ g)
            last = t


def test_reaches_the_minimizer_far_below_the_square_root_of_rounding():
    problem = random_logistic(40, 4, 1, l2=0.5)
    trace = oe.run(oe.BacktrackingGradientDescent(), problem, np.zeros(4), tol=1e-12)
    assert trace.success


def test_with_a_first_step_of_1_over_L_and_growth_1_it_is_gradient_descent():
    for problem, x0 in smooth_convex(6):
        h = 0.5 / problem.smoothness
        a = steps_of(oe.BacktrackingGradientDescent(h, growth=1.0), problem, x0, 20)
        b = steps_of(oe.GradientDescent(h), problem, x0, 20)
        np.testing.assert_allclose(a.iterates, b.iterates, rtol=1e-12, atol=1e-14)
