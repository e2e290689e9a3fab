"""Steps of consensus-based optimization."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.cuda.functions.work import SHARES, Work, cdiv, require
from optedu.cuda.kernels import particles, reductions

WORTH_COMPILING = 2048
"""Indices from which a portable body is compiled for the CPU."""


def consensus_step(
    X: Any,
    values: Any,
    *,
    alpha: float,
    drift: float,
    noise: float,
    seed: int,
    step: int,
    device: str = "auto",
) -> tuple[Any, Any]:
    """Return all particles after a step of consensus-based optimization, and their weighted mean.

    With m the mean of the particles in the weights exp(-alpha values_i), each coordinate moves by
    -drift (x - m) + noise (x - m) xi, xi standard normal: drift is lambda h, noise sigma sqrt(h).

    Parameters
    ----------
    X : array_like, shape (n, d)
        Particles.
    values : array_like, shape (n,)
        The objective at each.
    alpha, drift, noise : float
    seed, step : int
        The noise is a function of these, of the particle and of the coordinate.
    device : {"auto", "cpu", "cuda"}

    Returns
    -------
    tuple
        (particles (n, d), mean (d,)).

    Raises
    ------
    ValueError, TypeError, Unavailable, MemoryError
        As in `sinkhorn`.

    Examples
    --------
    >>> from optedu import cuda
    >>> moved, mean = cuda.consensus_step(
    ...     [[0.0], [1.0]], [1.0, 1.0], alpha=3.0, drift=0.5, noise=0.0, seed=1, step=0
    ... )
    >>> moved.tolist(), mean.tolist()
    ([[0.25], [0.75]], [0.5])
    """
    n, d = require("X", X, None, None)
    require("values", values, n)
    work = Work(device, n * d, X=X, values=values)
    X, values = work.taken(X, values)
    alpha, drift, noise = (work.kind.type(number) for number in (alpha, drift, noise))
    told = drift, noise, int(seed), int(step)
    if work.on_cpu:
        X = np.ascontiguousarray(X)
        weights = np.exp(alpha * (np.min(values) - values))
        mean, new = weights @ X / np.sum(weights), np.empty_like(X)
        where = "python" if n * d < WORTH_COMPILING else "serial"
        particles.move(n * d, X, mean, *told, new, device=where)
        return new, mean
    blocks, across = min(cdiv(n, particles.THREADS), SHARES), cdiv(d + 1, particles.AT_ONCE)
    parts, mean, new = work.empty(blocks, d + 1), work.empty(d), work.empty(n, d)
    least = work.reduced(reductions.minimum, values)
    work.launch(particles.weighted_sums, (blocks, across), particles.THREADS, X, values, least,
                alpha, parts)  # fmt: skip
    work.each(particles.divide, d, work.added(parts), mean)
    work.each(particles.move, n * d, X, mean, *told, new)
    return work.answer(new), work.answer(mean)
