import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_constrained
from tests.gradient.examples import smooth_convex, start
from tests.helpers import KS, assert_bound_holds, assert_bound_is_attained, steps_of


def box(d, low, high):
    return oe.problems.Box(np.full(d, low), np.full(d, high))


def over_sets(count=9):
    for seed in range(count):
        d = 2 + seed % 5
        rng = np.random.default_rng(seed)
        feasible = (
            oe.problems.L2Ball(rng.standard_normal(d), 0.8),
            box(d, -0.5, 0.3),
            oe.problems.Simplex(1.0),
        )[seed % 3]
        problem = random_constrained(feasible, d, 50.0, seed)
        yield problem, start(problem, seed)


@pytest.mark.parametrize("scale", [0.3, 1.0, 1.5, 1.9])
def test_bound_holds(scale):
    for problem, x0 in over_sets():
        trace = steps_of(oe.ProjectedGradientDescent(scale / problem.smoothness), problem, x0)
        assert trace.guarantee().quantity == ("gap" if scale <= 1 else "distance")
        assert_bound_holds(trace)


@pytest.mark.parametrize("k", KS)
def test_a_slope_that_ends_at_the_boundary_attains_the_bound(k):
    h, R = 0.7, 2.0
    slope = R / (2 * h * k)
    problem = oe.problems.Constrained(
        oe.problems.Quadratic([[0.0]], [-slope]), box(1, 0.0, 1e3), [0.0]
    )
    assert_bound_is_attained(steps_of(oe.ProjectedGradientDescent(h), problem, [R], k), k)


@pytest.mark.parametrize("k", [1, 2, 5, 10])
def test_a_quadratic_attains_the_contraction_for_long_steps(k):
    center = np.array([0.3, -0.4])
    problem = oe.problems.Constrained(
        oe.problems.Quadratic(2.0 * np.eye(2), 2.0 * center),
        oe.problems.L2Ball(center, 3.0),
        center,
    )
    trace = steps_of(oe.ProjectedGradientDescent(1.8 / 2.0), problem, center + [1.0, 1.0], k)
    assert trace.guarantee().quantity == "distance"
    assert_bound_is_attained(trace, k)


def test_every_iterate_is_feasible_and_optimality_is_variational():
    for problem, x0 in over_sets():
        trace = steps_of(oe.ProjectedGradientDescent(), problem, x0, 1500)
        for x in trace.iterates[::150]:
            np.testing.assert_allclose(problem.project(x), x, rtol=1e-12, atol=1e-12)
        g = problem.gradient(trace.x)
        for seed in range(20):
            z = problem.project(np.random.default_rng(seed).normal(0, 2, x0.size))
            assert g @ (z - trace.x) >= -1e-6


def test_over_the_whole_space_it_is_gradient_descent():
    for problem, x0 in smooth_convex(6):
        everywhere = oe.problems.Constrained(problem, box(x0.size, -1e12, 1e12))
        a = steps_of(oe.ProjectedGradientDescent(), everywhere, x0, 30)
        b = steps_of(oe.GradientDescent(), problem, x0, 30)
        np.testing.assert_array_equal(a.iterates, b.iterates)


def test_it_is_proximal_gradient_with_the_indicator():
    for problem, x0 in over_sets(3):
        indicator = oe.problems.Composite(
            problem.objective, oe.problems.Indicator(problem.feasible)
        )
        inside = problem.project(x0)
        a = steps_of(oe.ProjectedGradientDescent(), problem, x0, 30)
        b = steps_of(oe.ProximalGradient(), indicator, inside, 30)
        np.testing.assert_allclose(a.iterates, b.iterates, rtol=1e-13)
