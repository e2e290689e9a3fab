import numpy as np
import pytest

import optedu as oe
from tests.gradient.examples import (
    rotated_maximum_norm,
    smooth_convex,
    start,
    strongly_convex,
    zigzag,
)
from tests.helpers import KS, assert_bound_holds, assert_bound_is_attained, steps_of


@pytest.mark.parametrize("scale", [0.4, 1.0, 1.7])
def test_bound_on_the_best_gap_holds_for_smooth_functions(scale):
    for problem, x0 in smooth_convex():
        assert_bound_holds(steps_of(oe.PolyakGradientDescent(scale=scale), problem, x0))


def test_bound_on_the_best_gap_holds_with_kinks():
    for seed in range(6):
        center = np.random.default_rng(seed).standard_normal(seed + 1)
        problem = oe.problems.AbsoluteValue(center, 1.5)
        trace = steps_of(oe.PolyakGradientDescent(), problem, start(problem, seed))
        assert trace.guarantee().quantity == "best_gap"
        assert_bound_holds(trace)


@pytest.mark.parametrize("k", KS)
def test_the_maximum_norm_attains_the_bound_with_kinks(k):
    problem, x0, _ = rotated_maximum_norm(k)
    assert_bound_is_attained(steps_of(oe.PolyakGradientDescent(), problem, x0, k), k)


def test_twice_the_step_contracts_the_distance():
    for problem, x0 in strongly_convex():
        trace = steps_of(oe.PolyakGradientDescent(scale=2.0), problem, x0)
        assert trace.guarantee().quantity == "distance"
        # The step is made of f(x) - f*, which rounding blurs near the minimizer.
        assert_bound_holds(trace, noise=1e-6)


@pytest.mark.parametrize("k", [1, 2, 5, 10, 50])
def test_the_zigzag_attains_the_contraction(k):
    problem, x0 = zigzag(0.05, 2.0, powers=-0.5)
    trace = steps_of(oe.PolyakGradientDescent(scale=2.0), problem, x0, k)
    assert_bound_is_attained(trace, k, slack=1e-7)


def test_on_a_sphere_one_step_of_twice_the_length_arrives():
    problem = oe.problems.Quadratic(3.0 * np.eye(3), [1.0, -2.0, 0.5])
    trace = steps_of(oe.PolyakGradientDescent(scale=2.0), problem, [4.0, 4.0, 1.0], 1)
    np.testing.assert_allclose(trace.x, problem.minimizer, rtol=1e-12)


def test_the_distance_never_grows_and_the_step_is_as_defined():
    for problem, x0 in smooth_convex():
        trace = steps_of(oe.PolyakGradientDescent(), problem, x0, 30)
        distance = np.linalg.norm(trace.iterates - problem.minimizer, axis=1)
        assert (np.diff(distance) <= 1e-12).all()
        g = problem.gradient(x0)
        expected = x0 - (problem.value(x0) - problem.minimum) / (g @ g) * g
        np.testing.assert_allclose(trace.iterates[1], expected, rtol=1e-12)


def test_needs_the_minimum():
    unknown = oe.Problem.from_functions(lambda x: x @ x, gradient=lambda x: 2 * x)
    with pytest.raises(ValueError, match=r"problem\.minimum is unknown"):
        oe.run(oe.PolyakGradientDescent(), unknown, [1.0])
    assert oe.run(oe.PolyakGradientDescent(minimum=0.0), unknown, [1.0]).success
