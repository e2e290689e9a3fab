"""Why a run ends: each reason happens, is told truly, and loses nothing."""

import time
from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_quadratic
from optedu.statuses import Status

PROBLEM = random_quadratic(5, 10.0, seed=1, smoothness=2.0)
START = np.array([1.0, -2.0, 3.0, 0.5, -1.0])


class State(NamedTuple):
    x: np.ndarray


@oe.method
class Frozen(NamedTuple):
    def init(self, problem, x):
        return State(x)

    def step(self, problem, state):
        return State(state.x + 0.0 * problem.gradient(state.x))


@oe.method
class Judging(NamedTuple):
    code: int

    def init(self, problem, x):
        return State(x)

    def step(self, problem, state):
        return State(state.x - 0.1 * problem.gradient(state.x))

    def verdict(self, problem, state):
        return self.code if problem.value(state.x) < 1e9 else 0


def quartic(**changed):
    """(x - 1)^4 / 4 in each coordinate: its gradient overflows from afar."""
    members = {"gradient": lambda x: (x - 1.0) ** 3, **changed}
    return oe.Problem.from_functions(lambda x: float(np.sum((x - 1.0) ** 4)) / 4, **members)


def test_only_converged_is_a_success():
    assert [status for status in Status if status.success] == [Status.CONVERGED]
    assert all(Status.from_code(status.code) is status for status in Status)


def test_converged_means_that_the_certificate_is_below_the_tolerance():
    trace = oe.run(oe.GradientDescent(), PROBLEM, START, tol=1e-4)
    norm = np.linalg.norm(PROBLEM.gradient(trace.x))
    assert trace.status is Status.CONVERGED
    assert trace.success
    assert norm <= 1e-4 < trace.gradient_norms[-2]
    assert trace.certificate.value == pytest.approx(norm, rel=1e-12)


def test_max_iter():
    trace = oe.run(oe.GradientDescent(), PROBLEM, START, max_iter=7)
    assert (trace.status, trace.iterations[-1], len(trace)) == (Status.MAX_ITER, 7, 8)
    assert not trace.success
    assert "limit of 7 steps" in trace.message


def test_no_step_returns_the_start():
    trace = oe.run(oe.GradientDescent(), PROBLEM, START, max_iter=0)
    assert (trace.status, len(trace)) == (Status.MAX_ITER, 1)
    assert trace.x.tobytes() == START.tobytes()
    assert trace.counts == {}


def test_the_optimum_needs_no_step():
    trace = oe.run(oe.GradientDescent(), PROBLEM, PROBLEM.minimizer)
    assert (trace.status, trace.iterations[-1]) == (Status.CONVERGED, 0)


@pytest.mark.parametrize("factor", [2.1, 3.0])
def test_too_long_a_step_diverges_within_200(factor):
    trace = oe.run(oe.GradientDescent(factor / 2.0), PROBLEM, START, max_iter=200)
    assert trace.status is Status.DIVERGED
    assert np.isfinite(trace.x).all()
    assert "> 2/L = 1" in trace.message
    assert trace.values[-1] - trace.values[0] > 1e6


def test_two_over_L_does_not_diverge():
    trace = oe.run(oe.GradientDescent(0.999), PROBLEM, START, max_iter=200)
    assert trace.status is not Status.DIVERGED


def test_a_blow_up_keeps_the_last_finite_iterate():
    trace = oe.run(oe.GradientDescent(1.0), quartic(), np.array([1e50]), max_iter=50)
    assert trace.status is Status.NONFINITE
    assert np.isfinite(trace.x).all()
    assert np.isfinite(trace.iterates).all()
    assert trace.x.tobytes() == trace.iterates[-1].tobytes()
    assert "not finite" in trace.message


def test_nan_from_the_objective_ends_the_run_there():
    calls = []

    def value(x):
        calls.append(1)
        return np.nan if len(calls) > 6 else float(x @ x)

    problem = oe.Problem.from_functions(value, gradient=lambda x: 2 * x)
    trace = oe.run(oe.GradientDescent(0.1), problem, np.ones(3), max_iter=50)
    assert (trace.status, int(trace.iterations[-1])) == (Status.NONFINITE, 5)
    assert trace.x == pytest.approx(0.8**5 * np.ones(3), rel=1e-12)


def test_an_objective_that_is_infinite_at_the_start_is_said_so():
    problem = quartic(gradient=lambda x: x)
    problem.value = lambda x: np.inf
    trace = oe.run(oe.GradientDescent(0.1), problem, np.ones(2))
    assert (trace.status, len(trace)) == (Status.NONFINITE, 1)
    assert "inf at the start" in trace.message


def test_a_singular_matrix_or_division_by_zero_in_a_step_is_nonfinite():
    for error in (np.linalg.LinAlgError("singular"), ZeroDivisionError("by zero")):
        calls = []

        def gradient(x, calls=calls, error=error):
            calls.append(1)
            if len(calls) > 20:
                raise error
            return x

        problem = oe.Problem.from_functions(lambda x: 0.5 * float(x @ x), gradient=gradient)
        trace = oe.run(oe.GradientDescent(0.1), problem, np.ones(2), max_iter=100)
        assert trace.status is Status.NONFINITE
        assert str(error) in trace.message


