"""A method against its proven bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from optedu.guarantees import measure
from optedu.protocol import is_method
from optedu.running.run import run
from optedu.statuses import Status

CONVERGED, STALLED = Status.CONVERGED, Status.STALLED
KS = (1, 2, 5, 10, 50, 200)


class Bounded(NamedTuple):
    """A measured quantity beside its bound.

    Parameters
    ----------
    k : int
    quantity : str
    measured, bound : float
    """

    k: int
    quantity: str
    measured: float
    bound: float


def check_guarantee(
    method: Any, problem: Any, x0: Any, ks: Sequence[int] = KS, slack: float = 1e-9
) -> list[Bounded]:
    """Check a method's proven bound along a run.

    Parameters
    ----------
    method : method or callable
        The method; or a function of k that returns it, for a method that must know the number
        of its steps.
    problem, x0
        As in `run`.
    ks : sequence of int
        Numbers of steps after which to compare.
    slack : float
        Allowed excess, relative to the bound and to the size of the start (rounding).

    Returns
    -------
    list of Bounded
        One per k; the ratio of measured to bound tells how tight the bound is here.

    Raises
    ------
    AssertionError
        If the measured quantity exceeds the bound, or no bound is stated.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> rows = oe.testing.check_guarantee(oe.GradientDescent(), problem, [2.0, -1.0], ks=[1, 5])
    >>> all(row.measured <= row.bound for row in rows)
    True
    """
    if is_method(method):
        trace = _run(method, problem, x0, max(ks))
        traces = [trace for _ in ks]
    else:
        traces = [_run(method(k), problem, x0, k) for k in ks]
    rows = []
    for k, trace in zip(ks, traces, strict=True):
        stated = getattr(trace.method, "guarantee", lambda *_: None)(problem, k, trace.start)
        name = type(trace.method).__name__
        assert stated is not None, f"{name} states no guarantee on {type(problem).__name__}"
        column = measure(trace, stated.quantity)
        measured, bound = float(column[min(k, len(column) - 1)]), float(stated.bound)
        reached = int(trace.iterations[-1]) >= k or trace.status in (CONVERGED, STALLED)
        assert reached, f"{name}: the run ended before k = {k}: {trace.message}"
        size = 1.0 + abs(float(column[0])) + np.abs(np.nan_to_num(trace.values[0]))
        assert np.isfinite(measured), f"{name}: {stated.quantity} is {measured} at k = {k}"
        assert measured <= bound * (1 + slack) + slack * size, (
            f"{name}: {stated.quantity} {measured:.6e} at k = {k} exceeds {bound:.6e} "
            f"({stated.source})"
        )
        rows.append(Bounded(int(k), stated.quantity, measured, bound))
    return rows


def _run(method: Any, problem: Any, x0: Any, steps: int) -> Any:
    return run(method, problem, x0, max_iter=steps, tol=0.0, execution="python", progress=False,
               keep_iterates=True)  # fmt: skip
