import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_logistic
from tests.gradient import conjugate


@pytest.mark.parametrize("holds", conjugate.ALL, ids=lambda holds: holds.__name__)
def test_conjugate_gradients(holds):
    holds(oe.HestenesStiefel)


def ratio_of(new, old):
    g = new.g
    return (g @ (g - old.g)) / (old.direction @ (g - old.g))


def test_the_direction_is_as_defined():
    method = oe.HestenesStiefel()
    problem = random_logistic(30, 4, 6)
    state = method.init(problem, np.full(4, 2.0))
    for _ in range(10):
        new = method.step(problem, state)
        expected = -new.g + ratio_of(new, state) * state.direction
        if expected @ new.g < 0:
            np.testing.assert_allclose(new.direction, expected, rtol=1e-9, atol=1e-14)
        state = new


def test_successive_directions_are_conjugate_whatever_the_search():
    method = oe.HestenesStiefel(curvature=0.9)
    problem = random_logistic(30, 4, 1)
    state = method.init(problem, np.full(4, 2.0))
    for _ in range(15):
        new = method.step(problem, state)
        y = new.g - state.g
        size = np.linalg.norm(new.direction) * np.linalg.norm(y)
        assert abs(new.direction @ y) <= 1e-10 * size
        state = new
