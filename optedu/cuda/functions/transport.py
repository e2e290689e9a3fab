"""Transport with entropy, by Sinkhorn's iteration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from optedu.cuda.functions.work import SHARES, Work, cdiv, require
from optedu.cuda.kernels import clouds, dense, reductions
from optedu.kernels import transport


class Potentials(NamedTuple):
    """What Sinkhorn's iteration ends with.

    Parameters
    ----------
    f, g : array, shapes (n,) and (m,)
        The plan is exp((f_i + g_j - C_ij) / t).
    error : float
        sum_i |a_i - row sum i of the plan|; the sums of its columns are b.
    rounds : int
        Rounds made, each of both half-steps.
    """

    f: Any
    g: Any
    error: float
    rounds: int


def sinkhorn(
    x: Any,
    y: Any,
    t: float,
    *,
    a: Any = None,
    b: Any = None,
    rounds: int = 1000,
    tol: float = 1e-6,
    check_every: int = 10,
    device: str = "auto",
) -> Potentials:
    """Transport the cloud x to y with entropy, the cost ||x_i - y_j||^2 being made on the fly.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d)
        Points; on a GPU d is at most 64.
    t : float
        Weight of the entropy, positive.
    a, b : array_like, shapes (n,) and (m,), optional
        Weights of the points; by default equal, with sum 1.
    rounds : int
        Most rounds.
    tol : float
        It ends when `Potentials.error` is at most this.
    check_every : int
        Rounds from one look at the error to the next: on a GPU a look waits for all that is queued.
    device : {"auto", "cpu", "cuda"}

    Returns
    -------
    Potentials

    Raises
    ------
    ValueError, TypeError
        If shapes, types or numbers do not fit.
    Unavailable, MemoryError
        With a GPU, if there is none, or too little memory.

    Examples
    --------
    >>> import numpy as np
    >>> from optedu import cuda
    >>> x = np.array([[0.0], [1.0]])
    >>> ends = cuda.sinkhorn(x, x, 0.05, tol=1e-10, device="cpu")
    >>> ends.error <= 1e-10
    True
    >>> float(np.round(np.mean(ends.f) + np.mean(ends.g), 3))  # half of a point stays: t log 1/2
    -0.035
    """
    n, d = require("x", x, None, None)
    m, _ = require("y", y, None, d)
    weights = _weights(n, m, a, b)
    work = Work(device, n * m, x=x, y=y, a=a, b=b)
    if d > clouds.WIDEST and not work.on_cpu:
        raise ValueError(
            f"x has {d} coordinates, the kernel has room for {clouds.WIDEST}: take sinkhorn_dense"
        )
    x, y, a, b = work.taken(x, y, *weights)
    if work.on_cpu:
        halves = (
            _Half(
                lambda f, g: transport.cloud_row_sums(x, y, f, g, t),
                lambda g: transport.cloud_row_log_sums(x, y, g, t),
                a, t,
            ),
            _Half(
                lambda g, f: transport.cloud_row_sums(y, x, g, f, t),
                lambda f: transport.cloud_row_log_sums(y, x, f, t),
                b, t,
            ),
        )  # fmt: skip
    else:
        halves = cloud_halves(work, x, y, t, a, b)
    return _iterated(work, halves, (n, m), rounds, tol, check_every)


def sinkhorn_dense(
    C: Any,
    t: float,
    *,
    a: Any = None,
    b: Any = None,
    rounds: int = 1000,
    tol: float = 1e-6,
    check_every: int = 10,
    device: str = "auto",
) -> Potentials:
    """Transport with entropy for a stored cost C (n, m); all else as in `sinkhorn`.

    Parameters
    ----------
    C : array_like, shape (n, m)
        The cost.
    t, a, b, rounds, tol, check_every, device
        As in `sinkhorn`.

    Returns
    -------
    Potentials

    Raises
    ------
    ValueError, TypeError, Unavailable, MemoryError
        As in `sinkhorn`.

    Examples
    --------
    >>> from optedu import cuda
    >>> ends = cuda.sinkhorn_dense([[0.0, 1.0], [1.0, 0.0]], 0.1, tol=1e-12, device="cpu")
    >>> ends.rounds
    10
    """
    n, m = require("C", C, None, None)
    weights = _weights(n, m, a, b)
    work = Work(device, n * m, C=C, a=a, b=b)
    C, a, b = work.taken(C, *weights)
    if work.on_cpu:
        halves = (
            _Half(
                lambda f, g: transport.plan_row_sums(C, f, g, t),
                lambda g: transport.row_log_sums(C, g, t),
                a, t,
            ),
            _Half(
                lambda g, f: transport.plan_column_sums(C, f, g, t),
                lambda f: transport.column_log_sums(C, f, t),
                b, t,
            ),
        )  # fmt: skip
    else:
        halves = dense_halves(work, C, t, a, b)
    return _iterated(work, halves, (n, m), rounds, tol, check_every)


def _weights(n: int, m: int, a: Any, b: Any) -> tuple[Any, Any]:
    """Return the weights of both sides, equal ones where there are none."""
    for name, weights, size in (("a", a, n), ("b", b, m)):
        if weights is not None:
            require(name, weights, size)
    return np.full(n, 1.0 / n) if a is None else a, np.full(m, 1.0 / m) if b is None else b


class _Half(NamedTuple):
    """Half a round in NumPy: the sums of the plan, and their logarithms where they overflow."""

    sums: Callable[..., Any]
    log_sums: Callable[..., Any]
    weights: Any
    t: float

    def __call__(self, old: Any, other: Any) -> tuple[Any, Any]:
        """Return the new potentials of a side, and how far the old ones' sums are from weights."""
        weights, t = self.weights, self.t
        with np.errstate(all="ignore"):
            sums = self.sums(old, other)
            if transport.are_safe(sums):
                new, errors = old + t * np.log(weights / sums), np.abs(weights - sums)
            else:
                logs = self.log_sums(other)
                new = t * np.log(weights) - logs
                errors = np.abs(weights - np.exp((old + logs) / t))
        return new.astype(old.dtype), errors


