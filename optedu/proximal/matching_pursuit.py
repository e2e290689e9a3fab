"""What the pursuits share: what a coordinate can gain, the pick, and the refit on a support.

A gain is G(x) - min over t of G(x + t e_j). It depends on the residual r = b - A x, the column
a_j and the price of the coordinate.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.protocol import portable

EXHAUSTED = 1e-12
"""Where no coordinate gains more than this part of the loss at 0, nothing is left but rounding."""


class MatchingPursuitState(NamedTuple):
    x: np.ndarray  # the fit on the support
    active: np.ndarray  # which coordinates are in the support
    gain: float  # what the last one promised; 0 when no other gains anything


def fill_in(method: Any, problem: Any) -> Any:
    """Return the method with weights of 1 and room for all coordinates where none are given."""
    shape = getattr(problem, "shape", None)
    if shape is None:
        raise ValueError(f"{type(method).__name__} needs a problem that says its shape")
    if method.weights is None:
        method = method._replace(weights=np.ones(shape[0]))
    elif method.weights.shape != tuple(shape):
        raise ValueError(
            f"{type(method).__name__}: weights must have shape {tuple(shape)}, one per coordinate, "
            f"got {method.weights.shape}"
        )
    return method if method.sparsity is not None else method._replace(sparsity=shape[0])


def require_pursuit(method: Any) -> None:
    """Refuse a negative penalty, negative weights and an empty support."""
    require_positive(method, "sparsity")
    owner = type(method).__name__
    if method.penalty < 0:
        raise ValueError(f"{owner}: penalty must be at least 0, got {method.penalty}")
    if method.weights is not None and method.weights.min() < 0:
        raise ValueError(f"{owner}: weights must be at least 0, got {method.weights.min()}")


@portable
def least_squares_start(problem, x):
    """Return the state at x: its support, where x is fitted on it, and else none."""
    A, b = least_squares_data(problem, x)
    active = x != 0.0
    if not is_fitted(A, b, x, active):
        active = active & False
    return MatchingPursuitState(x, active, np.inf)


@portable
def least_squares_data(problem, x):
    """Return A and b of ||A x - b||^2 / 2."""
    return problem.jacobian(x), -problem.residual(0.0 * x)


@portable
def pick(active, gains, sparsity, smallest):
    """Return the support with one coordinate more, that of the largest gain, and this gain.

    Where no gain outside the support is above `smallest`, or the support is full, the support is
    returned as it is, with a gain of 0.
    """
    gains = np.where(active, 0.0, gains)
    j = np.argmax(gains)
    if np.sum(active) >= sparsity or gains[j] <= smallest:
        return active, 0.0
    larger = active.copy()
    larger[j] = True
    return larger, gains[j]


@portable
def column_norms(A):
    """Return ||a_j||, with 1 for a column of zeros, whose gain is 0 in any case."""
    norms = np.sqrt(np.sum(A * A, axis=0))
    return np.where(norms > 0.0, norms, 1.0)


@portable
def count_gains(A, r, prices):
    """Gains of ||A x - b||^2 + sum_j prices_j [x_j is not 0], at coordinates that are 0."""
    rho = (A.T @ r) / column_norms(A)
    return np.maximum(rho * rho - prices, 0.0)


@portable
def lasso_gains(A, r, prices):
    """Gains of ||A x - b||^2 + sum_j prices_j |x_j|, at coordinates that are 0."""
    norms = column_norms(A)
    left = np.maximum(np.abs(A.T @ r) - 0.5 * prices, 0.0) / norms
    return left * left


@portable
def square_root_gains(A, r, prices):
    """Gains of ||A x - b|| + sum_j prices_j |x_j|, at coordinates that are 0."""
    norms = column_norms(A)
    size = np.sqrt(np.sum(r * r))
    cost, rho = prices / norms, np.abs(A.T @ r) / norms
    across = np.sqrt(np.maximum(size * size - rho * rho, 0.0))
    best = cost * rho + np.sqrt(np.maximum(1.0 - cost * cost, 0.0)) * across
    return np.where((cost < 1.0) & (rho >= cost * size), np.maximum(size - best, 0.0), 0.0)


@portable
def weighted_median(points, weights):
    """Return a minimizer of sum_i weights_i |points_i - t|."""
    order = np.argsort(points)
    half, total = 0.5 * np.sum(weights), 0.0
    for i in order:
        total += weights[i]
        if total >= half:
            return points[i]
    return points[order[-1]]


@portable
def absolute_gains(A, r, prices):
    """Gains of sum_i |<a_i, x> - b_i| + sum_j prices_j |x_j|, at coordinates that are 0."""
    n, d = A.shape
    gains, points, weights = np.zeros(d), np.zeros(n + 1), np.zeros(n + 1)
    size = np.sum(np.abs(r))
    for j in range(d):
        for i in range(n):
            a = A[i, j]
            points[i] = r[i] / a if a != 0.0 else 0.0
            weights[i] = abs(a)
        points[n], weights[n] = 0.0, prices[j]
        t = weighted_median(points, weights)
        gains[j] = max(size - np.sum(np.abs(r - t * A[:, j])) - prices[j] * abs(t), 0.0)
    return gains


@portable
def columns_of(A, active):
    """Return the columns of A that are active, as a matrix of its own."""
    kept = np.flatnonzero(active)
    part = np.empty((A.shape[0], kept.size))
    for j in range(kept.size):
        part[:, j] = A[:, kept[j]]
    return kept, part


@portable
def is_fitted(A, b, x, active):
    """Whether no column of the support can lower ||A x - b||: x is the fit on its support."""
    r = b - A @ x
    slopes = np.where(active, np.abs(A.T @ r) / column_norms(A), 0.0)
    return np.max(slopes) <= 1e-9 * np.sqrt(np.sum(r * r)) + 1e-12 * np.sqrt(np.sum(b * b))


@portable
def fit_squares(A, b, active):
    """Return the least squares solution that is 0 outside the support."""
    kept, part = columns_of(A, active)
    x = np.zeros(A.shape[1])
    if not np.isfinite(np.sum(part) + np.sum(b)):
        return x + np.nan
    if kept.size > 0:
        z = np.linalg.lstsq(part, b, -1.0)[0]
        for j in range(kept.size):
            x[kept[j]] = z[j]
    return x


@portable
def fit_absolute(A, b, active, rounds):
    """Return a minimizer of sum_i |<a_i, x> - b_i| that is 0 outside the support.

    By reweighted least squares: row i weighs 1 / max(|r_i|, floor), and the floor falls with the
    rounds down to 1e-12 of the largest entry of b. At last the rows fitted best are fitted exactly.
    """
    kept, part = columns_of(A, active)
    x = np.zeros(A.shape[1])
    if not np.isfinite(np.sum(part) + np.sum(b)):
        return x + np.nan
    if kept.size == 0:
        return x
    z = np.linalg.lstsq(part, b, -1.0)[0]
    scale = np.max(np.abs(b))
    floor, best, best_size = scale, z.copy(), np.sum(np.abs(b - part @ z))
    for _ in range(rounds):
        floor = max(0.7 * floor, 1e-12 * scale)
        root = 1.0 / np.sqrt(np.maximum(np.abs(b - part @ z), floor))
        z = np.linalg.lstsq(root.reshape(-1, 1) * part, root * b, -1.0)[0]
        size = np.sum(np.abs(b - part @ z))
        if size < best_size:
            best, best_size = z.copy(), size
    # a minimizer fits as many rows exactly as it has unknowns: those that are fitted best
    rows = np.argsort(np.abs(b - part @ best))[: kept.size]
    z = np.linalg.lstsq(part[rows], b[rows], -1.0)[0]
    if np.sum(np.abs(b - part @ z)) < best_size:
        best = z
    for j in range(kept.size):
        x[kept[j]] = best[j]
    return x
