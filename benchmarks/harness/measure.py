"""One measure for all solvers, taken after the run from the point alone, in float64."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Measured(NamedTuple):
    """How far a returned point is from the minimum.

    Parameters
    ----------
    gradient_norm : float
        ||grad f(x)|| / ||grad f(x_0)||, the number that is compared with the tolerance; where the
        objective is not smooth, or has constraints, its own ``error(x)`` over its ``scale``.
    gap : float
        f(x) - f*, f* from `reference`.
    """

    gradient_norm: float
    gap: float


def measure(objective: Any, x: Any, reference: np.ndarray) -> Measured:
    """Return the measure of a point, NaN for one that is not finite or of another shape."""
    point = np.asarray(x, dtype=np.float64)
    if point.shape != objective.start.shape or not np.isfinite(point).all():
        return Measured(np.nan, np.nan)
    if hasattr(objective, "error"):
        norm = objective.error(point) / scale_of(objective)
    else:
        norm = np.linalg.norm(objective.gradient(point)) / scale_of(objective)
    return Measured(float(norm), objective.gap(point, reference))


def scale_of(objective: Any) -> float:
    """Return what the error is measured in: its own scale, the gradient norm at the start, or f."""
    if hasattr(objective, "scale"):
        return objective.scale
    if hasattr(objective, "error"):
        return float(objective.value(objective.start))
    return float(np.linalg.norm(objective.gradient(objective.start)))


def reference(objective: Any, tolerance: float = 1e-13, steps: int = 60) -> np.ndarray:
    """Return the minimizer as exactly as float64 allows: Newton by conjugate gradients.

    It is none of the solvers that are compared, and shares no code with them.

    Raises
    ------
    ArithmeticError
        If the relative gradient norm does not fall to the tolerance.
    """
    if hasattr(objective, "reference"):
        return objective.reference(tolerance)
    x = objective.start
    g = objective.gradient(x)
    first = norm = np.linalg.norm(g)
    for _ in range(steps):
        if norm <= tolerance * first:
            return x
        step = _solve(objective.hessian_operator(x), -g)
        t = 1.0
        while t > 1e-6:
            trial = x + t * step
            new = objective.gradient(trial)
            if np.linalg.norm(new) < (1.0 - 1e-4 * t) * norm:
                break
            t *= 0.5
        x, g, norm = trial, new, np.linalg.norm(new)
    raise ArithmeticError(f"reference: relative gradient norm {norm / first:.1e} after {steps}")


def _solve(product: Any, b: np.ndarray, tolerance: float = 1e-6) -> np.ndarray:
    """Return an approximate solution of H x = b by conjugate gradients."""
    x, r, p = np.zeros_like(b), b.copy(), b.copy()
    rho = r @ r
    target = tolerance**2 * rho
    for _ in range(10 * b.size):
        if rho <= target:
            break
        q = product(p)
        alpha = rho / (p @ q)
        x += alpha * p
        r -= alpha * q
        new = r @ r
        p = r + (new / rho) * p
        rho = new
    return x
