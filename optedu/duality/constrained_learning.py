"""Learning under constraints by dual ascent: last iterates, averages, and how rich a model is.

A fitted function has values u at n points. Demographic parity asks that the mean of u over one
group exceed that over the other by at most `tolerance`, either way: two linear constraints.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class DualRun(NamedTuple):
    """What dual ascent saw.

    Parameters
    ----------
    points : numpy.ndarray, shape (steps, d)
        Minimizers of the Lagrangian.
    slacks : numpy.ndarray, shape (steps, m)
        The constraints there; positive is violated.
    multipliers : numpy.ndarray, shape (steps + 1, m)
        The multipliers, from zero on.
    """

    points: np.ndarray
    slacks: np.ndarray
    multipliers: np.ndarray


def dual_learning(
    minimizer: Callable[[np.ndarray], np.ndarray],
    constraint: Callable[[np.ndarray], np.ndarray],
    m: int,
    step_size: float,
    steps: int,
) -> DualRun:
    """Minimize the Lagrangian, raise the multiplier of what is violated, again and again.

    Parameters
    ----------
    minimizer : callable
        Multipliers to a minimizer of the Lagrangian.
    constraint : callable
        Point to c(x), which shall be at most 0.
    m : int
        Number of constraints.
    step_size : float
        Of the multipliers.
    steps : int

    Returns
    -------
    DualRun
    """
    y, points, slacks, multipliers = np.zeros(m), [], [], [np.zeros(m)]
    for _ in range(steps):
        x = minimizer(y)
        points.append(x)
        slacks.append(constraint(x))
        y = np.maximum(y + step_size * slacks[-1], 0.0)
        multipliers.append(y)
    return DualRun(np.array(points), np.array(slacks), np.array(multipliers))


def parity_rows(group: np.ndarray) -> np.ndarray:
    """Return rows r with <r_1, u> the difference of the groups' means, and r_2 = -r_1."""
    one = np.where(group, 1.0 / group.sum(), -1.0 / (~group).sum())
    return np.stack((one, -one))


def fair_values(
    y: np.ndarray, group: np.ndarray, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the values u nearest to y under parity, and both multipliers: the richest model.

    It minimizes ||u - y||^2 / (2 n); the solution moves each group by a constant.
    """
    n, rows = y.size, parity_rows(group)
    excess = np.maximum(rows @ y - tolerance, 0.0)
    multipliers = excess / (n * np.sum(rows[0] ** 2))
    return y - n * rows.T @ multipliers, multipliers


def random_features(X: np.ndarray, width: int, seed: int) -> np.ndarray:
    """Return cosines of random projections, shape (n, width); wider ones contain narrower ones."""
    rng = np.random.default_rng(seed)
    W, phase = rng.normal(size=(1000, X.shape[1])), rng.uniform(0, 2 * np.pi, 1000)
    return np.cos(1.5 * X @ W[:width].T + phase[:width])


def violation_of_width(
    X: np.ndarray, y: np.ndarray, group: np.ndarray, tolerance: float, width: int, seed: int = 0
) -> float:
    """Return the violation of a model's Lagrangian minimizer at the richest model's multipliers."""
    rows, multipliers = parity_rows(group), fair_values(y, group, tolerance)[1]
    F = random_features(X, width, seed)
    target = y - y.size * rows.T @ multipliers
    u = F @ np.linalg.lstsq(F, target, rcond=None)[0]
    return float(np.maximum(rows @ u - tolerance, 0.0).max())
