import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_logistic
from tests.gradient.examples import smooth_convex, start, without_convexity
from tests.helpers import steps_of


@pytest.mark.parametrize("memory", [1, 4, 10])
def test_no_value_exceeds_the_recent_worst(memory):
    problems = [*smooth_convex(8), without_convexity(), (oe.problems.Rosenbrock(), [-1.2, 1.0])]
    for problem, x0 in problems:
        values = steps_of(oe.GlobalBarzilaiBorwein(memory=memory), problem, x0, 80).values
        worst = [values[max(0, i - memory + 1) : i + 1].max() for i in range(len(values) - 1)]
        assert (values[1:] <= np.array(worst) + 1e-10 * np.abs(values[1:]) + 1e-14).all()


def test_a_longer_memory_allows_rises():
    values = steps_of(oe.GlobalBarzilaiBorwein(), oe.problems.Rosenbrock(), [-1.2, 1.0], 80).values
    assert np.diff(values).max() > 1e-3


def test_rosenbrocks_valley_is_followed_to_its_end():
    problem = oe.problems.Rosenbrock()
    trace = oe.run(oe.GlobalBarzilaiBorwein(), problem, [-1.2, 1.0], max_iter=2000, tol=1e-9)
    assert trace.success
    np.testing.assert_allclose(trace.x, [1.0, 1.0], rtol=1e-8)


def test_where_the_plain_method_diverges_it_converges():
    problem = oe.Problem.from_functions(
        lambda x: float(np.sum(np.sqrt(1 + x**2))),
        gradient=lambda x: x / np.sqrt(1 + x**2),
    )
    plain = oe.run(oe.BarzilaiBorwein(first_step=1.0), problem, [12.0], max_iter=200, tol=1e-8)
    safe = oe.run(oe.GlobalBarzilaiBorwein(), problem, [12.0], max_iter=200, tol=1e-8)
    assert safe.success
    assert safe.x == pytest.approx([0.0], abs=1e-7)
    assert not plain.success or plain.iterations[-1] >= safe.iterations[-1]


def test_logistic_regression_is_solved():
    problem = random_logistic(60, 6, 3, l2=0.01)
    x0 = start(problem, 3, spread=20.0)
    assert oe.run(oe.GlobalBarzilaiBorwein(), problem, x0, max_iter=500, tol=1e-10).success
