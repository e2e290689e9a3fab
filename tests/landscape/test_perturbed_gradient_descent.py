import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import quadratic_with_spectrum, random_logistic


@pytest.mark.parametrize("seed", range(4))
def test_a_strict_saddle_is_left_from_a_zero_gradient(seed):
    problem = oe.problems.DoubleWell()
    method = oe.PerturbedGradientDescent(step_size=0.2, radius=1e-3)
    trace = oe.run(method, problem, [0.0, 0.0], seed=seed, max_iter=2000)
    assert trace.success
    np.testing.assert_allclose(np.abs(trace.x), [0.0, 1.0], atol=1e-5)
    plain = oe.run(oe.GradientDescent(0.2), problem, [0.0, 0.0])
    assert np.array_equal(plain.x, [0.0, 0.0])  # control: it takes the saddle for a solution


def test_both_wells_are_found():
    method = oe.PerturbedGradientDescent(step_size=0.2, radius=1e-3)
    ends = [oe.run(method, oe.problems.DoubleWell(), [0.0, 0.0], seed=s).x[1] for s in range(12)]
    assert {round(y) for y in ends} == {-1, 1}


def test_the_first_jump_is_inside_the_ball():
    flat = oe.problems.Quadratic(np.zeros((3, 3)), np.zeros(3))
    method = oe.PerturbedGradientDescent(step_size=1.0, radius=0.5)
    jumps = np.array(
        [oe.run(method, flat, np.zeros(3), max_iter=1, tol=0, seed=s).x for s in range(400)]
    )
    lengths = np.linalg.norm(jumps, axis=1)
    assert lengths.max() <= 0.5
    assert lengths.max() > 0.45
    assert (lengths**3 / 0.5**3).mean() == pytest.approx(0.5, abs=0.06)  # uniform in volume


def test_at_a_minimum_it_comes_back_and_says_so():
    problem = quadratic_with_spectrum([1.0, 2.0, 4.0], seed=1)
    trace = oe.run(oe.PerturbedGradientDescent(), problem, np.ones(3), seed=2, tol=1e-8)
    assert trace.success
    np.testing.assert_allclose(trace.x, problem.minimizer, atol=1e-7)


def test_convex_problems_are_solved():
    problem = random_logistic(40, 5, seed=3, l2=0.1)
    trace = oe.run(oe.PerturbedGradientDescent(), problem, np.zeros(5), seed=4, max_iter=4000)
    assert trace.success


def test_a_plateau_that_is_too_wide_keeps_it():
    """Fails when: with little patience it settles on a saddle of weak curvature."""
    weak = quadratic_with_spectrum([1.0, -1e-4], seed=5, minimizer=[0.0, 0.0])
    method = oe.PerturbedGradientDescent(step_size=0.5, radius=1e-3, patience=50)
    trace = oe.run(method, weak, [0.0, 0.0], seed=6, tol=1e-5)
    assert trace.success
    assert np.abs(trace.x).max() < 1e-6
