import numpy as np
import pytest

import optedu as oe
from tests.gradient.examples import line_quadratic, rotated_maximum_norm, smooth_convex, start
from tests.helpers import (
    KS,
    assert_bound_holds,
    assert_bound_is_attained,
    measured_and_bound,
    steps_of,
)


@pytest.mark.parametrize("decay", [0.0, 0.5, 1.0])
def test_bound_holds(decay):
    for problem, x0 in smooth_convex():
        assert_bound_holds(steps_of(oe.NormalizedGradientDescent(0.7, decay), problem, x0))
    for seed in range(4):
        problem = oe.problems.AbsoluteValue(np.random.default_rng(seed).standard_normal(3), 2.0)
        x0 = start(problem, seed)
        assert_bound_holds(steps_of(oe.NormalizedGradientDescent(0.7, decay), problem, x0))


@pytest.mark.parametrize("k", KS)
def test_the_maximum_norm_attains_the_bound_with_kinks(k):
    problem, x0, R = rotated_maximum_norm(k)
    method = oe.NormalizedGradientDescent(R / np.sqrt(k + 1), decay=0.0)
    assert_bound_is_attained(steps_of(method, problem, x0, k), k)


@pytest.mark.parametrize("k", [2, 5, 10, 50, 200])
def test_bouncing_over_the_minimizer_all_but_attains_the_smooth_bound(k):
    problem = line_quadratic(2.5, 0.4)
    trace = steps_of(oe.NormalizedGradientDescent(0.6, decay=0.0), problem, [0.4 + 0.3], k)
    measured, bound = measured_and_bound(trace, [k])
    assert 0.8 * bound[0] < measured[0] <= bound[0]


def test_every_step_has_its_length_and_the_direction_of_the_gradient():
    for problem, x0 in smooth_convex(6):
        trace = steps_of(oe.NormalizedGradientDescent(0.3, 0.5), problem, x0, 10)
        s = np.diff(trace.iterates, axis=0)
        g = np.array([problem.gradient(x) for x in trace.iterates[:-1]])
        length = 0.3 / np.sqrt(np.arange(1, 11))
        np.testing.assert_allclose(np.linalg.norm(s, axis=1), length, rtol=1e-10)
        np.testing.assert_allclose(
            np.sum(s * g, axis=1), -length * np.linalg.norm(g, axis=1), rtol=1e-9
        )


def test_scaling_f_changes_nothing():
    problem, x0 = next(iter(smooth_convex()))
    scaled = oe.problems.Quadratic(1e6 * problem.A, 1e6 * problem.b)
    a, b = (steps_of(oe.NormalizedGradientDescent(), p, x0, 20).x for p in (problem, scaled))
    np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-8)


def test_at_the_minimizer_it_stays():
    problem = oe.problems.HuberNorm(1.0, 1.0, [2.0, 3.0])
    trace = oe.run(oe.NormalizedGradientDescent(), problem, [2.0, 3.0], max_iter=5)
    np.testing.assert_array_equal(trace.x, [2.0, 3.0])
