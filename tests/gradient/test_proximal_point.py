import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_lasso, random_rotation
from tests.gradient.examples import start
from tests.helpers import KS, assert_bound_holds, assert_bound_is_attained, steps_of


def quadratic_with_prox(d, seed):
    Q = random_rotation(d, seed)
    curvature = np.geomspace(1e-3, 5.0, d)
    shift = np.random.default_rng(seed).standard_normal(d)
    return oe.Problem.from_functions(
        lambda x: 0.5 * np.sum(curvature * (Q.T @ (x - shift)) ** 2),
        prox=lambda x, t: shift + Q @ ((Q.T @ (x - shift)) / (1 + t * curvature)),
        minimum=0.0,
        minimizer=shift,
        shape=(d,),
    )


@pytest.mark.parametrize("step_size", [0.01, 1.0, 100.0])
def test_bound_holds(step_size):
    for seed in range(4):
        center = np.random.default_rng(seed).standard_normal(seed + 1)
        for problem in (
            oe.problems.AbsoluteValue(center, 0.4),
            quadratic_with_prox(seed + 1, seed),
            oe.problems.NonNegativeLinear(np.abs(center) + 0.1),
        ):
            x0 = np.abs(start(problem, seed))
            assert_bound_holds(steps_of(oe.ProximalPoint(step_size), problem, x0))


@pytest.mark.parametrize("k", KS)
def test_a_linear_function_on_a_half_line_attains_the_bound(k):
    step_size, R = 0.3, 1.7
    problem = oe.problems.NonNegativeLinear([R / (2 * step_size * k)])
    trace = steps_of(oe.ProximalPoint(step_size), problem, [R], k)
    assert_bound_is_attained(trace, k)


def test_it_is_implicit_gradient_descent():
    problem = quadratic_with_prox(4, 2)
    trace = steps_of(oe.ProximalPoint(0.7), problem, start(problem, 2), 10)
    for x, reached in zip(trace.iterates, trace.iterates[1:], strict=False):
        e = 1e-5 * np.eye(4)
        slope = [(problem.value(reached + i) - problem.value(reached - i)) / 2e-5 for i in e]
        np.testing.assert_allclose(reached, x - 0.7 * np.array(slope), atol=1e-8)


def test_a_longer_step_is_nearer():
    problem = quadratic_with_prox(5, 3)
    x0 = start(problem, 3)
    ends = [steps_of(oe.ProximalPoint(t), problem, x0, 20).values[-1] for t in (0.1, 1.0, 10.0)]
    assert ends[0] > ends[1] > ends[2]


def test_refuses_a_prox_of_a_part():
    with pytest.raises(ValueError, match="use ProximalGradient"):
        oe.run(oe.ProximalPoint(), random_lasso(3))
