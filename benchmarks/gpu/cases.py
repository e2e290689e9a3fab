"""What is measured: calls of `optedu.cuda`, the work that they cannot do without, and their sizes.

Data lies on the device before the clock starts, and results stay there. Work counts each number
that must come from memory once, as in `benchmarks.harness.limits`. The most important come first.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numba
import numpy as np

from benchmarks.harness.limits import Work
from optedu import cuda
from optedu.cuda.kernels import particles
from optedu.cuda.kernels.patterns import TILE
from optedu.kernels import transport

THREADS = 2
"""Threads of our own CPU side."""

DRAWN = 1 << 22
"""Random numbers in an array; a longer one repeats them."""


class Case(NamedTuple):
    """One kernel, or a few that belong together.

    Parameters
    ----------
    title : str
    data : callable
        ``data(size, kind)`` returns arrays in NumPy's memory, by name.
    call : callable
        ``call(arrays, device, times)`` makes the computation so many times.
    work : callable
        ``work(size, bytes of a number)`` returns the `Work` of one.
    sizes : tuple of int
        The last is the one that is stated.
    cpu_limit : int
        The largest size that the CPU is given.
    peer_sizes : tuple of int
        The sizes that the peers are given: a large one, and one where a launch counts.
    cpu : callable
        ``cpu(arrays)`` makes the computation once, on two threads of the CPU.
    before : int
        Computations before those that are timed. Sinkhorn's first rounds look for their largest
        exponents, later ones know them.
    """

    title: str
    data: Callable[[int, Any], dict[str, np.ndarray]]
    call: Callable[[dict[str, Any], str, int], Any]
    work: Callable[[int, int], Work]
    sizes: tuple[int, ...]
    cpu_limit: int
    peer_sizes: tuple[int, ...]
    cpu: Callable[[dict[str, np.ndarray]], Any]
    before: int = 1


T = 0.05
ROUNDS_BEFORE = 10


def _draws(size: int, kind: Any) -> Callable[..., np.ndarray]:
    rng = np.random.default_rng(size)

    def draw(*shape: int) -> np.ndarray:
        drawn = rng.standard_normal(min(math.prod(shape), DRAWN), dtype=kind)
        return np.resize(drawn, shape)

    return draw


def _repeated(rows: np.ndarray, size: int) -> np.ndarray:
    """Return an array of so many rows, which repeats those given."""
    return np.resize(rows, (size, *rows.shape[1:]))


def _on_two_threads(function: Callable[[slice], Any], rows: int) -> list[Any]:
    """Return the answers for the first and the second half of some rows."""
    cuts = np.linspace(0, rows, THREADS + 1).astype(int)
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(function, itertools.starmap(slice, itertools.pairwise(cuts))))


def _clouds(size, kind):
    draw = _draws(size, kind)
    return {"x": draw(size, 3), "y": draw(size, 3) + kind(0.5)}


def _sinkhorn(arrays, device, times):
    x, y = arrays["x"], arrays["y"]
    return cuda.sinkhorn(x, y, T, rounds=times, tol=0.0, check_every=10**9, device=device)


def _sinkhorn_cpu(arrays):
    x, y = arrays["x"], arrays["y"]
    for ours, theirs in ((x, y), (y, x)):
        f, g = np.zeros(len(ours), x.dtype), np.zeros(len(theirs), x.dtype)
        sums = partial(_cloud_sums, ours, theirs, f, g)
        _on_two_threads(sums, len(ours))


def _cloud_sums(ours, theirs, f, g, part):
    return transport.cloud_row_sums(ours[part], theirs, f[part], g, T)


def _dense(size, kind):
    return {"C": np.resize(_draws(size, kind)(min(size * size, DRAWN)) ** 2, (size, size))}


def _sinkhorn_dense(arrays, device, times):
    return cuda.sinkhorn_dense(
        arrays["C"], T, rounds=times, tol=0.0, check_every=10**9, device=device
    )


def _dense_cpu(arrays):
    C = arrays["C"]
    f, g = np.zeros(C.shape[0], C.dtype), np.zeros(C.shape[1], C.dtype)
    for sums in (transport.plan_row_sums, transport.plan_column_sums):
        _on_two_threads(lambda part, sums=sums: sums(C[part], f[part], g, T), C.shape[0])


COLUMNS, PATTERNS, FEATURES, LINES, COORDINATES, ORDER = 256, 512, 64, 256, 16, 6


def _rows(size, kind):
    draw = _draws(size, kind)
    return {"A": draw(size, COLUMNS), "y": np.sign(draw(size)), "w": draw(COLUMNS) / kind(16)}


def _gradient(arrays, device, times):
    for _ in range(times):
        out = cuda.linear_gradient(*arrays.values(), loss="logistic", device=device)
    return out


def _gradient_cpu(arrays):
    A, y, w = arrays.values()
    _on_two_threads(
        lambda part: cuda.linear_gradient(A[part], y[part], w, loss="logistic", device="cpu"),
        len(A),
    )


def _patterns(size, kind):
    draw = _draws(size, kind)
    X = draw(min(size, 1 << 14), FEATURES)
    D = (X @ draw(FEATURES, PATTERNS) >= 0).view(np.uint8)
    return {
        "X": _repeated(X, size), "D": _repeated(D, size), "W": draw(PATTERNS, FEATURES),
        "r": draw(size),
    }  # fmt: skip


def _masked(arrays, device, times):
    X, D, W, r = arrays.values()
    for _ in range(times):
        cuda.masked_sum(X, D, W, device=device)
        out = cuda.masked_adjoint(X, D, r, device=device)
    return out


def _masked_cpu(arrays):
    X, D, W, r = arrays.values()

    def both(part):
        cuda.masked_sum(X[part], D[part], W, device="cpu")
        return cuda.masked_adjoint(X[part], D[part], r[part], device="cpu")

    sum(_on_two_threads(both, len(X)))


def _sliced(size, kind):
    draw = _draws(size, kind)
    return {"x": draw(size, 3), "y": draw(size, 3), "directions": draw(LINES, 3)}


def _distances(arrays, device, times):
    for _ in range(times):
        out = cuda.sliced_distances(*arrays.values(), device=device)
    return out


def _distances_cpu(arrays):
    x, y, directions = arrays.values()
    _on_two_threads(
        lambda part: cuda.sliced_distances(x, y, directions[part], device="cpu"), len(directions)
    )


ALPHA, DRIFT, NOISE = 10.0, 0.01, 0.1


def _particles(size, kind):
    draw = _draws(size, kind)
    return {"X": draw(size, COORDINATES), "values": np.abs(draw(size))}


def _consensus(arrays, device, times):
    for step in range(times):
        out = cuda.consensus_step(
            *arrays.values(), alpha=ALPHA, drift=DRIFT, noise=NOISE, seed=0, step=step,
            device=device,
        )  # fmt: skip
    return out


def _consensus_cpu(arrays):
    X, values = arrays.values()
    kind, new = X.dtype.type, np.empty_like(X)
    weights = np.exp(kind(ALPHA) * (np.min(values) - values))
    mean = weights @ X / np.sum(weights)
    before = numba.get_num_threads()
    numba.set_num_threads(min(THREADS, numba.config.NUMBA_NUM_THREADS))
    particles.move(X.size, X, mean, kind(DRIFT), kind(NOISE), 0, 0, new, device="cpu")
    numba.set_num_threads(before)


def _systems(size, kind):
    draw = _draws(size, kind)
    M = draw(min(size, 1 << 14), ORDER, ORDER)
    H = M @ M.transpose(0, 2, 1) + np.eye(ORDER, dtype=kind)
    return {"H": _repeated(H, size), "g": draw(size, ORDER)}


def _newton(arrays, device, times):
    for _ in range(times):
        out = cuda.newton_steps(*arrays.values(), device=device)
    return out


def _newton_cpu(arrays):
    H, g = arrays.values()
    _on_two_threads(lambda part: cuda.newton_steps(H[part], g[part], device="cpu"), len(H))


def _compared(n: int) -> float:
    """Comparisons of a bitonic network of n."""
    rounds = max(1, (n - 1).bit_length())
    return n / 2 * rounds * (rounds + 1) / 2


CASES = {
    "sinkhorn_clouds": Case(
        "A round of Sinkhorn between clouds in three dimensions, the cost made on the fly",
        _clouds, _sinkhorn,
        lambda n, b: Work(2 * 9.0 * n * n, 2 * 5.0 * n * b, 2.0 * n * n),
        (1_000, 3_000, 10_000, 30_000, 100_000), 30_000, (3_000, 30_000), _sinkhorn_cpu,
        ROUNDS_BEFORE,
    ),
    "sinkhorn_dense": Case(
        "A round of Sinkhorn on a stored cost",
        _dense, _sinkhorn_dense,
        lambda n, b: Work(2 * 3.0 * n * n, 2.0 * n * n * b, 2.0 * n * n),
        (1_000, 3_000, 10_000, 20_000), 20_000, (1_000, 20_000), _dense_cpu, ROUNDS_BEFORE,
    ),
    "logistic_gradient": Case(
        f"Value and gradient of logistic regression, {COLUMNS} columns",
        _rows, _gradient,
        lambda n, b: Work(4.0 * n * COLUMNS, 1.0 * n * COLUMNS * b, 2.0 * n),
        (10_000, 100_000, 1_000_000), 1_000_000, (10_000, 1_000_000), _gradient_cpu,
    ),
    "convex_relu": Case(
        f"Products of a convex ReLU network and their adjoint, {PATTERNS} patterns, "
        f"{FEATURES} columns",
        _patterns, _masked,
        lambda n, b: Work(4.0 * n * FEATURES * PATTERNS,
                          2 * (1.0 * n * FEATURES * b + n * PATTERNS), 0.0),
        (1_000, 10_000, 100_000, 300_000), 100_000, (1_000, 100_000), _masked_cpu,
    ),
    "sliced_wasserstein": Case(
        f"Squared distances of {LINES} projections of clouds in three dimensions",
        _sliced, _distances,
        lambda n, b: Work(2 * LINES * (5.0 * n + _compared(n)), 6.0 * n * b, 0.0),
        (256, 1_024, 2_048, 16_384, 131_072), 131_072, (2_048, 131_072), _distances_cpu,
    ),
    "consensus": Case(
        f"A step of consensus-based optimization in {COORDINATES} dimensions",
        _particles, _consensus,
        lambda n, b: Work(4.0 * n * COORDINATES, 3.0 * n * COORDINATES * b,
                          (2.0 * COORDINATES + 1.0) * n),
        (10_000, 100_000, 1_000_000, 10_000_000), 1_000_000, (10_000, 10_000_000),
        _consensus_cpu,
    ),
    "newton": Case(
        f"Newton steps of many problems of order {ORDER}",
        _systems, _newton,
        lambda n, b: Work(n * (ORDER**3 / 3 + 2.0 * ORDER**2),
                          1.0 * n * (ORDER**2 + 2 * ORDER) * b, 0.0),
        (10_000, 100_000, 1_000_000, 4_000_000), 1_000_000, (10_000, 1_000_000), _newton_cpu,
    ),
}  # fmt: skip

TINY = {"sliced_wasserstein": (8,), "convex_relu": (TILE // 8,)}
"""Sizes for a rehearsal, where it is not the usual one."""
