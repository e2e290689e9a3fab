"""The physical limit: what this machine could do at best with the calls that a solver made.

A call cannot be faster than its bytes over the bandwidth, its multiplications and additions over
the rate of a matrix product, its exponentials over the rate of NumPy's. The three are measured in
the same run, on one thread, and the largest of the three quotients is the limit of the call: they
may overlap.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Work(NamedTuple):
    """What a call cannot do without.

    Parameters
    ----------
    flops : float
        Multiplications and additions.
    bytes : float
        Bytes of data read; vectors are not counted.
    exps : float
        Exponentials and logarithms.
    """

    flops: float
    bytes: float
    exps: float


class Rates(NamedTuple):
    """What the machine does in a second.

    Parameters
    ----------
    flops, bytes, exps : float
        As in `Work`, per second.
    """

    flops: float
    bytes: float
    exps: float


def limit(work: Work, rates: Rates) -> float:
    """Return the least seconds for this work."""
    return max(amount / rate for amount, rate in zip(work, rates, strict=True))


def least_seconds(counts: dict[str, int], works: dict[str, Work], rates: Rates) -> float:
    """Return the least seconds for all calls of a run.

    Raises
    ------
    KeyError
        If a call has no work model: silence would be a limit that is too low.
    """
    return sum(number * limit(works[name], rates) for name, number in counts.items())


def calibrate(data_bytes: int, repeats: int = 9, order: int = 900) -> Rates:
    """Measure the three rates, each the best of some repeats.

    Parameters
    ----------
    data_bytes : int
        Size of the array that is read: as the benchmark's data, so that it lies in the same
        caches.
    repeats : int
    order : int
        Order of the two matrices that are multiplied.
    """
    rng = np.random.default_rng(0)
    data = rng.standard_normal(max(data_bytes // 8, 1))
    square, out = rng.standard_normal((order, order)), np.empty((order, order))
    exponents, results = -rng.random(20_000), np.empty(20_000)
    columns = min(1_000, data.size)
    matrix, vector = data[: data.size // columns * columns].reshape(-1, columns), data[:columns]
    read = min(_best(lambda: data @ data, 4 * repeats), _best(lambda: matrix @ vector, 4 * repeats))
    multiply = _best(lambda: np.matmul(square, square.copy(), out=out), repeats)
    exponential = _best(lambda: np.exp(exponents, out=results), 20 * repeats)
    return Rates(2 * order**3 / multiply, data.nbytes / read, exponents.size / exponential)


def better(first: Rates, second: Rates) -> Rates:
    """Return the higher of each rate: a neighbour can only slow a machine down."""
    return Rates(*map(max, first, second))


def _best(call: Callable[[], object], repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        began = time.process_time()
        call()
        seconds.append(time.process_time() - began)
    return min(seconds)
