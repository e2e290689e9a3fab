"""Decisions under costs that are predicted from features: the SPO+ loss, on shortest paths.

A linear program min <c, w> over a polytope is solved with a guess of c. Its regret is what the
decision costs under the true c, less the best. SPO+ (elmachtoub2022) is a convex upper bound on
the regret. It is told the costs, where the margin of optimality (sun2023) sees decisions only.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def grid_edges(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return tails and heads of the edges of a square grid, to the right and down.

    Parameters
    ----------
    size : int
        Nodes per side; node 0 is the first, size^2 - 1 the last. Tails come in order.
    """
    edges = []
    for i in range(size):
        for j in range(size):
            edges += [(i * size + j, i * size + j + 1)] if j + 1 < size else []
            edges += [(i * size + j, (i + 1) * size + j)] if i + 1 < size else []
    tails, heads = np.array(edges).T
    return tails, heads


def shortest_tree(cost: np.ndarray, tails: np.ndarray, heads: np.ndarray) -> np.ndarray:
    """Return the last edge of the shortest path to each node but the first, costs of any sign.

    Parameters
    ----------
    cost : numpy.ndarray, shape (d,)
    tails, heads : numpy.ndarray of int, shape (d,)
        Of the edges of a graph without cycles, tails in an order in which no edge leads back.
    """
    nodes = int(heads.max()) + 1
    length, last = np.full(nodes, np.inf), np.zeros(nodes, int)
    length[0] = 0.0
    for e in range(len(tails)):
        if length[tails[e]] + cost[e] < length[heads[e]]:
            length[heads[e]], last[heads[e]] = length[tails[e]] + cost[e], e
    return last[1:]


def shortest_path(cost: np.ndarray, tails: np.ndarray, heads: np.ndarray) -> np.ndarray:
    """Return the shortest path from the first to the last node, 1.0 on its edges."""
    last, node = shortest_tree(cost, tails, heads), int(heads.max())
    path = np.zeros(len(tails))
    while node:
        path[last[node - 1]] = 1.0
        node = tails[last[node - 1]]
    return path


def spo_plus(
    guess: np.ndarray, cost: np.ndarray, decide: Callable[[np.ndarray], np.ndarray]
) -> tuple[float, np.ndarray]:
    """Return the SPO+ loss of a guess, and a subgradient.

    Parameters
    ----------
    guess, cost : numpy.ndarray, shape (d,)
        The predicted and the true cost.
    decide : callable
        From a cost to the best decision.

    Returns
    -------
    tuple
        (max over w of <c - 2 g, w> + 2 <g, w(c)> - <c, w(c)>, 2 (w(c) - w(2 g - c))), g the guess.

    Examples
    --------
    >>> import numpy as np
    >>> decide = lambda c: np.eye(2)[np.argmin(c)]
    >>> loss, slope = spo_plus(np.array([2.0, 1.0]), np.array([1.0, 3.0]), decide)
    >>> float(loss), slope
    (4.0, array([ 2., -2.]))
    """
    best, other = decide(cost), decide(2 * guess - cost)
    loss = (cost - 2 * guess) @ other + (2 * guess - cost) @ best
    return float(loss), 2 * (best - other)


def fit_spo_plus(
    Z: np.ndarray,
    costs: np.ndarray,
    decide: Callable[[np.ndarray], np.ndarray],
    l2: float,
    steps: int,
) -> np.ndarray:
    """Return W of l2 ||W||^2 / 2 + the mean SPO+ loss of W z, by averaged subgradient steps.

    Parameters
    ----------
    Z : numpy.ndarray, shape (n, k)
        Features.
    costs : numpy.ndarray, shape (n, d)
        True costs.
    decide : callable
        From a cost to the best decision.
    l2 : float
        Positive.
    steps : int
        Steps 2 / (l2 (j + 2)), averaged with weights j + 1.
    """
    n = len(Z)
    W = mean = np.zeros((costs.shape[1], Z.shape[1]))
    for j in range(steps):
        slopes = [spo_plus(W @ z, c, decide)[1] for z, c in zip(Z, costs, strict=True)]
        W = W - 2 / (l2 * (j + 2)) * (np.array(slopes).T @ Z / n + l2 * W)
        mean = mean + 2 / (j + 2) * (W - mean)
    return mean


def mean_regret(
    W: np.ndarray, Z: np.ndarray, costs: np.ndarray, decide: Callable[[np.ndarray], np.ndarray]
) -> float:
    """Return the mean regret of the decisions for W z, over the mean cost of the best ones."""
    best = [c @ decide(c) for c in costs]
    made = [c @ decide(W @ z) for z, c in zip(Z, costs, strict=True)]
    return float(np.sum(made) / np.sum(best) - 1)
