"""The loop around a step: one text, run as Python and compiled.

`advance` takes some steps and writes what happened into the caller's columns. Everything that
needs a clock, a screen or an exception lives in `optedu.running.run`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.certificates import gradient_norm, length, rule_for
from optedu.protocol import holds, may_rest, portable
from optedu.statuses import CONVERGED, DIVERGED, NONFINITE, STALLED

DIVERGENCE_FACTOR = 1e6
DIVERGENCE_PATIENCE = 3
STALL_PATIENCE = 10


def new_watch(method: Any, size: int) -> np.ndarray:
    """Return the counters of `advance`; a method that may rest is never called stalled."""
    patience = 2**62 if may_rest(method) else max(STALL_PATIENCE, size + 1)
    return np.array([0, 0, patience])


def first_state(method: Any, problem: Any, x: Any, rng: Any) -> Any:
    """Return the state at the start; compiled code replaces this as it does `take_step`."""
    arguments = (problem, x, rng) if method.takes_rng else (problem, x)
    return private_state(method.init(*arguments))


def private_state(state: Any) -> Any:
    """Return the state with every array C-contiguous and the run's own."""
    if isinstance(state, np.ndarray):
        return np.array(state, order="C")
    if isinstance(state, tuple):
        fields = [private_state(field) for field in state]
        return type(state)(*fields) if hasattr(state, "_fields") else tuple(fields)
    return state


def take_step(method: Any, problem: Any, state: Any, rng: Any) -> Any:
    """Return the next state; compiled code replaces this by the call that fits the class."""
    if method.takes_rng:
        return method.step(problem, state, rng)
    return method.step(problem, state)


def value_at(method: Any, problem: Any, state: Any) -> float:
    """Return f(x), which the state may hold, or NaN when the problem has no value oracle."""
    if holds(method, "f"):
        return state.f
    return problem.value(state.x) if hasattr(problem, "value") else np.nan


def has_value(problem: Any) -> bool:
    """Whether f(x) can be computed at all."""
    return hasattr(problem, "value")


def certificate_at(method: Any, problem: Any, state: Any) -> float:
    """Return the certificate of this pair at the state, NaN when there is none."""
    if hasattr(method, "certificate"):
        return method.certificate(problem, state)
    compute = rule_for(problem).compute
    if compute is gradient_norm and holds(method, "g"):
        return length(state.g)
    return compute(problem, state.x)


def verdict_at(method: Any, problem: Any, state: Any) -> int:
    """Return the status code by which the method itself ends the run, 0 to go on."""
    return method.verdict(problem, state) if hasattr(method, "verdict") else 0


def compare(new: Any, old: Any) -> tuple[bool, bool]:
    """Return whether every entry of `new` is finite, and whether any differs from `old`.

    Compiled code has loops for this and for `write_row`: the array expressions would take five
    seconds to compile.
    """
    return bool(np.isfinite(new).all()), not np.array_equal(new, old)


def write_row(rows: Any, row: int, entries: Any) -> None:
    """Write the entries of an array, flattened, into a row of a matrix."""
    rows[row] = entries.ravel()


@portable
def measure_at(method, counted, state, minimum):
    """Return f(x) and the certificate; where there is none, the gap to the known minimum."""
    problem = counted.problem
    value = value_at(method, problem, state)
    certificate = certificate_at(method, problem, state)
    if np.isnan(certificate):
        certificate = value - minimum
    return value, certificate


@portable
def advance(
    method, counted, state, rng, steps, every, done, last, tol, minimum, start_value, watch, columns
):
    """Take up to `steps` steps.

    Parameters
    ----------
    method, counted, state, rng
        The pair (the problem inside its `Counted`), where it stands, its random stream.
    steps, every, done, last : int
        Steps to take; a row is written after each step whose number is a multiple of `every`;
        steps taken before this call; the number of the very last step, which is written too.
    tol, minimum, start_value : float
        Tolerance of the certificate; f* or NaN; f(x_0).
    watch : numpy.ndarray of int64, shape (3,)
        Written to: consecutive rows of divergence, consecutive steps without movement; and how
        many of the latter count as stalled.
    columns : tuple of arrays
        Written to, a row each: values, certificates, oracle counts, flattened iterates (the last
        may be empty, then iterates are not kept).

    Returns
    -------
    tuple
        (state, steps taken, rows written, status code or 0).
    """
    values, certificates, calls, iterates = columns
    problem = counted.problem
    rows = 0
    for i in range(steps):
        new = take_step(method, counted, state, rng)
        finite, moved = compare(new.x, state.x)
        if not finite:
            return state, i, rows, NONFINITE
        watch[1] = 0 if moved else watch[1] + 1
        verdict = verdict_at(method, problem, new)
        stalled = watch[1] >= watch[2]
        ending = done + i + 1 == last or verdict != 0 or stalled
        if (done + i + 1) % every == 0 or ending:
            value, certificate = measure_at(method, counted, new, minimum)
            if not np.isfinite(value) and not np.isnan(start_value):
                return state, i, rows, NONFINITE
            values[rows] = value
            certificates[rows] = certificate
            write_row(calls, rows, counted.counts)
            if iterates.shape[0] > 0:
                write_row(iterates, rows, new.x)
            rows += 1
            if certificate <= tol:
                return new, i + 1, rows, CONVERGED
            rise = value - start_value
            far = rise > DIVERGENCE_FACTOR * max(1.0, abs(start_value))
            watch[0] = watch[0] + 1 if far else 0
            if watch[0] >= DIVERGENCE_PATIENCE:
                return new, i + 1, rows, DIVERGED
            if verdict != 0:
                return new, i + 1, rows, verdict
            if stalled:
                return new, i + 1, rows, STALLED
        state = new
    return state, steps, rows, 0


@portable
def complete(method, counted, x, rng, steps, every, tol, minimum, watch, columns):
    """Run from the start to the end in one call, for a place that has no Python around it.

    Parameters
    ----------
    method, counted, x, rng
        The pair, the start, the random stream.
    steps, every, tol, minimum, watch, columns
        As in `advance`; the columns have a first row more, for the start.

    Returns
    -------
    tuple
        (steps taken, rows written, status code; 0 at the limit of steps).
    """
    values, certificates, calls, iterates = columns
    state = first_state(method, counted, x, rng)
    value, certificate = measure_at(method, counted, state, minimum)
    values[0] = value
    certificates[0] = certificate
    write_row(calls, 0, counted.counts)
    if iterates.shape[0] > 0:
        write_row(iterates, 0, state.x)
    finite, _ = compare(state.x, state.x)
    if not finite or np.isinf(value) or (np.isnan(value) and has_value(counted.problem)):
        return 0, 1, NONFINITE
    if certificate <= tol:
        return 0, 1, CONVERGED
    rest = values[1:], certificates[1:], calls[1:], iterates[1:]
    state, taken, rows, code = advance(
        method, counted, state, rng, steps, every, 0, steps, tol, minimum, value, watch, rest
    )
    return taken, rows + 1, code
