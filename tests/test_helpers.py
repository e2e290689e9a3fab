"""Each assertion helper fails where it should."""

import numpy as np
import pytest

import optedu as oe
from tests.helpers import assert_bound_holds, assert_bound_is_attained, steps_of


class Optimist(oe.GradientDescent):
    """Promises less than gradient descent does: a bound that the Huber function refutes."""

    def guarantee(self, problem, k, x0):
        proven = super().guarantee(problem, k, x0)
        return proven._replace(bound=0.8 * proven.bound)


class Silent(oe.GradientDescent):
    """Promises nothing."""

    def guarantee(self, problem, k, x0):
        return None


PROBLEM = oe.problems.HuberNorm(L=2.0, delta=1 / 11, center=[0.3])
START = np.array([1.3])


def test_assert_bound_holds_fails_on_a_bound_that_is_too_small():
    with pytest.raises(AssertionError, match="exceeds its bound"):
        assert_bound_holds(steps_of(Optimist(0.5), PROBLEM, START, 5), [5])


def test_assert_bound_holds_fails_without_a_guarantee():
    with pytest.raises(AssertionError, match="no guarantee"):
        assert_bound_holds(steps_of(Silent(0.5), PROBLEM, START, 5), [5])


def test_assert_bound_holds_fails_when_the_run_is_too_short():
    with pytest.raises(AssertionError, match="ended after 4 steps"):
        assert_bound_holds(steps_of(oe.GradientDescent(0.5), PROBLEM, START, 4), [5])


def test_assert_bound_is_attained_fails_on_a_loose_bound():
    assert_bound_is_attained(steps_of(oe.GradientDescent(0.5), PROBLEM, START, 5), 5)
    with pytest.raises(AssertionError, match="is not"):
        assert_bound_is_attained(steps_of(oe.GradientDescent(0.5), PROBLEM, START, 5), 3)
    with pytest.raises(AssertionError, match="is not"):
        assert_bound_is_attained(steps_of(Optimist(0.5), PROBLEM, START, 5), 5)
