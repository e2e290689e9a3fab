"""Products with data whose rows patterns switch on and off."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.cuda import places
from optedu.cuda.functions.work import SHARES, Work, cdiv, require
from optedu.cuda.kernels import patterns
from optedu.cuda.kernels.tiles import DEPTH, SIDE, TILE


def pack_patterns(D: Any) -> np.ndarray:
    """Return patterns (n, P) of zeros and ones as bits, int32 words (n, ceil(P / 32)).

    Parameters
    ----------
    D : array_like, shape (n, P)

    Returns
    -------
    numpy.ndarray
        Pattern p is bit p mod 32 of word p // 32.

    Examples
    --------
    >>> from optedu import cuda
    >>> cuda.pack_patterns([[1, 0, 1], [0, 1, 0]]).tolist()
    [[5], [2]]
    """
    gates = np.asarray(D) != 0
    n, P = gates.shape
    padded = np.zeros((n, cdiv(P, 32) * 32), bool)
    padded[:, :P] = gates
    packed = np.packbits(padded, axis=1, bitorder="little")
    return packed.view("<i4").astype(np.int32)


def are_bits(D: Any) -> bool:
    """Whether patterns are packed."""
    return places.dtype_of(D) == np.int32


class Gates:
    """Patterns, as bytes or as words of bits.

    Parameters
    ----------
    D : array_like, shape (n, count), or (n, ceil(count / 32)) of int32
    n, count : int

    Raises
    ------
    ValueError, TypeError
        If their shape does not fit, or they are neither bytes nor bits on a GPU.
    """

    def __init__(self, D: Any, n: int, count: int) -> None:
        self.D, self.count, self.bits = D, count, are_bits(D)
        require("D", D, n, cdiv(count, 32) if self.bits else count)
        if places.lives_on_a_device(D):
            if not self.bits and places.dtype_of(D).itemsize != 1:
                raise TypeError(
                    f"D on the GPU must be bytes, or bits in int32, got {places.dtype_of(D)}"
                )
        elif not self.bits:
            self.D = (np.asarray(D) != 0).view(np.uint8)

    def on(self, work: Work) -> places.DeviceArray:
        """Return them on the device."""
        return work.put(self.D, places.dtype_of(self.D))

    def bytes(self) -> np.ndarray:
        """Return zeros and ones in NumPy's memory, shape (n, count)."""
        if not self.bits:
            return self.D
        words = np.asarray(self.D).astype("<i4").view(np.uint8)
        return np.unpackbits(words, axis=1, bitorder="little")[:, : self.count]


def masked_sum(X: Any, D: Any, W: Any, *, device: str = "auto") -> Any:
    """Return sum_p D_p X w_p for patterns D of zeros and ones, as `optedu.kernels.patterns`.

    Parameters
    ----------
    X : array_like, shape (n, d)
    D : array_like, shape (n, P), or (n, ceil(P / 32)) of int32
        Zeros and ones, or bits from `pack_patterns`; on a GPU a byte each, or bits.
    W : array_like, shape (P, d)
    device : {"auto", "cpu", "cuda"}

    Returns
    -------
    array, shape (n,)

    Raises
    ------
    ValueError, TypeError, Unavailable, MemoryError
        As in `sinkhorn`.

    Examples
    --------
    >>> from optedu import cuda
    >>> cuda.masked_sum([[1.0], [2.0]], [[1, 0], [1, 1]], [[3.0], [5.0]], device="cpu").tolist()
    [3.0, 16.0]
    """
    n, d = require("X", X, None, None)
    count, _ = require("W", W, None, d)
    gates = Gates(D, n, count)
    work = Work(device, n * d * count, D, X=X, W=W)
    X, W = work.taken(X, W)
    if work.on_cpu:
        return np.einsum("ip,ip->i", gates.bytes(), X @ W.T)
    down, across = cdiv(n, TILE), cdiv(count, TILE)
    shares = max(1, min(across, SHARES // down))
    parts, (kernel, _) = work.empty(shares, n), patterns.products(gates.bits)
    work.launch(kernel, (down, shares), (SIDE, SIDE), X, gates.on(work), W, parts)
    return work.answer(work.added(parts))


def masked_adjoint(X: Any, D: Any, r: Any, *, patterns_count: int = 0, device: str = "auto") -> Any:
    """Return the rows X' D_p r, shape (P, d): the adjoint of `masked_sum`.

    Parameters
    ----------
    X, D, device
        As in `masked_sum`.
    r : array_like, shape (n,)
    patterns_count : int
        P, which is needed where D is bits.

    Returns
    -------
    array, shape (P, d)

    Raises
    ------
    ValueError, TypeError, Unavailable, MemoryError
        As in `sinkhorn`.

    Examples
    --------
    >>> from optedu import cuda
    >>> cuda.masked_adjoint([[1.0], [2.0]], [[1, 0], [1, 1]], [1.0, 1.0], device="cpu").tolist()
    [[3.0], [2.0]]
    """
    n, d = require("X", X, None, None)
    require("r", r, n)
    if are_bits(D) and patterns_count <= 0:
        raise ValueError("D is bits, which do not say how many patterns there are: patterns_count")
    count = patterns_count if are_bits(D) else require("D", D, n, None)[1]
    gates = Gates(D, n, count)
    work = Work(device, n * d * count, D, X=X, r=r)
    X, r = work.taken(X, r)
    if work.on_cpu:
        return (gates.bytes() * r[:, None]).T @ X
    return adjoint(work, patterns.products(gates.bits)[1], X, gates, r, count)


def adjoint(work: Work, kernel: Any, X: Any, gates: Gates, r: Any, count: int) -> Any:
    """Launch an adjoint, the rows split among blocks, and answer, shape (count, d)."""
    n, d = X.shape
    tiles = cdiv(count, TILE) * cdiv(d, TILE)
    shares = max(1, min(cdiv(n, 8 * DEPTH), SHARES // tiles))
    parts = work.empty(shares, count * d)
    work.launch(kernel, (tiles, shares), (SIDE, SIDE), X, gates.on(work), r, parts)
    return work.answer(work.added(parts, count, d))
