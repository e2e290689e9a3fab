"""What a device does in a second, by kernels that do nothing else; how a computation is timed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.harness.limits import Rates
from optedu.cuda.portable import portable_kernel

CALLS, HEAVY_CALLS, HEAVY = 5, 2, 0.2
"""Computations that are timed, and how many where one takes more than so many seconds.

Less than ten: POT looks at its error every tenth round.
"""

FEWEST, REPEATS, SLICE = 3, 15, 0.4
"""Times that each is timed: as many as fit into so many seconds, between two limits."""


@portable_kernel
def copied(i, x, out):
    """Move a number: the rate of bytes."""
    out[i] = x[i]


@portable_kernel
def multiplied(i, x, times, out):
    """Multiply and add, eight flops a time in four chains: the rate of flops."""
    a = x[i]
    b, c, d = a + a, a * a, a - a
    for _ in range(times):
        a, b, c, d = a * x[0] + x[1], b * x[0] + x[1], c * x[0] + x[1], d * x[0] + x[1]
    out[i] = a + b + c + d


@portable_kernel
def exponentiated(i, x, times, out):
    """Take exponentials, two a time in two chains: the rate of exp as compiled."""
    a = x[i]
    b = a + a
    for _ in range(times):
        a, b = math.exp(-a), math.exp(-b)
    out[i] = a + b


def rates(place: Any, kind: Any, size: int, times: int) -> Rates:
    """Return what the device does in a second.

    Parameters
    ----------
    place : GPU or Simulator
    kind : type
        ``numpy.float32`` or ``numpy.float64``.
    size : int
        Threads that multiply and take exponentials; eight times as many numbers are copied.
    times : int
        How often each of them does so.
    """
    x, out = place.put(np.full(8 * size, 0.5, kind)), place.empty(8 * size, kind)

    def best(kernel, count, *more):
        def work():
            kernel.launch(place, count, x, *more, out)

        work()
        place.wait()
        return min(place.seconds(work) for _ in range(FEWEST))

    return Rates(
        flops=8.0 * size * times / best(multiplied, size, times),
        bytes=2.0 * x.nbytes / best(copied, 8 * size),
        exps=2.0 * size * times / best(exponentiated, size, times),
    )


def seconds_of(
    place: Any,
    many: Callable[[int], Any],
    before: int,
    *,
    wait: Callable[[Any], Any] = lambda result: None,
    once: bool = False,
) -> list[float]:
    """Return the seconds of one computation: what some more of them add, so without set-up.

    Parameters
    ----------
    place : GPU or Simulator
        Whose clock it is.
    many : callable
        ``many(times)`` makes the computation so many times; it is compiled at the first call,
        before the clock starts.
    before : int
        Computations before those that count.
    wait : callable, optional
        Waits for what `many` returned; the clock itself waits for the default stream.
    once : bool
        Whether this is a rehearsal: one try, of one computation.

    Returns
    -------
    list of float
        Where noise hides the difference, one number that is too large: set-up is in it.
    """

    def seconds(times: int) -> float:
        return place.seconds(lambda: wait(many(times)))

    seconds(before)
    calls = repeats = 1
    if not once:
        calls = HEAVY_CALLS if seconds(before) > HEAVY * before else CALLS
        both = seconds(before) + seconds(before + calls)
        repeats = max(FEWEST, min(REPEATS, int(SLICE / max(both, 1e-9))))
    found = []
    for _ in range(repeats):
        few, more = seconds(before), seconds(before + calls)
        found.append((more - few) / calls)
    told = [each for each in found if each > 0]
    return told if 2 * len(told) > len(found) else [seconds(before + calls) / calls]
