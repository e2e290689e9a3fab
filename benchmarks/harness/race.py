"""The race: solvers take turns in one process, so that a slow minute of the machine hits all."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any, NamedTuple

STEPS_OF_TOLERANCE = tuple(10.0 ** (-power / 2) for power in range(-2, 15))
"""What `tune` tries: a solver's own tolerance over the common one, loosest first."""


PATIENCE = 10.0
"""Seconds of one try after which a solver that misses the target is not asked again."""


class Seconds(NamedTuple):
    """How long something took.

    Parameters
    ----------
    wall : float
        By the clock on the wall.
    processor : float
        That this process had a processor: on one thread the time of an idle machine.
    """

    wall: float
    processor: float


def now() -> Seconds:
    """Return both clocks."""
    return Seconds(time.perf_counter(), time.process_time())


def race(
    contestants: dict[str, Callable[[], Any]],
    rounds: int,
    clock: Callable[[], Seconds] = now,
) -> dict[str, list[Seconds]]:
    """Return the seconds of each round; each round begins with the next contestant.

    Parameters
    ----------
    contestants : dict of str to callable
        Warm: called once before.
    rounds : int
    clock : callable
    """
    names = list(contestants)
    seconds: dict[str, list[Seconds]] = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            seconds[name].append(timed(contestants[name], clock)[0])
    return seconds


def timed(call: Callable[[], Any], clock: Callable[[], Seconds] = now) -> tuple[Seconds, Any]:
    """Return the seconds of a call and its answer; rubbish is collected before, not during."""
    gc.collect()
    gc.disable()
    try:
        began = clock()
        answer = call()
        ended = clock()
    finally:
        gc.enable()
    return Seconds(ended.wall - began.wall, ended.processor - began.processor), answer


def tune(
    solve: Callable[[float], Any], error: Callable[[Any], float], target: float
) -> tuple[float, Any, bool]:
    """Return the loosest own tolerance with which a solver reaches the common target.

    Solvers stop by different norms, at different scales, and some overshoot; asked for the same
    number they would return points of different worth. So each is asked for what it needs.

    Parameters
    ----------
    solve : callable
        From the solver's own tolerance to its answer.
    error : callable
        The common measure of an answer.
    target : float
        In the scale of the solver's tolerance and of `error`.

    Returns
    -------
    tuple
        The tolerance, the answer, and whether the target was reached; if not, the best found.
    """
    best = None
    for factor in STEPS_OF_TOLERANCE:
        began = time.process_time()
        answer = solve(factor * target)
        spent = time.process_time() - began
        found = error(answer)
        if found <= target:
            return factor * target, answer, True
        if found == found and (best is None or found < best[0]):
            best = found, factor * target, answer
        if spent > PATIENCE:
            break
    if best is None:
        return target, answer, False
    return best[1], best[2], False
