import numpy as np

import optedu as oe
from optedu.problems.generators import random_quadratic
from tests.gradient.examples import slow_quadratics, start
from tests.gradient.test_barzilai_borwein import steps_taken
from tests.helpers import steps_of


def test_short_and_long_steps_take_turns():
    for problem, x0 in slow_quadratics():
        trace = steps_of(oe.AlternatingBarzilaiBorwein(), problem, x0, 7)
        s = np.diff(trace.iterates, axis=0)
        y = np.diff([problem.gradient(x) for x in trace.iterates], axis=0)
        sy = np.sum(s * y, axis=1)
        long, short = np.sum(s * s, axis=1) / sy, sy / np.sum(y * y, axis=1)
        taken = steps_taken(problem, trace)
        np.testing.assert_allclose(taken[1::2], long[0:-1:2], rtol=1e-6)
        np.testing.assert_allclose(taken[2::2], short[1:-1:2], rtol=1e-6)


def test_the_first_step_is_given():
    problem, x0 = next(iter(slow_quadratics()))
    trace = steps_of(oe.AlternatingBarzilaiBorwein(first_step=0.01), problem, x0, 1)
    np.testing.assert_allclose(trace.x, x0 - 0.01 * problem.gradient(x0), rtol=1e-14)


def test_ill_conditioned_quadratics_are_solved():
    for seed in range(6):
        problem = random_quadratic(20, 1e3, seed)
        x0 = start(problem, seed)
        assert oe.run(oe.AlternatingBarzilaiBorwein(), problem, x0, max_iter=600, tol=1e-8).success
