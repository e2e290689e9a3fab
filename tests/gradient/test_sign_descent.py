import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import quadratic_with_spectrum
from tests.gradient.examples import line_quadratic, smooth_convex, without_convexity
from tests.helpers import assert_bound_holds, measured_and_bound, steps_of


@pytest.mark.parametrize("decay", [0.0, 0.5, 1.0])
def test_bound_holds(decay):
    for problem, x0 in [*smooth_convex(), without_convexity()]:
        assert_bound_holds(steps_of(oe.SignDescent(0.1, decay), problem, x0))


@pytest.mark.parametrize("k", [2, 5, 10, 50, 200])
def test_bouncing_over_the_minimizer_all_but_attains_the_bound(k):
    problem = line_quadratic(2.5, 0.4)
    trace = steps_of(oe.SignDescent(0.6, decay=0.0), problem, [0.4 + 0.3], k)
    measured, bound = measured_and_bound(trace, [k])
    assert 0.8 * bound[0] < measured[0] <= bound[0]


def test_every_coordinate_moves_by_the_same_length_against_its_sign():
    for problem, x0 in smooth_convex(6):
        trace = steps_of(oe.SignDescent(0.3, 0.5), problem, x0, 10)
        for i, (x, reached) in enumerate(zip(trace.iterates, trace.iterates[1:], strict=False)):
            move = -0.3 / np.sqrt(i + 1) * np.sign(problem.gradient(x))
            np.testing.assert_allclose(reached - x, move, rtol=1e-9, atol=1e-12)


def test_scaling_the_coordinates_of_f_changes_nothing_but_rotating_it_does():
    x0 = np.array([3.0, 2.0])
    ends = [
        steps_of(oe.SignDescent(0.1), oe.problems.Quadratic(A, [0.0, 0.0]), x0, 15).x
        for A in (np.diag([1.0, 1.0]), np.diag([1.0, 1e5]))
    ]
    np.testing.assert_allclose(*ends, rtol=1e-12)
    turned = quadratic_with_spectrum([1.0, 1e5], seed=1, minimizer=[0.0, 0.0])
    assert np.linalg.norm(steps_of(oe.SignDescent(0.1), turned, x0, 15).x - ends[0]) > 0.1


def test_in_one_dimension_it_is_normalized_gradient_descent():
    problem = line_quadratic()
    a = steps_of(oe.SignDescent(0.3), problem, [4.0], 40).iterates
    b = steps_of(oe.NormalizedGradientDescent(0.3), problem, [4.0], 40).iterates
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
