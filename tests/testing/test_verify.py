"""`verify` believes true traces only, `check_guarantee` true bounds only."""

import dataclasses
from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.guarantees import Guarantee
from optedu.problems.generators import random_lasso, random_quadratic
from optedu.testing import check_guarantee, verify

PROBLEM = random_quadratic(4, 10.0, seed=2)
START = np.array([1.5, -2.0, 0.5, 3.0])
CONVERGED = oe.run(oe.GradientDescent(), PROBLEM, START, max_iter=500)
SHORT = oe.run(oe.GradientDescent(), PROBLEM, START, max_iter=5)
STATUS = oe.Status


def altered(trace, **changes):
    return dataclasses.replace(trace, **changes)


def certified(trace, value):
    return trace.certificate._replace(value=value)


LIES = [
    (altered(SHORT, status=STATUS.CONVERGED), "status follows"),
    (altered(SHORT, status=STATUS.CONVERGED, certificate=certified(SHORT, 0.0)), "status follows"),
    (altered(CONVERGED, status=STATUS.MAX_ITER), "status follows"),
    (altered(SHORT, status=STATUS.DIVERGED), "status follows"),
    (altered(SHORT, certificate=certified(SHORT, 1e-3)), "certificate is that of the result"),
    (altered(SHORT, values=SHORT.values - 1e-3), "value is that of the result"),
    (altered(SHORT, x=np.full(4, np.nan)), "result is finite"),
    (altered(SHORT, x=SHORT.x + 1e-9), "result is finite"),
]


@pytest.mark.parametrize("trace", [CONVERGED, SHORT])
def test_true_traces_are_believed(trace):
    assert verify(PROBLEM, trace).passed


@pytest.mark.parametrize(("trace", "check"), LIES)
def test_lies_are_found(trace, check):
    with pytest.raises(AssertionError, match=check):
        verify(PROBLEM, trace)


def test_a_run_on_another_problem_is_found():
    assert not verify(random_quadratic(4, 10.0, seed=3), CONVERGED, raises=False).passed


def test_a_composite_run_is_verified():
    problem = random_lasso(5, 20.0, seed=5)
    trace = oe.run(oe.FISTA(), problem, np.full(5, 2.0), max_iter=2000, tol=1e-8)
    report = verify(problem, trace)
    assert trace.success
    assert "nothing nearby is better" in {o.name for o in report if o.passed}


def test_a_wrong_gradient_is_found_by_its_slope():
    liar = oe.Problem.from_functions(
        PROBLEM.value, gradient=lambda x: PROBLEM.gradient(x) + 0.1, shape=(4,)
    )
    trace = oe.run(oe.GradientDescent(0.5), liar, START, max_iter=500)
    with pytest.raises(AssertionError, match="gradient is the slope"):
        verify(liar, trace)


def test_a_maximum_of_a_problem_that_calls_itself_convex_is_found():
    hill = oe.Problem.from_functions(
        lambda x: -float(x @ x), gradient=lambda x: -2 * x, strong_convexity=0.0, shape=(2,)
    )
    trace = oe.run(oe.GradientDescent(0.1), hill, np.zeros(2))
    assert trace.success
    with pytest.raises(AssertionError, match="nothing nearby is better"):
        verify(hill, trace)


def test_a_stationary_point_that_is_no_solution_of_the_constrained_problem_is_found():
    """The status says converged by the certificate of another, smaller set."""
    small, large = (oe.problems.L2Ball(np.zeros(2), r) for r in (0.5, 1.0))
    slope = oe.problems.Quadratic(np.eye(2) * 1e-3, np.array([1.0, 0.0]))
    trace = oe.run(oe.ProjectedGradientDescent(1.0), oe.problems.Constrained(slope, small),
                   np.zeros(2))  # fmt: skip
    assert trace.success
    assert not verify(oe.problems.Constrained(slope, large), trace, raises=False).passed


class State(NamedTuple):
    x: np.ndarray


@oe.method
class Boastful(NamedTuple):
    """Gradient descent that promises a share of its bound."""

    share: float
    step_size: float = 1.0

    def init(self, problem, x):
        return State(x)

    def step(self, problem, state):
        return State(state.x - self.step_size * problem.gradient(state.x))

    def guarantee(self, problem, k, x0):
        bound = np.sum((x0 - problem.minimizer) ** 2) / (4 * k + 2)
        return Guarantee("gap", self.share * bound, "made up")


@pytest.mark.parametrize("k", [1, 2, 5, 10, 50, 200])
def test_a_bound_is_checked_where_it_is_tight(k):
    """The Huber function with slope R / (2 k + 1) attains the bound after k steps."""
    center = np.array([0.4, -1.2, 2.0])
    start = center + np.array([2.0, -1.0, 2.0])
    problem = oe.problems.HuberNorm(L=1.0, center=center, delta=3.0 / (2 * k + 1))
    (row,) = check_guarantee(Boastful(1.0), problem, start, ks=[k])
    assert row.measured == pytest.approx(row.bound, rel=1e-9)
    with pytest.raises(AssertionError, match=f"at k = {k} exceeds"):
        check_guarantee(Boastful(0.8), problem, start, ks=[k])


def test_horizon_methods_are_made_for_each_k():
    rows = check_guarantee(
        lambda k: oe.OptimizedGradientMethod(horizon=k), PROBLEM, START, ks=(1, 3, 7)
    )
    assert [row.k for row in rows] == [1, 3, 7]
    assert all(0 < row.measured <= row.bound for row in rows)


def test_no_bound_and_no_run_are_failures():
    with pytest.raises(AssertionError, match="states no guarantee"):
        check_guarantee(oe.BarzilaiBorwein(), PROBLEM, START)
    with pytest.raises(AssertionError, match="the run ended before k = 1:"):
        check_guarantee(Boastful(1.0, step_size=1e200), PROBLEM, START)


def test_an_honest_run_to_a_saddle_is_not_called_a_lie():
    saddle = oe.problems.Quadratic([[1.0, 0.0], [0.0, -1.0]], [0.3, 0.2])
    trace = oe.run(oe.GradientDescent(1.0), saddle, [2.0, -0.2])
    assert trace.success
    assert verify(saddle, trace).passed