def test_an_iterate_that_no_longer_moves_is_stalled():
    trace = oe.run(Frozen(), PROBLEM, START, max_iter=1000)
    assert trace.status is Status.STALLED
    assert trace.iterations[-1] <= 20
    assert not trace.success


@pytest.mark.parametrize("status", [Status.INFEASIBLE, Status.UNBOUNDED, Status.STALLED])
def test_a_method_may_end_the_run(status):
    trace = oe.run(Judging(status.code), PROBLEM, START)
    assert (trace.status, int(trace.iterations[-1])) == (status, 1)
    assert not trace.success


def test_the_time_limit_is_kept():
    def gradient(x):
        time.sleep(0.005)
        return 1e-9 * x

    problem = oe.Problem.from_functions(gradient=gradient)
    trace = oe.run(
        oe.GradientDescent(0.1), problem, np.ones(2), max_iter=10**6, tol=0.0, time_limit=0.1
    )
    assert trace.status is Status.TIME_LIMIT
    assert 0 < trace.iterations[-1] < 1000


def interrupt_at(call):
    calls = []

    def gradient(x):
        calls.append(1)
        if len(calls) == call:
            raise KeyboardInterrupt
        return x

    return oe.Problem.from_functions(lambda x: 0.5 * float(x @ x), gradient=gradient)


def test_an_interrupt_in_an_oracle_gives_the_trace_so_far():
    trace = oe.run(oe.GradientDescent(0.1), interrupt_at(40), np.ones(2), tol=0.0)
    k = int(trace.iterations[-1])
    assert trace.status is Status.INTERRUPTED
    assert 0 < k < 40
    assert trace.x == pytest.approx(0.9**k * np.ones(2), rel=1e-12)


def test_an_interrupt_in_a_callback_gives_the_trace_so_far():
    def stop(progress):
        if progress.iteration == 3:
            raise KeyboardInterrupt

    trace = oe.run(oe.GradientDescent(), PROBLEM, START, callback=stop)
    assert (trace.status, int(trace.iterations[-1])) == (Status.INTERRUPTED, 3)


def test_a_callback_stops_after_exactly_five_steps():
    trace = oe.run(oe.GradientDescent(), PROBLEM, START, callback=lambda p: p.iteration == 5)
    five = oe.run(oe.GradientDescent(), PROBLEM, START, max_iter=5)
    assert (trace.status, int(trace.iterations[-1])) == (Status.INTERRUPTED, 5)
    assert trace.x.tobytes() == five.x.tobytes()


def test_a_callback_is_shown_copies_and_true_numbers():
    seen = []

    def look(progress):
        seen.append(progress)
        progress.x[:] = np.nan

    trace = oe.run(oe.GradientDescent(), PROBLEM, START, max_iter=6, callback=look)
    assert trace.status is Status.MAX_ITER
    assert np.isfinite(trace.iterates).all()
    assert [p.iteration for p in seen] == [1, 2, 3, 4, 5, 6]
    assert [p.value for p in seen] == trace.values[1:].tolist()
    assert [p.counts["gradient"] for p in seen] == [1, 2, 3, 4, 5, 6]


def test_an_exception_in_a_callback_carries_the_trace():
    error = RuntimeError("mine")

    def fail(progress):
        if progress.iteration == 4:
            raise error

    with pytest.raises(RuntimeError) as caught:
        oe.run(oe.GradientDescent(), PROBLEM, START, callback=fail)
    assert caught.value is error
    assert caught.value.trace.iterations.tolist() == [0, 1, 2, 3, 4]
    assert caught.value.trace.status is Status.INTERRUPTED


def test_an_exception_in_an_oracle_carries_the_trace():
    problem = interrupt_at(10**9)
    plain = problem.gradient

    def gradient(x):
        if abs(x[0]) < 0.5:
            raise LookupError("no gradient here")
        return plain(x)

    problem.gradient = gradient
    with pytest.raises(LookupError) as caught:
        oe.run(oe.GradientDescent(0.1), problem, np.ones(2))
    assert np.isfinite(caught.value.trace.x).all()
    assert len(caught.value.trace) >= 1


def test_a_certificate_that_is_not_a_number_is_never_replaced_by_the_gap():
    """At the kink x / |x| is NaN: the gap is zero there, but it is not the gradient norm."""
    kink = oe.Problem.from_functions(
        lambda x: abs(float(x[0])), gradient=lambda x: x / np.abs(x), minimum=0.0
    )
    trace = oe.run(oe.GradientDescent(0.2), kink, [0.4], max_iter=20)
    assert trace.certificate.name == "gradient norm"
    assert trace.status is Status.NONFINITE
    assert np.isnan(trace.certificate.value)
