"""What is measured: calls of `optedu.cuda`, the work that they cannot do without, and their sizes.

Data lies on the device before the clock starts, and results stay there. Work counts each number
that must come from memory once, as in `benchmarks.harness.limits`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from benchmarks.harness.limits import Work
from optedu import cuda
from optedu.cuda.kernels.patterns import TILE
from optedu.kernels import transport

THREADS = 2
"""Threads of our own CPU side."""


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
    cpu : callable, optional
        ``cpu(arrays)``, where it is not ``call`` on the CPU.
    """

    title: str
    data: Callable[[int, Any], dict[str, np.ndarray]]
    call: Callable[[dict[str, Any], str, int], Any]
    work: Callable[[int, int], Work]
    sizes: tuple[int, ...]
    cpu_limit: int
    cpu: Callable[[dict[str, np.ndarray]], Any] | None = None


T = 0.05


def _draws(size: int, kind: Any) -> Callable[..., np.ndarray]:
    rng = np.random.default_rng(size)
    return lambda *shape: rng.standard_normal(shape, dtype=kind)


def _clouds(size, kind):
    draw = _draws(size, kind)
    return {"x": draw(size, 3), "y": draw(size, 3) + kind(0.5)}


def _sinkhorn(arrays, device, times):
    x, y = arrays["x"], arrays["y"]
    return cuda.sinkhorn(x, y, T, rounds=times, tol=0.0, check_every=10**9, device=device)


def _halves(rows: int) -> list[slice]:
    cuts = np.linspace(0, rows, THREADS + 1).astype(int)
    return [slice(a, b) for a, b in itertools.pairwise(cuts)]


def _sinkhorn_cpu(arrays):
    """One round on two threads, each with half of the rows of both half-steps."""
    x, y = arrays["x"], arrays["y"]
    with ThreadPoolExecutor(THREADS) as pool:
        for ours, theirs in ((x, y), (y, x)):
            f, g = np.zeros(len(ours)), np.zeros(len(theirs))
            list(
                pool.map(
                    lambda part, ours=ours, theirs=theirs, f=f, g=g: transport.cloud_row_sums(
                        ours[part], theirs, f[part], g, T
                    ),
                    _halves(len(ours)),
                )
            )


def _dense(size, kind):
    return {"C": _draws(size, kind)(size, size) ** 2}


def _sinkhorn_dense(arrays, device, times):
    return cuda.sinkhorn_dense(
        arrays["C"], T, rounds=times, tol=0.0, check_every=10**9, device=device
    )


def _dense_cpu(arrays):
    """One round on two threads, half of the rows each."""
    C = arrays["C"]
    f, g = np.zeros(C.shape[0], C.dtype), np.zeros(C.shape[1], C.dtype)
    with ThreadPoolExecutor(THREADS) as pool:
        for sums in (transport.plan_row_sums, transport.plan_column_sums):
            list(
                pool.map(lambda part, sums=sums: sums(C[part], f[part], g, T), _halves(C.shape[0]))
            )


COLUMNS, PATTERNS, FEATURES, LINES, COORDINATES, ORDER = 256, 512, 64, 256, 16, 6


def _rows(size, kind):
    draw = _draws(size, kind)
    return {"A": draw(size, COLUMNS), "y": np.sign(draw(size)), "w": draw(COLUMNS) / kind(16)}


def _gradient(arrays, device, times):
    for _ in range(times):
        out = cuda.linear_gradient(*arrays.values(), loss="logistic", device=device)
    return out


def _patterns(size, kind):
    draw = _draws(size, kind)
    X = draw(size, FEATURES)
    D = (X @ draw(FEATURES, PATTERNS) >= 0).view(np.uint8)
    return {"X": X, "D": D, "W": draw(PATTERNS, FEATURES), "r": draw(size)}


def _masked(arrays, device, times):
    X, D, W, r = arrays.values()
    for _ in range(times):
        cuda.masked_sum(X, D, W, device=device)
        out = cuda.masked_adjoint(X, D, r, device=device)
    return out


