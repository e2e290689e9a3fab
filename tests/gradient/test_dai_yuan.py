import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_logistic
from tests.gradient import conjugate


@pytest.mark.parametrize("holds", conjugate.ALL, ids=lambda holds: holds.__name__)
def test_conjugate_gradients(holds):
    holds(oe.DaiYuan)


def ratio_of(new, old):
    g = new.g
    return (g @ g) / (old.direction @ (g - old.g))


def test_the_direction_is_as_defined():
    method = oe.DaiYuan()
    problem = random_logistic(30, 4, 6)
    state = method.init(problem, np.full(4, 2.0))
    for _ in range(10):
        new = method.step(problem, state)
        expected = -new.g + ratio_of(new, state) * state.direction
        if expected @ new.g < 0:
            np.testing.assert_allclose(new.direction, expected, rtol=1e-9, atol=1e-14)
        state = new


def test_it_descends_under_a_rough_search_where_fletcher_reeves_has_no_proof():
    method = oe.DaiYuan(curvature=0.95)
    problems = ((oe.problems.Rosenbrock(), [-1.2, 1.0]), (random_logistic(30, 2, 4), [5.0, 5.0]))
    for problem, x0 in problems:
        state = method.init(problem, np.array(x0))
        for _ in range(60):
            new = method.step(problem, state)
            if np.linalg.norm(new.g) < 1e-6:
                break
            # The ratio is also that of the two slopes (Dai and Yuan's identity).
            slopes = (new.g @ new.direction) / (state.g @ state.direction)
            assert slopes > 0
            assert ratio_of(new, state) == pytest.approx(slopes, rel=1e-5)
            state = new
