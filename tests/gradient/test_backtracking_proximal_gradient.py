import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_logistic
from tests.gradient.examples import start
from tests.gradient.test_proximal_gradient import composites
from tests.helpers import assert_bound_holds, measured_and_bound, steps_of


@pytest.mark.parametrize(
    "method",
    [
        oe.BacktrackingProximalGradient(),
        oe.BacktrackingProximalGradient(first_step=0.01, shrink=0.8, growth=1.0),
        oe.BacktrackingProximalGradient(first_step=100.0, growth=4.0),
    ],
)
def test_bound_holds(method):
    for problem, x0 in composites():
        assert_bound_holds(steps_of(method, problem, x0))


def test_the_bound_is_at_most_twice_what_a_slope_attains():
    k, h, R = 50, 0.7, 2.0
    smooth = oe.problems.Quadratic([[1e-9]], [0.0])
    problem = oe.problems.Composite(smooth, oe.problems.NonNegativeLinear([R / (2 * h * k)]), [0.0])
    trace = steps_of(oe.BacktrackingProximalGradient(h, growth=1.0), problem, [R], k)
    measured, bound = measured_and_bound(trace, [k])
    assert 0.49 * bound[0] < measured[0] <= bound[0]


def test_every_step_satisfies_the_test_and_lies_above_f():
    method = oe.BacktrackingProximalGradient(first_step=30.0, growth=3.0)
    for seed in range(4):
        smooth = random_logistic(30, 5, seed)
        problem = oe.problems.Composite(smooth, oe.problems.L1(0.05))
        state = method.init(problem, start(problem, seed))
        for _ in range(30):
            new = method.step(problem, state)
            x, g, p, t = state.x, state.g, new.x, new.step_size
            d = p - x
            np.testing.assert_array_equal(g, smooth.gradient(x))
            np.testing.assert_allclose(p, problem.prox(x - t * g, t), rtol=1e-12, atol=1e-15)
            assert (smooth.gradient(p) - g) @ d <= d @ d / (2 * t) * (1 + 1e-9) + 1e-15
            assert smooth.value(p) <= smooth.value(x) + g @ d + d @ d / (2 * t) + 1e-15
            assert problem.value(p) <= problem.value(x) + 1e-14
            if t < method.growth * state.step_size:
                longer = t / method.shrink
                q = problem.prox(x - longer * g, longer)
                turn = (smooth.gradient(q) - g) @ (q - x)
                assert turn > (q - x) @ (q - x) / (2 * longer) * (1 - 1e-9)
            state = new


def test_short_first_steps_without_growth_are_proximal_gradient():
    for problem, x0 in composites(3):
        h = 0.4 / problem.smoothness
        a = steps_of(oe.BacktrackingProximalGradient(h, growth=1.0), problem, x0, 30)
        b = steps_of(oe.ProximalGradient(h), problem, x0, 30)
        np.testing.assert_allclose(a.iterates, b.iterates, rtol=1e-12, atol=1e-15)