def _sliced(size, kind):
    draw = _draws(size, kind)
    return {"x": draw(size, 3), "y": draw(size, 3), "directions": draw(LINES, 3)}


def _distances(arrays, device, times):
    for _ in range(times):
        out = cuda.sliced_distances(*arrays.values(), device=device)
    return out


def _particles(size, kind):
    draw = _draws(size, kind)
    return {"X": draw(size, COORDINATES), "values": np.abs(draw(size))}


def _consensus(arrays, device, times):
    for step in range(times):
        out = cuda.consensus_step(
            *arrays.values(), alpha=10.0, drift=0.01, noise=0.1, seed=0, step=step, device=device
        )
    return out


def _systems(size, kind):
    draw = _draws(size, kind)
    M = draw(size, ORDER, ORDER)
    return {"H": M @ M.transpose(0, 2, 1) + np.eye(ORDER, dtype=kind), "g": draw(size, ORDER)}


def _newton(arrays, device, times):
    for _ in range(times):
        out = cuda.newton_steps(*arrays.values(), device=device)
    return out


def _compared(n: int) -> float:
    """Comparisons of a bitonic network of n."""
    rounds = max(1, (n - 1).bit_length())
    return n / 2 * rounds * (rounds + 1) / 2


CASES = {
    "sinkhorn_clouds": Case(
        "A round of Sinkhorn between clouds in three dimensions, the cost made on the fly",
        _clouds, _sinkhorn,
        lambda n, b: Work(2 * 9.0 * n * n, 2 * 5.0 * n * b, 2.0 * n * n),
        (1_000, 3_000, 10_000, 30_000, 100_000), 10_000, _sinkhorn_cpu,
    ),
    "sinkhorn_dense": Case(
        "A round of Sinkhorn on a stored cost",
        _dense, _sinkhorn_dense,
        lambda n, b: Work(2 * 3.0 * n * n, 2.0 * n * n * b, 2.0 * n * n),
        (1_000, 3_000, 10_000, 30_000), 10_000, _dense_cpu,
    ),
    "logistic_gradient": Case(
        f"Value and gradient of logistic regression, {COLUMNS} columns",
        _rows, _gradient,
        lambda n, b: Work(4.0 * n * COLUMNS, 1.0 * n * COLUMNS * b, 2.0 * n),
        (10_000, 100_000, 1_000_000, 4_000_000), 100_000,
    ),
    "convex_relu": Case(
        f"Products of a convex ReLU network and their adjoint, {PATTERNS} patterns, "
        f"{FEATURES} columns",
        _patterns, _masked,
        lambda n, b: Work(4.0 * n * FEATURES * PATTERNS,
                          2 * (1.0 * n * FEATURES * b + n * PATTERNS), 0.0),
        (1_000, 10_000, 100_000, 1_000_000), 10_000,
    ),
    "sliced_wasserstein": Case(
        f"Squared distances of {LINES} projections of clouds in three dimensions",
        _sliced, _distances,
        lambda n, b: Work(2 * LINES * (5.0 * n + _compared(n)), 6.0 * n * b, 0.0),
        (256, 1_024, 2_048, 16_384, 131_072), 16_384,
    ),
    "consensus": Case(
        f"A step of consensus-based optimization in {COORDINATES} dimensions",
        _particles, _consensus,
        lambda n, b: Work(4.0 * n * COORDINATES, 3.0 * n * COORDINATES * b,
                          (2.0 * COORDINATES + 1.0) * n),
        (10_000, 100_000, 1_000_000, 10_000_000), 100_000,
    ),
    "newton": Case(
        f"Newton steps of many problems of order {ORDER}",
        _systems, _newton,
        lambda n, b: Work(n * (ORDER**3 / 3 + 2.0 * ORDER**2),
                          1.0 * n * (ORDER**2 + 2 * ORDER) * b, 0.0),
        (10_000, 100_000, 1_000_000, 4_000_000), 1_000_000,
    ),
}  # fmt: skip

TINY = {"sliced_wasserstein": (8,), "convex_relu": (TILE // 8,)}
"""Sizes for a rehearsal, where it is not the usual one."""
