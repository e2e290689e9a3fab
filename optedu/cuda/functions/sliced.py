"""Sliced Wasserstein distances."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.cuda.functions.work import Work, cdiv, require
from optedu.cuda.kernels import sliced

MOST_LISTS = 65_535
"""Rows that a grid may have."""


def sliced_distances(x: Any, y: Any, directions: Any, *, device: str = "auto") -> Any:
    """Return, for each direction, the squared Wasserstein distance of the projected clouds.

    Their mean over random directions of length 1 is the squared sliced Wasserstein distance.

    Parameters
    ----------
    x, y : array_like, shape (n, d)
        As many points in each.
    directions : array_like, shape (k, d)
    device : {"auto", "cpu", "cuda"}

    Returns
    -------
    array, shape (k,)

    Raises
    ------
    ValueError, TypeError, Unavailable, MemoryError
        As in `sinkhorn`.

    Examples
    --------
    >>> from optedu import cuda
    >>> cuda.sliced_distances([[0.0], [1.0]], [[4.0], [3.0]], [[1.0]], device="cpu").tolist()
    [9.0]
    """
    n, d = require("x", x, None, None)
    require("y", y, n, d)
    lines, _ = require("directions", directions, None, d)
    work = Work(device, n * lines * d, x=x, y=y, directions=directions)
    x, y, directions = work.taken(x, y, directions)
    if work.on_cpu:
        gaps = np.sort(x @ directions.T, axis=0) - np.sort(y @ directions.T, axis=0)
        return np.mean(gaps * gaps, axis=0)
    out, size = work.empty(lines), max(2, 1 << (n - 1).bit_length())
    if 2 * size * work.kind.itemsize <= sliced.SHARED_BYTES:
        threads = max(32, min(size // 2, 256))
        work.launch(sliced.sorted_in_shared(size), lines, threads, x, y, directions, out)
        return work.answer(out)
    if lines > MOST_LISTS:
        raise ValueError(f"directions: at most {MOST_LISTS} at a time for {n} points, got {lines}")
    lists = [_sorted(work, cloud, directions, lines, size) for cloud in (x, y)]
    work.launch(sliced.compare, lines, 256, *lists, n, out)
    return work.answer(out)


def _sorted(work: Work, cloud: Any, directions: Any, lines: int, size: int) -> Any:
    """Return the sorted projections in device memory, shape (lines, size), a launch per round."""
    values = work.empty(lines, size)
    work.launch(sliced.project, (cdiv(size, 256), lines), 256, cloud, directions, values)
    width = 2
    while width <= size:
        step = width // 2
        while step > 0:
            work.launch(sliced.sorting_round, (cdiv(size // 2, 256), lines), 256, values, width,
                        step)  # fmt: skip
            step //= 2
        width *= 2
    return values
