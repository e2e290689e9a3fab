import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_logistic
from tests.gradient import conjugate


@pytest.mark.parametrize("holds", conjugate.ALL, ids=lambda holds: holds.__name__)
def test_conjugate_gradients(holds):
    holds(oe.FletcherReeves)


def ratio_of(new, old):
    g = new.g
    return (g @ g) / (old.g @ old.g)


def test_the_direction_is_as_defined():
    method = oe.FletcherReeves()
    problem = random_logistic(30, 4, 6)
    state = method.init(problem, np.full(4, 2.0))
    for _ in range(10):
        new = method.step(problem, state)
        expected = -new.g + ratio_of(new, state) * state.direction
        if expected @ new.g < 0:
            np.testing.assert_allclose(new.direction, expected, rtol=1e-9, atol=1e-14)
        state = new


def test_the_slope_relative_to_the_gradient_keeps_al_baalis_bounds():
    # Al-Baali: -1 / (1 - c) <= <g, p> / ||g||^2 <= (2 c - 1) / (1 - c) for curvature c < 1/2.
    method, c = oe.FletcherReeves(curvature=0.3), 0.3
    problem = oe.problems.Rosenbrock()
    state = method.init(problem, np.array([-1.2, 1.0]))
    for _ in range(40):
        relative = (state.g @ state.direction) / (state.g @ state.g)
        assert -1 / (1 - c) - 1e-9 <= relative <= (2 * c - 1) / (1 - c) + 1e-9
        state = method.step(problem, state)
