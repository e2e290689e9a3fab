import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_composite, random_quadratic
from tests.helpers import steps_of


def test_without_a_regularizer_it_is_nesterovs_method():
    f, x0 = random_quadratic(8, 100.0, 1), np.ones(8)
    problem = oe.problems.Composite(f, oe.problems.L1(0.0))
    fista, nesterov = (
        steps_of(m, p, x0, 60)
        for m, p in ((oe.StronglyConvexFISTA(), problem), (oe.NesterovStronglyConvex(), f))
    )
    np.testing.assert_array_equal(fista.iterates, nesterov.iterates)


def test_rate_is_that_of_the_root_of_the_condition_number():
    problem = random_composite(oe.problems.ElasticNet(0.3, 1e-3), 12, 1e5, 2)
    trace = steps_of(oe.StronglyConvexFISTA(), problem, np.zeros(12), 700)
    gap = trace.values - problem.minimum
    q = problem.strong_convexity / problem.smoothness
    R = np.sum(problem.minimizer**2)
    k = np.arange(1, 701)
    assert (gap[1:] <= (1 - np.sqrt(q)) ** k * (gap[0] + R) + 1e-13).all()
    plain = steps_of(oe.ProximalGradient(), problem, np.zeros(12), 700)
    assert gap[600] < 1e-3 * (plain.values[600] - problem.minimum)


def test_momentum_is_asked_for():
    problem = oe.problems.Composite(
        oe.problems.LeastSquares([[1.0, 0.0]], [1.0]), oe.problems.L1(1.0)
    )
    with pytest.raises(ValueError, match="needs momentum"):
        oe.StronglyConvexFISTA().resolve(problem)
