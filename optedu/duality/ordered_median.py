"""Ordered location: open p places, pay the sorted costs weighted by their rank.

The mixed-integer program sorts inside the model. y_j = 1 opens place j, and x_ijk = 1 says that
customer i is served from place j and has the k-th smallest cost. With weights (1, ..., 1) it is the
p-median problem, with (0, ..., 0, 1) the p-center problem.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np


def ordered_value(costs: np.ndarray, weights: np.ndarray) -> float:
    """Return sum_k weights_k c_(k), the costs sorted upwards."""
    return float(np.sort(costs) @ weights)


def best_by_enumeration(D: np.ndarray, p: int, weights: np.ndarray) -> float:
    """Return the optimum over all choices of p places; each customer goes to the nearest.

    Right for nonnegative weights, with which a smaller cost never hurts.
    """
    places = range(D.shape[1])
    return min(
        ordered_value(D[:, list(chosen)].min(axis=1), weights)
        for chosen in itertools.combinations(places, p)
    )


def ordered_program(D: np.ndarray, p: int, weights: np.ndarray) -> tuple[Any, ...]:
    """Return the ordered program with one variable per customer, place and rank.

    Minimize sum w_k D_ij x_ijk subject to: p places are open; each customer is served once, each
    rank is taken once; sum_k x_ijk <= y_j; and the cost of rank k is at most that of rank k + 1.

    Parameters
    ----------
    D : numpy.ndarray, shape (n, m)
        Cost of serving customer i from place j.
    p : int
        Number of places to open.
    weights : numpy.ndarray, shape (n,)
        Nonnegative.

    Returns
    -------
    tuple
        (c, A, low, high) for low <= A v <= high and v = (y, x), all in [0, 1].
    """
    n, m = D.shape
    x = np.arange(n * m * n).reshape(n, m, n)  # where x_ijk stands behind the y_j
    serve, rank = np.zeros((2, n, n * m * n))
    link, order = np.zeros((n * m, n * m * n)), np.zeros((n - 1, n * m * n))
    for i in range(n):
        serve[i, x[i]] = 1.0
        rank[i, x[:, :, i]] = 1.0
        for j in range(m):
            link[i * m + j, x[i, j]] = 1.0
    for k in range(n - 1):
        order[k, x[:, :, k]] = D
        order[k, x[:, :, k + 1]] = -D
    opened = -np.tile(np.eye(m), (n, 1))
    none = np.zeros((n, m))
    A = np.vstack((
        np.append(np.ones(m), np.zeros(n * m * n)),
        np.hstack((none, serve)), np.hstack((none, rank)),
        np.hstack((opened, link)), np.hstack((none[1:], order)),
    ))  # fmt: skip
    low = np.concatenate(([p], np.ones(2 * n), np.full(n * m + n - 1, -np.inf)))
    high = np.concatenate(([p], np.ones(2 * n), np.zeros(n * m + n - 1)))
    c = np.append(np.zeros(m), D[:, :, None] * weights)
    return c, A, low, high


def solve_ordered(
    D: np.ndarray, p: int, weights: np.ndarray, relax: bool = False
) -> tuple[float, np.ndarray]:
    """Solve the ordered program, or its linear relaxation, by HiGHS.

    Parameters
    ----------
    D, p, weights
        As in `ordered_program`.
    relax : bool
        Drop the integrality.

    Returns
    -------
    tuple
        (optimal value, y).
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    c, A, low, high = ordered_program(D, p, weights)
    kinds = np.full(c.size, 0 if relax else 1)
    found = milp(c, constraints=LinearConstraint(A, low, high), bounds=Bounds(0.0, 1.0),
                 integrality=kinds)  # fmt: skip
    return float(found.fun), found.x[: D.shape[1]]
