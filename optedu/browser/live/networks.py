"""What the page needs to draw a two-layer network over its data: points, targets, a window."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.browser.still import Network

MARGIN = 0.18


def has_network(problem: Any) -> bool:
    """Whether the iterate is a network on data in the plane, with or without a column of ones."""
    if not all(hasattr(problem, name) for name in ("X", "y", "patterns", "logistic")):
        return False
    X, patterns = problem.X, problem.patterns
    if np.ndim(X) != 2 or np.ndim(patterns) != 2 or np.ndim(problem.y) != 1:
        return False
    rows = 2 * patterns.shape[1]
    plane = X.shape[1] == 2 or (X.shape[1] == 3 and np.ptp(X[:, 2]) == 0.0)
    return plane and tuple(problem.shape) == (rows, X.shape[1])


def has_directions(problem: Any) -> bool:
    """Whether the weights of a unit are three numbers."""
    return has_network(problem) and problem.X.shape[1] == 3


def describe_network(problem: Any) -> dict[str, Any]:
    """Return points, targets, rows, the last column, and the largest output that is shaded."""
    X = problem.X
    return {
        "points": X[:, :2].tolist(),
        "targets": problem.y.tolist(),
        "rows": X.tolist(),
        "bias": float(X[0, 2]) if X.shape[1] == 3 else 0.0,
        "most": _most(problem),
        "patterns": int(problem.patterns.shape[1]),
    }


def still_network(problem: Any, x: np.ndarray, extent: tuple[float, ...]) -> Network:
    """Return the network of an iterate, for a still picture."""
    last = problem.X[0, 2] if problem.X.shape[1] == 3 else 0.0
    kept = np.linalg.norm(x, axis=1) > 0.0
    lines = np.column_stack((x[:, :2], x[:, 2] * last if x.shape[1] == 3 else 0.0 * x[:, 0]))
    signs = np.repeat([1.0, -1.0], len(x) // 2)
    return Network(problem.X[:, :2], problem.y, lines[kept], signs[kept], _most(problem), extent)


def window_around_data(problem: Any) -> tuple[float, float, float, float]:
    """Return a square window that holds all points."""
    low, high = problem.X[:, :2].min(axis=0), problem.X[:, :2].max(axis=0)
    middle, half = (low + high) / 2, (0.5 + MARGIN) * max(float(np.max(high - low)), 1e-3)
    (left, bottom), (right, top) = middle - half, middle + half
    return float(left), float(right), float(bottom), float(top)


def _most(problem: Any) -> float:
    return 3.0 if problem.logistic else float(np.max(np.abs(problem.y))) or 1.0
