import numpy as np
import pytest

import optedu as oe
from tests.acceleration.examples import along_eigenvector, badly_conditioned, same_path
from tests.gradient.examples import bent, strongly_convex
from tests.helpers import assert_bound_holds, measured_and_bound, steps_of


@pytest.mark.parametrize("scale", [0.4, 1.0])
def test_bound_holds(scale):
    for problem, x0 in strongly_convex():
        assert_bound_holds(
            steps_of(oe.NesterovStronglyConvex(scale / problem.smoothness), problem, x0)
        )
    for seed in range(4):
        center = np.random.default_rng(seed).standard_normal(3)
        problem = bent(4.0, 0.2 * (seed + 1), 0.3, center)
        assert_bound_holds(steps_of(oe.NesterovStronglyConvex(), problem, center + 2.0))


def test_rate_on_the_smallest_eigenvalue():
    """Along the eigenvector of mu the error is (1 - sqrt q)^k (1 + sqrt q k (..)), above 0.8^k."""
    problem, x0 = along_eigenvector([1.0, 0.01], 1)
    trace = steps_of(oe.NesterovStronglyConvex(), problem, x0, 100)
    measured, bound = measured_and_bound(trace, [10, 50, 100])
    assert (measured <= bound).all()
    rate = 0.9
    # a double root: the error is (1 + c k) rate^k exactly, so its logarithm's slope is log(rate)
    k = np.arange(101)
    error = np.sqrt((trace.values - problem.minimum) / (trace.values[0] - problem.minimum))
    coefficient = (error / rate**k - 1)[1:] / k[1:]
    np.testing.assert_allclose(coefficient, coefficient[0], rtol=1e-5)


def test_faster_rate_than_claimed_would_be_refuted():
    """With (1 - 2 sqrt q)^k in place of (1 - sqrt q)^(k) the same quadratic refutes the bound."""
    problem, x0 = along_eigenvector([1.0, 0.0025], 1)
    trace = steps_of(oe.NesterovStronglyConvex(), problem, x0, 100)
    measured, bound = measured_and_bound(trace, [100])
    faster = bound * ((1 - 2.2 * 0.05) / (1 - 0.05)) ** 100
    assert measured[0] > faster[0]


def test_momentum_zero_is_gradient_descent():
    problem, x0 = badly_conditioned()
    same_path(oe.NesterovStronglyConvex(momentum=0.0), oe.GradientDescent(), problem, x0)


def test_no_bound_for_another_momentum():
    problem, x0 = badly_conditioned()
    assert oe.NesterovStronglyConvex(0.1, 0.5).guarantee(problem, 3, x0) is None


def test_says_what_is_missing():
    problem = oe.problems.NesterovWorst(1.0, 2, 4)
    with pytest.raises(ValueError, match="strong_convexity is 0"):
        oe.run(oe.NesterovStronglyConvex(), problem)
