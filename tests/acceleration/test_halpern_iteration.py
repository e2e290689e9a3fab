import numpy as np
import pytest

import optedu as oe
from tests.acceleration.examples import nonexpansive, rotation, slope
from tests.gradient.examples import smooth_convex
from tests.helpers import KS, assert_bound_holds, assert_bound_is_attained, steps_of


def test_bound_holds():
    for problem, x0 in nonexpansive():
        assert_bound_holds(steps_of(oe.HalpernIteration(), problem, x0))


@pytest.mark.parametrize("k", KS)
def test_rotation_attains_the_bound(k):
    problem, _, x0 = rotation(np.pi / (k + 1))
    assert_bound_is_attained(steps_of(oe.HalpernIteration(), problem, x0, k), k)


def test_iterates_on_a_rotation_are_means_of_the_orbit():
    problem, center, x0 = rotation(0.7)
    trace = steps_of(oe.HalpernIteration(), problem, x0, 9)
    orbit = [x0 - center]
    for _ in range(9):
        orbit.append(problem.M @ orbit[-1])
    means = np.cumsum(orbit, axis=0) / np.arange(1, 11)[:, None]
    np.testing.assert_allclose(trace.iterates - center, means, atol=1e-12)


def test_on_a_gradient_map_it_makes_the_gradient_small_like_1_over_k():
    for problem, x0 in smooth_convex(8):
        L = problem.smoothness
        step = oe.Problem.from_functions(
            operator=lambda x, p=problem, L=L: x - 2 / L * p.gradient(x)
        )
        trace = steps_of(oe.HalpernIteration(), step, x0)
        R = np.linalg.norm(x0 - problem.minimizer)
        for k in KS:
            norm = np.linalg.norm(problem.gradient(trace.iterates[min(k, len(trace) - 1)]))
            assert norm <= L * R / (k + 1) * (1 + 1e-9)


def test_a_contraction_is_no_faster():
    """Held by its anchor it stays at order 1/k, where the plain iteration is linear."""
    problem = oe.problems.AffineMap(0.5 * np.eye(2), [1.0, -1.0])
    k = np.arange(20, 200)
    halpern = steps_of(oe.HalpernIteration(), problem, np.zeros(2))
    assert -1.1 < slope(k, halpern.gradient_norms[k]) < -0.9
    plain = steps_of(oe.FixedPointIteration(1.0), problem, np.zeros(2), 60)
    assert plain.gradient_norms[-1] < 1e-15


def test_claims_nothing_for_an_expansive_map():
    problem = oe.problems.AffineMap(1.1 * np.eye(2), [1.0, -1.0])
    assert oe.HalpernIteration().guarantee(problem, 3, np.zeros(2)) is None
