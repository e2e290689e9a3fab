import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_logistic
from tests.gradient import conjugate


@pytest.mark.parametrize("holds", conjugate.ALL, ids=lambda holds: holds.__name__)
def test_conjugate_gradients(holds):
    holds(oe.PolakRibiere)


def ratio_of(new, old):
    g = new.g
    return max((g @ (g - old.g)) / (old.g @ old.g), 0.0)


def test_the_direction_is_as_defined():
    method = oe.PolakRibiere()
    problem = random_logistic(30, 4, 6)
    state = method.init(problem, np.full(4, 2.0))
    for _ in range(10):
        new = method.step(problem, state)
        expected = -new.g + ratio_of(new, state) * state.direction
        if expected @ new.g < 0:
            np.testing.assert_allclose(new.direction, expected, rtol=1e-9, atol=1e-14)
        state = new


def test_after_a_short_step_it_restarts():
    method = oe.PolakRibiere(curvature=0.96)
    problem = oe.problems.Quadratic(np.eye(2), [0.0, 0.0])
    state = method.init(problem, np.array([3.0, 4.0]))._replace(step_size=0.05)
    new = method.step(problem, state)
    np.testing.assert_allclose(new.x, [0.95 * 3.0, 0.95 * 4.0], rtol=1e-14)
    assert new.g @ (new.g - state.g) < 0
    np.testing.assert_array_equal(new.direction, -new.g)
