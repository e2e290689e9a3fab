"""The computations of the cases as one would write them with an array library: no kernel by hand.

Each is written once, and runs in CuPy, PyTorch and JAX by `benchmarks.gpu.libraries`. Sinkhorn's
rounds carry their potentials, as ours do, so that many of them can be compared with as many of
ours; the others are one and the same computation each time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from benchmarks.gpu import cases
from benchmarks.gpu.cases import T


class Formula(NamedTuple):
    """A computation.

    Parameters
    ----------
    step : callable
        ``step(library, arrays, state, number)`` returns a tuple of arrays.
    start : callable, optional
        ``start(arrays)`` returns the state that rounds begin with; without it none is carried.
    """

    step: Callable[..., tuple[Any, ...]]
    start: Callable[[dict[str, Any]], tuple[Any, ...]] | None = None


def _clouds_start(arrays):
    return arrays["x"][:, 0] * 0, arrays["y"][:, 0] * 0


def _clouds(library, arrays, state, number):
    x, y = arrays["x"], arrays["y"]

    def half(ours, theirs, g):
        squares = (theirs * theirs).sum(1)

        def rows(some):
            C = (some * some).sum(1)[:, None] + squares - 2 * (some @ theirs.T)
            return -T * (math.log(len(ours)) + library.log_sum_exp((g - C) / T, 1))

        return library.by_rows(rows, ours)

    f = half(x, y, state[1])
    return f, half(y, x, f)


def _dense_start(arrays):
    return arrays["C"][:, 0] * 0, arrays["C"][0] * 0


def _dense(library, arrays, state, number):
    C = arrays["C"]
    n, m = C.shape
    f = -T * (math.log(n) + library.log_sum_exp((state[1] - C) / T, 1))
    return f, -T * (math.log(m) + library.log_sum_exp((f[:, None] - C) / T, 0))


def _logistic(library, arrays, state, number):
    A, y, w = arrays["A"], arrays["y"], arrays["w"]
    margins = y * (A @ w)
    value = library.softplus(-margins).mean()
    return value, A.T @ (-y * library.sigmoid(-margins) / len(y))


def _networks(library, arrays, state, number):
    X, D, W, r = arrays["X"], arrays["D"], arrays["W"], arrays["r"]
    return (D * (X @ W.T)).sum(1), (D * r[:, None]).T @ X


def _sliced(library, arrays, state, number):
    ours, theirs = (library.sort(arrays["directions"] @ arrays[name].T) for name in ("x", "y"))
    return (((ours - theirs) ** 2).mean(1),)


def _consensus(library, arrays, state, number):
    X, values = arrays["X"], arrays["values"]
    mean = library.softmax(-cases.ALPHA * values) @ X
    away = X - mean
    return X - cases.DRIFT * away + cases.NOISE * away * library.normal(X, number), mean


def _newton(library, arrays, state, number):
    return (-library.solve(arrays["H"], arrays["g"]),)


FORMULAS = {
    "sinkhorn_clouds": Formula(_clouds, _clouds_start),
    "sinkhorn_dense": Formula(_dense, _dense_start),
    "logistic_gradient": Formula(_logistic),
    "convex_relu": Formula(_networks),
    "sliced_wasserstein": Formula(_sliced),
    "consensus": Formula(_consensus),
    "newton": Formula(_newton),
}
"""By the name of the case."""


def plain(name: str, library: Any, arrays: dict[str, Any]) -> Callable[[int], Any]:
    """Return ``many(times)``, which makes the computation so many times in a library."""
    formula = FORMULAS[name]
    step = library.compiled(
        lambda arrays, state, number: formula.step(library, arrays, state, number)
    )
    start = formula.start(arrays) if formula.start is not None else ()

    def many(times: int) -> tuple[Any, ...]:
        state = out = start
        for number in range(times):
            out = step(arrays, state, number)
            state = out if formula.start is not None else start
        return out

    return many
