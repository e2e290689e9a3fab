import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import quadratic_with_spectrum, random_logistic, random_quadratic
from tests.gradient.examples import slow_quadratics, start
from tests.helpers import steps_of


def steps_taken(problem, trace):
    """Return the step sizes of a trace, from its iterates."""
    g = np.array([problem.gradient(x) for x in trace.iterates[:-1]])
    return np.linalg.norm(np.diff(trace.iterates, axis=0), axis=1) / np.linalg.norm(g, axis=1)


def test_the_long_step_is_cauchys_step_of_the_iteration_before():
    for problem, x0 in slow_quadratics():
        trace = steps_of(oe.BarzilaiBorwein(), problem, x0, 6)
        taken = steps_taken(problem, trace)
        g = np.array([problem.gradient(x) for x in trace.iterates])
        cauchy = np.sum(g * g, axis=1) / np.einsum("ki,ij,kj->k", g, problem.A, g)
        np.testing.assert_allclose(taken[1:6], cauchy[:5], rtol=1e-6)


def test_the_short_step_minimizes_the_gradient_of_the_iteration_before():
    for problem, x0 in slow_quadratics():
        trace = steps_of(oe.BarzilaiBorwein(short=True), problem, x0, 6)
        taken = steps_taken(problem, trace)
        g = np.array([problem.gradient(x) for x in trace.iterates])
        Ag = g @ problem.A
        expected = np.sum(g * Ag, axis=1) / np.sum(Ag * Ag, axis=1)
        np.testing.assert_allclose(taken[1:6], expected[:5], rtol=1e-6)


@pytest.mark.parametrize("short", [False, True])
def test_step_sizes_stay_between_the_inverse_curvatures(short):
    for problem, x0 in slow_quadratics():
        trace = steps_of(oe.BarzilaiBorwein(short=short), problem, x0, 12)
        taken = steps_taken(problem, trace)[:10]
        assert (taken >= (1 - 1e-5) / problem.smoothness).all()
        assert (taken <= (1 + 1e-5) / problem.strong_convexity).all()


@pytest.mark.parametrize("short", [False, True])
def test_ill_conditioned_quadratics_need_far_fewer_steps_than_gradient_descent(short):
    for seed in range(6):
        problem = random_quadratic(20, 1e3, seed)
        x0 = start(problem, seed)
        fast = oe.run(oe.BarzilaiBorwein(short=short), problem, x0, max_iter=600, tol=1e-8)
        slow = oe.run(oe.GradientDescent(), problem, x0, max_iter=600, tol=1e-8)
        assert fast.success
        assert not slow.success


def test_two_dimensions_are_superlinear():
    problem = quadratic_with_spectrum([1.0, 30.0], seed=2)
    norms = steps_of(oe.BarzilaiBorwein(), problem, [3.0, -1.0], 14).gradient_norms
    ratios = norms[1:] / norms[:-1]
    assert norms[-1] < 1e-12 * norms[0]
    assert ratios.min() < 1e-3 < (30 - 1) / (30 + 1) < ratios.max()  # bursts, then gains


def test_one_dimension_is_solved_by_the_second_step():
    problem = quadratic_with_spectrum([4.0], minimizer=[0.7])
    trace = steps_of(oe.BarzilaiBorwein(first_step=0.01), problem, [3.0], 2)
    assert trace.x == pytest.approx([0.7], rel=1e-12)


def test_it_is_not_monotone():
    problem = random_quadratic(20, 1e3, 4)
    values = steps_of(oe.BarzilaiBorwein(), problem, start(problem, 4), 200).values
    assert np.diff(values).max() > 0


def test_step_sizes_keep_to_their_limits_where_f_is_concave():
    hill = oe.Problem.from_functions(np.cos, gradient=lambda x: -np.sin(x))
    hill.value = lambda x: float(np.cos(x[0]))
    method = oe.BarzilaiBorwein(first_step=0.1, smallest_step=0.05, largest_step=0.2)
    trace = steps_of(method, hill, [0.3], 60)
    taken = steps_taken(hill, trace)[:10]
    assert (taken > 0.049).all()
    assert (taken < 0.201).all()
    assert trace.x == pytest.approx([np.pi], abs=1e-3)


def test_logistic_regression_is_solved():
    problem = random_logistic(60, 6, 3, l2=0.1)
    assert oe.run(oe.BarzilaiBorwein(), problem, start(problem, 3), max_iter=400, tol=1e-10).success
