import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_composite
from tests.gradient.examples import smooth_convex, start
from tests.helpers import KS, assert_bound_holds, assert_bound_is_attained, steps_of


def composites(count=9):
    for seed in range(count):
        regularizer = (
            oe.problems.L1(0.6),
            oe.problems.ElasticNet(0.5, 0.3),
            oe.problems.SquaredL2(0.4),
        )[seed % 3]
        problem = random_composite(regularizer, 2 + seed % 6, 60.0, seed)
        yield problem, start(problem, seed)


@pytest.mark.parametrize("scale", [0.3, 1.0, 1.5, 1.9])
def test_bound_holds(scale):
    for problem, x0 in composites():
        trace = steps_of(oe.ProximalGradient(scale / problem.smoothness), problem, x0)
        assert trace.guarantee().quantity == ("gap" if scale <= 1 else "distance")
        assert_bound_holds(trace)


@pytest.mark.parametrize("k", KS)
def test_a_slope_that_ends_at_the_boundary_attains_the_bound(k):
    h, R = 0.7, 2.0
    smooth = oe.problems.Quadratic([[0.0]], [0.0])
    problem = oe.problems.Composite(smooth, oe.problems.NonNegativeLinear([R / (2 * h * k)]), [0.0])
    assert_bound_is_attained(steps_of(oe.ProximalGradient(h), problem, [R], k), k)


@pytest.mark.parametrize("k", [1, 2, 5, 10])
def test_a_quadratic_under_a_ridge_attains_the_contraction_for_long_steps(k):
    problem = oe.problems.Composite(
        oe.problems.Quadratic(2.0 * np.eye(2), [0.0, 0.0]), oe.problems.SquaredL2(0.3), [0.0, 0.0]
    )
    trace = steps_of(oe.ProximalGradient(1.8 / 2.0), problem, [1.0, -0.4], k)
    assert trace.guarantee().quantity == "distance"
    assert_bound_is_attained(trace, k)


def test_without_a_regularizer_it_is_gradient_descent():
    for problem, x0 in smooth_convex(6):
        nothing = oe.problems.Composite(problem, oe.problems.L1(0.0))
        a = steps_of(oe.ProximalGradient(), nothing, x0, 30)
        b = steps_of(oe.GradientDescent(), problem, x0, 30)
        np.testing.assert_array_equal(a.iterates, b.iterates)


def test_without_a_smooth_part_it_is_the_proximal_point_method():
    nothing = oe.problems.Quadratic(np.zeros((3, 3)), np.zeros(3))
    kinks = oe.problems.L1(0.8)
    x0 = np.array([3.0, -0.2, 1.1])
    a = steps_of(oe.ProximalGradient(0.5), oe.problems.Composite(nothing, kinks), x0, 10)
    b = steps_of(oe.ProximalPoint(0.5), kinks, x0, 10)
    np.testing.assert_array_equal(a.iterates, b.iterates)


def test_the_solution_satisfies_the_conditions_of_the_lasso():
    problem, x0 = next(iter(composites()))
    x = oe.run(oe.ProximalGradient(), problem, x0, max_iter=3000, tol=1e-13).x
    g = problem.gradient(x)
    zero = x == 0.0
    assert zero.any()
    np.testing.assert_allclose(g[~zero], -0.6 * np.sign(x[~zero]), atol=1e-10)
    assert (np.abs(g[zero]) <= 0.6 + 1e-10).all()


def test_values_fall_for_steps_up_to_1_over_L():
    for problem, x0 in composites():
        assert (np.diff(steps_of(oe.ProximalGradient(), problem, x0, 100).values) <= 1e-13).all()