class _GridHalf:
    """Half a round on a GPU, into an array that the round before has left.

    Parameters
    ----------
    work : Work
    launch : callable
        ``launch(old, other, log_weights, new, errors)``.
    weights : DeviceArray
    """

    def __init__(self, work: Work, launch: Callable[..., None], weights: Any) -> None:
        self.launch, size = launch, weights.size
        self.log_weights, self.spare, self.errors = (work.empty(size) for _ in range(3))
        work.each(reductions.logarithms, size, weights, self.log_weights)

    def __call__(self, old: Any, other: Any) -> tuple[Any, Any]:
        """Return the new potentials of a side, and how far the old ones' sums are from weights."""
        new, self.spare = self.spare, old
        self.launch(old, other, self.log_weights, new, self.errors)
        return new, self.errors


def cloud_halves(work: Work, x: Any, y: Any, t: float, a: Any, b: Any) -> tuple[Any, Any]:
    """Return both halves of a round between clouds on a device."""
    kernel, least = clouds.half_step(x.shape[1]), 1e-100 if work.kind.itemsize == 8 else 1e-12

    def between(ours: Any, theirs: Any) -> Callable[..., None]:
        def half(old: Any, other: Any, log_weights: Any, new: Any, errors: Any) -> None:
            work.launch(kernel, cdiv(old.size, clouds.THREADS), clouds.THREADS, ours, theirs,
                        old, other, log_weights, float(t), least, new, errors)  # fmt: skip

        return half

    return _GridHalf(work, between(x, y), a), _GridHalf(work, between(y, x), b)


def dense_halves(work: Work, C: Any, t: float, a: Any, b: Any) -> tuple[Any, Any]:
    """Return both halves of a round with a stored cost on a device."""
    (n, m), t = C.shape, float(t)
    across = cdiv(m, reductions.WARP)
    shares = max(1, min(cdiv(n, 4 * dense.GROUPS), SHARES // across))
    tops, sums = work.empty(shares, m), work.empty(shares, m)

    def by_rows(f: Any, g: Any, log_weights: Any, new: Any, errors: Any) -> None:
        work.launch(dense.rows, min(cdiv(n, dense.WARPS), 1 << 16), dense.THREADS,
                    C, f, g, log_weights, t, new, errors)  # fmt: skip

    def by_columns(g: Any, f: Any, log_weights: Any, new: Any, errors: Any) -> None:
        threads = reductions.WARP, dense.GROUPS
        work.launch(dense.columns, (across, shares), threads, C, f, t, tops, sums)
        work.launch(dense.merged, cdiv(m, 128), 128, tops, sums, g, log_weights, t, new,
                    errors)  # fmt: skip

    return _GridHalf(work, by_rows, a), _GridHalf(work, by_columns, b)


def _iterated(work, halves, sizes, rounds, tol, check_every):
    ours, theirs = halves
    f, g = work.taken(*(np.zeros(size) for size in sizes))
    error, made = np.inf, 0
    while made < rounds:
        new, errors = ours(f, g)
        if made and made % check_every == 0:
            error = work.total(errors)
            if error <= tol:
                break
        f = new
        g, _ = theirs(g, f)
        made += 1
    else:
        error = work.total(ours(f, g)[1])
    return Potentials(work.answer(f), work.answer(g), error, made)
