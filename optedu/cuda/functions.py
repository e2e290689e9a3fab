"""What the hand-written kernels are called by: the same mathematics on a CPU and on a GPU.

Every function takes ``device``: ``"cpu"`` is NumPy; ``"cuda"`` is the first GPU, and an
`Unavailable` in one sentence where there is none; ``"auto"`` is the GPU if an array lives there
already, or if there is one and the work is large, and the CPU otherwise. NumPy's arrays are copied
to the GPU and results are NumPy's; arrays on the GPU are used where they lie and results stay
there, see `optedu.cuda.places`. All arrays on the GPU must be float32 or float64, one of them for
all, and in C order. NumPy's arrays are computed with in float32 if all of them are float32. The
numbers agree, to rounding.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.cuda import places
from optedu.cuda.kernels import clouds, dense, linear, newton, particles, patterns, reductions
from optedu.cuda.kernels import sliced as slicing
from optedu.kernels import transport
from optedu.problems.logistic_regression import log_one_plus_exp, sigmoid

ENOUGH = 1 << 22
"""Entries (pairs, multiplications) from which ``device="auto"`` takes a GPU, if there is one."""

WORTH_COMPILING = 2048
"""Indices from which a portable body is compiled for the CPU."""

MOST_LISTS = 65_535
"""Rows that a grid may have."""

SHARES = 1024
"""Blocks that a sum is split among, at most."""


def cdiv(a: int, b: int) -> int:
    """Return a / b, rounded up."""
    return -(-a // b)


class Work:
    """The arrays of one call, on the place where it is computed.

    Parameters
    ----------
    device : str
        As `places.choose` answered.
    kind : numpy.dtype
    stays : bool
        Whether results stay there.
    """

    def __init__(self, device: str, kind: np.dtype, stays: bool) -> None:
        self.place, self.kind, self.stays = places.place_of(device), kind, stays

    def put(self, value: Any, kind: Any = None) -> places.DeviceArray:
        """Return an array there, in the precision of the call or of another type."""
        if not places.lives_on_a_device(value):
            value = np.asarray(value, kind or self.kind)
        return self.place.put(value)

    def empty(self, *shape: int) -> places.DeviceArray:
        """Return a new array there."""
        return self.place.empty(shape, self.kind)

    def number(self, value: Any) -> Any:
        """Return a number in the precision of the call."""
        return self.kind.type(value)

    def answer(self, array: places.DeviceArray) -> Any:
        """Return a result to the caller."""
        return array if self.stays else array.to_host()

    def launch(self, kernel: Any, blocks: Any, threads: Any, *arguments: Any) -> None:
        """Queue a kernel."""
        blocks = blocks if isinstance(blocks, tuple) else (blocks, 1)
        threads = threads if isinstance(threads, tuple) else (threads, 1)
        self.place.launch(kernel, blocks, threads, *arguments)

    def added(self, parts: places.DeviceArray) -> places.DeviceArray:
        """Return the sum of the rows of an array (k, d)."""
        out = self.empty(parts.shape[1])
        self.launch(reductions.sum_of_rows, cdiv(out.size, 128), 128, parts, out)
        return out

    def total(self, values: places.DeviceArray) -> float:
        """Return the sum of a vector, to the host."""
        out = self.empty(1)
        self.launch(reductions.total, 1, reductions.THREADS, values, out)
        return float(out.to_host()[0])


def _shape(array: Any) -> tuple[int, ...]:
    said = getattr(array, "__cuda_array_interface__", None)
    return tuple(said["shape"]) if said is not None else np.shape(array)


def _require(name: str, array: Any, *shape: int | None) -> tuple[int, ...]:
    """Return the shape of an array, or say what it should be."""
    found = _shape(array)
    fits = len(found) == len(shape) and all(
        want in (None, have) for want, have in zip(shape, found, strict=True)
    )
    if not fits or 0 in found:
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise ValueError(f"{name} must have shape ({wanted}), got {found}")
    return found


def _started(device: str, work: float, **arrays: Any) -> tuple[str, np.dtype, bool]:
    """Return the device, the precision, and whether results stay on the device."""
    given = tuple(a for a in arrays.values() if a is not None)
    chosen = places.choose(device, given, work, ENOUGH)
    kind = places.kind_of(**{name: a for name, a in arrays.items() if a is not None})
    return chosen, kind, any(places.lives_on_a_device(a) for a in given)


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
    n, d = _require("x", x, None, None)
    m, _ = _require("y", y, None, d)
    device, kind, stays = _started(device, n * m, x=x, y=y, a=a, b=b)
    weights = _weights(n, m, a, b)
    if device == "cpu":
        x, y = np.asarray(x, kind), np.asarray(y, kind)
        ours = _Half(
            lambda f, g: transport.cloud_row_sums(x, y, f, g, t),
            lambda g: transport.cloud_row_log_sums(x, y, g, t),
        )
        theirs = _Half(
            lambda g, f: transport.cloud_row_sums(y, x, g, f, t),
            lambda f: transport.cloud_row_log_sums(y, x, f, t),
        )
        return _on_the_cpu(ours, theirs, weights, kind, t, rounds, tol, check_every)
    if d > 64:
        raise ValueError(f"x has {d} coordinates, the kernel has room for 64: take sinkhorn_dense")
    work = Work(device, kind, stays)
    x, y = work.put(x), work.put(y)
    kernel, least = clouds.half_step(d), 1e-100 if kind.itemsize == 8 else 1e-12
    numbers = work.number(t), work.number(least)

    def rows(f, g, log_weights, new, errors):
        blocks = cdiv(n, clouds.THREADS)
        work.launch(kernel, blocks, clouds.THREADS, x, y, f, g, log_weights, *numbers, new, errors)

    def columns(g, f, log_weights, new, errors):
        blocks = cdiv(m, clouds.THREADS)
        work.launch(kernel, blocks, clouds.THREADS, y, x, g, f, log_weights, *numbers, new, errors)

    return _on_a_grid(work, rows, columns, weights, t, rounds, tol, check_every)


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
    n, m = _require("C", C, None, None)
    device, kind, stays = _started(device, n * m, C=C, a=a, b=b)
    weights = _weights(n, m, a, b)
    if device == "cpu":
        C = np.asarray(C, kind)
        ours = _Half(
            lambda f, g: transport.plan_row_sums(C, f, g, t),
            lambda g: transport.row_log_sums(C, g, t),
        )
        theirs = _Half(
            lambda g, f: transport.plan_column_sums(C, f, g, t),
            lambda f: transport.column_log_sums(C, f, t),
        )
        return _on_the_cpu(ours, theirs, weights, kind, t, rounds, tol, check_every)
    work = Work(device, kind, stays)
    C, number = work.put(C), work.number(t)
    across = cdiv(m, reductions.WARP)
    shares = max(1, min(cdiv(n, 4 * dense.GROUPS), SHARES // across))
    tops, sums = work.empty(shares, m), work.empty(shares, m)

    def rows(f, g, log_weights, new, errors):
        work.launch(dense.rows, min(cdiv(n, dense.WARPS), 1 << 16), dense.THREADS,
                    C, f, g, log_weights, number, new, errors)  # fmt: skip

    def columns(g, f, log_weights, new, errors):
        threads = reductions.WARP, dense.GROUPS
        work.launch(dense.columns, (across, shares), threads, C, f, number, tops, sums)
        work.launch(dense.merged, cdiv(m, 128), 128, tops, sums, g, log_weights, number, new,
                    errors)  # fmt: skip

    return _on_a_grid(work, rows, columns, weights, t, rounds, tol, check_every)


def _weights(n: int, m: int, a: Any, b: Any) -> tuple[Any, Any]:
    if a is not None:
        _require("a", a, n)
    if b is not None:
        _require("b", b, m)
    return np.full(n, 1.0 / n) if a is None else a, np.full(m, 1.0 / m) if b is None else b


class _Half(NamedTuple):
    """The sums of the plan on one side, and their logarithms where they overflow."""

    sums: Any
    log_sums: Any

    def __call__(self, old: Any, other: Any, weights: Any, t: float) -> tuple[Any, float]:
        with np.errstate(all="ignore"):
            sums = self.sums(old, other)
            if transport.are_safe(sums):
                return old + t * np.log(weights / sums), float(np.abs(weights - sums).sum())
            logs = self.log_sums(other)
            error = np.abs(weights - np.exp((old + logs) / t)).sum()
            return t * np.log(weights) - logs, float(error)


def _on_the_cpu(ours, theirs, weights, kind, t, rounds, tol, check_every):
    a, b = (np.asarray(w, kind) for w in weights)
    f, g, error, made = np.zeros(a.size, kind), np.zeros(b.size, kind), np.inf, 0
    while made < rounds:
        new, error = ours(f, g, a, t)
        if made and made % check_every == 0 and error <= tol:
            break
        f = new.astype(kind)
        g = theirs(g, f, b, t)[0].astype(kind)
        made += 1
    else:
        error = ours(f, g, a, t)[1]
    return Potentials(f, g, error, made)


def _on_a_grid(work, rows, columns, weights, t, rounds, tol, check_every):
    a, b = (work.put(w) for w in weights)
    logs = []
    for w in (a, b):
        log = work.empty(w.size)
        reductions.logarithms.launch(work.place, w.size, w, log)
        logs.append(log)
    f, new_f, row_errors = (work.put(np.zeros(a.size)) for _ in range(3))
    g, new_g, column_errors = (work.put(np.zeros(b.size)) for _ in range(3))
    error, made = np.inf, 0
    while made < rounds:
        rows(f, g, logs[0], new_f, row_errors)
        if made and made % check_every == 0:
            error = work.total(row_errors)
            if error <= tol:
                break
        f, new_f = new_f, f
        columns(g, f, logs[1], new_g, column_errors)
        g, new_g = new_g, g
        made += 1
    else:
        rows(f, g, logs[0], new_f, row_errors)
        error = work.total(row_errors)
    return Potentials(work.answer(f), work.answer(g), error, made)


def linear_gradient(
    A: Any, y: Any, w: Any, *, loss: str = "squares", device: str = "auto"
) -> tuple[float, Any]:
    """Return the value and the gradient at w of a loss of A w.

    Parameters
    ----------
    A : array_like, shape (n, d)
    y : array_like, shape (n,)
        Targets, or labels -1 and +1.
    w : array_like, shape (d,)
    loss : {"squares", "logistic"}
        0.5 ||A w - y||^2, or the mean of log(1 + exp(-y_i <a_i, w>)): the smooth parts of the Lasso
        and of logistic regression.
    device : {"auto", "cpu", "cuda"}

    Returns
    -------
    tuple
        (value, gradient (d,)).

    Raises
    ------
    ValueError, TypeError, Unavailable, MemoryError
        As in `sinkhorn`.

    Examples
    --------
    >>> from optedu import cuda
    >>> value, gradient = cuda.linear_gradient([[1.0, 2.0]], [1.0], [1.0, 1.0], device="cpu")
    >>> value, gradient.tolist()
    (2.0, [2.0, 4.0])
    """
    if loss not in ("squares", "logistic"):
        raise ValueError(f"loss must be 'squares' or 'logistic', got {loss!r}")
    n, d = _require("A", A, None, None)
    _require("y", y, n)
    _require("w", w, d)
    device, kind, stays = _started(device, n * d, A=A, y=y, w=w)
    if device == "cpu":
        A, y, w = (np.asarray(array, kind) for array in (A, y, w))
        if loss == "squares":
            r = A @ w - y
            return 0.5 * float(r @ r), A.T @ r
        margins = y * (A @ w)
        value = float(np.mean(log_one_plus_exp(-margins)))
        return value, A.T @ (-y * sigmoid(-margins) / kind.type(n))
    work = Work(device, kind, stays)
    A, y, w = work.put(A), work.put(y), work.put(w)
    logistic = loss == "logistic"
    told = linear.LOGISTIC if logistic else linear.SQUARES, work.number(1 / n if logistic else 1)
    blocks, each = min(cdiv(n, 4 * linear.WARPS), SHARES), cdiv(d, reductions.WARP)
    if each <= linear.WIDEST:
        parts, values = work.empty(blocks, d), work.empty(blocks)
        kernel = linear.fused(each)
        work.launch(kernel, blocks, linear.THREADS, A, y, w, *told, parts, values)
    else:
        r, values = work.empty(n), work.empty(n)
        work.launch(linear.residuals, blocks, linear.THREADS, A, y, w, *told, r, values)
        shares = max(1, min(cdiv(n, 64), SHARES // cdiv(d, 128)))
        parts = work.empty(shares, d)
        work.launch(linear.transposed, (cdiv(d, 128), shares), 128, A, r, parts)
    return work.total(values), work.answer(work.added(parts))


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


def _gates(D: Any, n: int, count: int) -> tuple[Any, bool]:
    """Return patterns as bytes or as words of bits, and whether they are bits."""
    if places.dtype_of(D) == np.int32:
        _require("D", D, n, cdiv(count, 32))
        return D, True
    _require("D", D, n, count)
    if places.lives_on_a_device(D):
        if places.dtype_of(D).itemsize != 1:
            raise TypeError(
                f"D on the GPU must be bytes, or bits in int32, got {places.dtype_of(D)}"
            )
        return D, False
    return (np.asarray(D) != 0).view(np.uint8), False


def _bytes_of(D: Any, count: int) -> np.ndarray:
    """Return patterns in NumPy's memory as zeros and ones, from bits too."""
    D = np.asarray(D)
    if D.dtype != np.int32:
        return (D != 0).astype(np.uint8)
    return np.unpackbits(D.astype("<i4").view(np.uint8), axis=1, bitorder="little")[:, :count]


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
    n, d = _require("X", X, None, None)
    count, _ = _require("W", W, None, d)
    D, bits = _gates(D, n, count)
    device, kind, stays = _started(device, n * d * count, X=X, W=W)
    if device == "cpu":
        X, W = np.asarray(X, kind), np.asarray(W, kind)
        return np.einsum("ip,ip->i", _bytes_of(D, count), X @ W.T)
    work = Work(device, kind, stays)
    X, W, D = work.put(X), work.put(W), work.put(D, places.dtype_of(D))
    down, across = cdiv(n, patterns.TILE), cdiv(count, patterns.TILE)
    shares = max(1, min(across, SHARES // down))
    parts, side = work.empty(shares, n), patterns.SIDE
    work.launch(patterns.products(bits)[0], (down, shares), (side, side), X, D, W, parts)
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
    n, d = _require("X", X, None, None)
    _require("r", r, n)
    packed = places.dtype_of(D) == np.int32
    if packed and patterns_count <= 0:
        raise ValueError("D is bits, which do not say how many patterns there are: patterns_count")
    count = patterns_count if packed else _require("D", D, n, None)[1]
    D, bits = _gates(D, n, count)
    device, kind, stays = _started(device, n * d * count, X=X, r=r)
    if device == "cpu":
        X, r = np.asarray(X, kind), np.asarray(r, kind)
        return (_bytes_of(D, count) * r[:, None]).T @ X
    work = Work(device, kind, stays)
    X, r, D = work.put(X), work.put(r), work.put(D, places.dtype_of(D))
    tiles = cdiv(count, patterns.TILE) * cdiv(d, patterns.TILE)
    shares = max(1, min(cdiv(n, 8 * patterns.DEPTH), SHARES // tiles))
    parts, side = work.empty(shares, count * d), patterns.SIDE
    work.launch(patterns.products(bits)[1], (tiles, shares), (side, side), X, D, r, parts)
    out = work.added(parts)
    out.shape = (count, d)
    return work.answer(out)


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
    n, d = _require("x", x, None, None)
    _require("y", y, n, d)
    lines, _ = _require("directions", directions, None, d)
    device, kind, stays = _started(device, n * lines * d, x=x, y=y, directions=directions)
    if device == "cpu":
        x, y, directions = (np.asarray(array, kind) for array in (x, y, directions))
        gaps = np.sort(x @ directions.T, axis=0) - np.sort(y @ directions.T, axis=0)
        return np.mean(gaps * gaps, axis=0)
    work = Work(device, kind, stays)
    x, y, directions = work.put(x), work.put(y), work.put(directions)
    out, size = work.empty(lines), max(2, 1 << (n - 1).bit_length())
    threads = max(32, min(size // 2, 256))
    if 2 * size * kind.itemsize <= slicing.SHARED_BYTES:
        kernel = slicing.sorted_in_shared(size)
        work.launch(kernel, lines, threads, x, y, directions, out)
        return work.answer(out)
    if lines > MOST_LISTS:
        raise ValueError(f"directions: at most {MOST_LISTS} at a time for {n} points, got {lines}")
    lists = []
    for cloud in (x, y):
        values = work.empty(lines, size)
        work.launch(slicing.project, (cdiv(size, 256), lines), 256, cloud, directions, values)
        width = 2
        while width <= size:
            step = width // 2
            while step > 0:
                grid = cdiv(size // 2, 256), lines
                work.launch(slicing.sorting_round, grid, 256, values, width, step)
                step //= 2
            width *= 2
        lists.append(values)
    work.launch(slicing.compare, lines, 256, *lists, n, out)
    return work.answer(out)


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
    n, d = _require("X", X, None, None)
    _require("values", values, n)
    device, kind, stays = _started(device, n * d, X=X, values=values)
    numbers = kind.type(drift), kind.type(noise), int(seed), int(step)
    if device == "cpu":
        X, values = np.ascontiguousarray(X, kind), np.asarray(values, kind)
        weights = np.exp(kind.type(alpha) * (np.min(values) - values))
        mean, new = weights @ X / np.sum(weights), np.empty_like(X)
        where = "python" if n * d < WORTH_COMPILING else "serial"
        particles.move(n * d, X, mean, *numbers, new, device=where)
        return new, mean
    work = Work(device, kind, stays)
    X, values = work.put(X), work.put(values)
    least, blocks = work.empty(1), min(cdiv(n, particles.THREADS), SHARES)
    work.launch(reductions.minimum, 1, reductions.THREADS, values, least)
    parts, mean, new = work.empty(blocks, d + 1), work.empty(d), work.empty(n, d)
    grid = blocks, cdiv(d + 1, particles.AT_ONCE)
    work.launch(particles.weighted_sums, grid, particles.THREADS, X, values, least,
                work.number(alpha), parts)  # fmt: skip
    particles.divide.launch(work.place, d, work.added(parts), mean)
    particles.move.launch(work.place, n * d, X, mean, *numbers, new)
    return work.answer(new), work.answer(mean)


def newton_steps(H: Any, g: Any, *, device: str = "auto") -> Any:
    """Return the Newton steps -H_b^-1 g_b of many small problems, each by Cholesky.

    Parameters
    ----------
    H : array_like, shape (batch, d, d)
        Hessians, d at most 8 on a GPU; their lower triangles are read.
    g : array_like, shape (batch, d)
        Gradients.
    device : {"auto", "cpu", "cuda"}

    Returns
    -------
    array, shape (batch, d)
        NaN where a Hessian is not positive definite.

    Raises
    ------
    ValueError, TypeError, Unavailable, MemoryError
        As in `sinkhorn`.

    Examples
    --------
    >>> from optedu import cuda
    >>> cuda.newton_steps([[[4.0]], [[-1.0]]], [[2.0], [1.0]], device="cpu").tolist()
    [[-0.5], [nan]]
    """
    batch, d, _ = _require("H", H, None, None, None)
    _require("H", H, batch, d, d)
    _require("g", g, batch, d)
    device, kind, stays = _started(device, batch * d**3, H=H, g=g)
    if device == "cpu":
        return _newton_steps(np.asarray(H, kind), np.asarray(g, kind))
    if d > newton.LARGEST:
        raise ValueError(f"H has order {d}, the kernel is for at most {newton.LARGEST}")
    work = Work(device, kind, stays)
    H, g, out = work.put(H), work.put(g), work.empty(batch, d)
    H = places.DeviceArray(work.place, H.pointer, (batch, d * d), kind, owner=H)
    work.launch(newton.steps(d), cdiv(batch, newton.THREADS), newton.THREADS, H, g, out)
    return work.answer(out)


def _newton_steps(H: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Return the steps by Cholesky, all problems at once, entry by entry."""
    d = g.shape[1]
    L, p = np.zeros_like(H), np.empty_like(g)
    with np.errstate(invalid="ignore"):
        for j in range(d):
            for k in range(j):
                s = H[:, j, k] - np.sum(L[:, j, :k] * L[:, k, :k], axis=1)
                L[:, j, k] = s / L[:, k, k]
            s = H[:, j, j] - np.sum(L[:, j, :j] ** 2, axis=1)
            L[:, j, j] = np.sqrt(np.where(s > 0, s, np.nan))
        for j in range(d):
            p[:, j] = (-g[:, j] - np.sum(L[:, j, :j] * p[:, :j], axis=1)) / L[:, j, j]
        for j in reversed(range(d)):
            s = p[:, j] - np.sum(L[:, j + 1 :, j] * p[:, j + 1 :], axis=1)
            p[:, j] = s / L[:, j, j]
    return p
