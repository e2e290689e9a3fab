import numpy as np
import pytest
import scipy.optimize

import optedu as oe
from optedu.problems.generators import random_logistic
from tests.gradient.examples import smooth_convex, start, strongly_convex, zigzag
from tests.helpers import KS, assert_bound_holds, assert_bound_is_attained, steps_of


def test_bound_holds():
    for problem, x0 in strongly_convex():
        assert_bound_holds(steps_of(oe.ExactLineSearchDescent(), problem, x0))


@pytest.mark.parametrize("k", KS)
def test_zigzag_attains_the_bound(k):
    problem, x0 = zigzag(mu=0.02, L=2.0)
    assert_bound_is_attained(steps_of(oe.ExactLineSearchDescent(), problem, x0, k), k)


@pytest.mark.parametrize("first_step", [1e-3, 1.0, 1e3])
def test_on_a_quadratic_the_step_is_cauchys(first_step):
    for problem, x0 in strongly_convex():
        trace = steps_of(oe.ExactLineSearchDescent(first_step), problem, x0, 3)
        x = x0
        for reached in trace.iterates[1:]:
            g = problem.gradient(x)
            x = x - (g @ g) / (g @ problem.hessian_product(x, g)) * g
            np.testing.assert_allclose(reached, x, rtol=1e-9, atol=1e-12)


def test_successive_gradients_are_orthogonal():
    for problem, x0 in strongly_convex():
        trace = steps_of(oe.ExactLineSearchDescent(), problem, x0, 6)
        g = np.array([problem.gradient(x) for x in trace.iterates])
        g /= np.linalg.norm(g, axis=1)[:, None]
        np.testing.assert_allclose(np.sum(g[1:] * g[:-1], axis=1), 0, atol=1e-7)


def test_elsewhere_the_step_is_the_minimum_along_the_ray():
    for seed in range(6):
        problem = random_logistic(30, 4, seed, l2=0.05)
        x0 = start(problem, seed)
        trace = steps_of(oe.ExactLineSearchDescent(), problem, x0, 4)
        for x, reached in zip(trace.iterates[:-1], trace.iterates[1:], strict=True):
            g = problem.gradient(x)
            best = scipy.optimize.minimize_scalar(
                lambda t, problem, x, g: problem.value(x - t * g),
                bracket=(0.0, 1.0),
                args=(problem, x, g),
                tol=1e-12,
            )
            assert problem.value(reached) <= best.fun + 1e-14
            assert abs(problem.gradient(reached) @ g) <= 1e-9 * (g @ g)


def test_a_quadratic_costs_two_trials_a_step():
    problem, x0 = next(iter(strongly_convex()))
    trace = steps_of(oe.ExactLineSearchDescent(), problem, x0, 10)
    assert trace.counts["gradient"] <= 1 + 3 * 10


def test_values_fall_on_every_smooth_convex_problem():
    for problem, x0 in smooth_convex():
        values = steps_of(oe.ExactLineSearchDescent(), problem, x0, 50).values
        assert (np.diff(values) <= 1e-10 * np.abs(values[1:]) + 1e-13).all()
