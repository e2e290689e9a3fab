"""Products with data whose rows change sign by patterns: the cones of convex ReLU networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.cuda.functions.patterns import Gates, adjoint
from optedu.cuda.functions.work import Work, cdiv, require
from optedu.cuda.kernels import cones
from optedu.cuda.kernels.tiles import SIDE, TILE


def _signs(gates: Gates, kind: np.dtype) -> np.ndarray:
    """Return 2 D - 1 with the patterns taken twice, shape (n, 2 P)."""
    D = gates.bytes()
    return 2 * np.hstack([D, D]).astype(kind) - 1


def _patterns(name: str, columns: int) -> int:
    if columns % 2:
        raise ValueError(f"{name} must have two of each pattern, 2 P of them, got {columns}")
    return columns // 2


def cone_products(X: Any, D: Any, W: Any, *, device: str = "auto") -> Any:
    """Return (2 D_p - I) X w for all weights, the patterns taken twice.

    The products are at least 0 where a convex ReLU network is one with ReLUs: w lies in the cone of
    its pattern. The same is `optedu.kernels.patterns.cone_products`.

    Parameters
    ----------
    X : array_like, shape (n, d)
    D : array_like, shape (n, P), or (n, ceil(P / 32)) of int32
        Zeros and ones, or bits from `pack_patterns`; on a GPU a byte each, or bits.
    W : array_like, shape (2 P, d)
        Two rows for each pattern: row p and row P + p.
    device : {"auto", "cpu", "cuda"}

    Returns
    -------
    array, shape (n, 2 P)

    Raises
    ------
    ValueError, TypeError, Unavailable, MemoryError
        As in `sinkhorn`.

    Examples
    --------
    >>> from optedu import cuda
    >>> cuda.cone_products([[1.0], [2.0]], [[1], [0]], [[3.0], [5.0]], device="cpu").tolist()
    [[3.0, 5.0], [-6.0, -10.0]]
    """
    n, d = require("X", X, None, None)
    count, _ = require("W", W, None, d)
    gates = Gates(D, n, _patterns("W", count))
    work = Work(device, n * d * count, D, X=X, W=W)
    X, W = work.taken(X, W)
    if work.on_cpu:
        return _signs(gates, work.kind) * (X @ W.T)
    out, (kernel, _) = work.empty(n, count), cones.products(gates.bits)
    tiles = cdiv(n, TILE) * cdiv(count, TILE)
    work.launch(kernel, tiles, (SIDE, SIDE), X, gates.on(work), W, out)
    return work.answer(out)


def cone_adjoint(X: Any, D: Any, Y: Any, *, device: str = "auto") -> Any:
    """Return the rows X' (2 D_p - I) y for all columns of Y, the adjoint of `cone_products`.

    Parameters
    ----------
    X, D, device
        As in `cone_products`.
    Y : array_like, shape (n, 2 P)
        Two columns for each pattern.

    Returns
    -------
    array, shape (2 P, d)

    Raises
    ------
    ValueError, TypeError, Unavailable, MemoryError
        As in `sinkhorn`.

    Examples
    --------
    >>> from optedu import cuda
    >>> Y = [[1.0, 0.0], [1.0, 1.0]]
    >>> cuda.cone_adjoint([[1.0], [2.0]], [[1], [0]], Y, device="cpu").tolist()
    [[-1.0], [-2.0]]
    """
    n, d = require("X", X, None, None)
    _, count = require("Y", Y, n, None)
    gates = Gates(D, n, _patterns("Y", count))
    work = Work(device, n * d * count, D, X=X, Y=Y)
    X, Y = work.taken(X, Y)
    if work.on_cpu:
        return (_signs(gates, work.kind) * Y).T @ X
    return adjoint(work, cones.products(gates.bits)[1], X, gates, Y, count)
