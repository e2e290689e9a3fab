"""Products with the inverse of an empirical Fisher matrix, without the matrix: M-FAC.

F = lam I + (1/m) sum of g_i g_i' over m gradients, built one gradient after another:
F_i = F_{i-1} + g_i g_i' / m, so that by Sherman and Morrison
F_i^{-1} x = F_{i-1}^{-1} x - v_i <v_i, x> / (m + <g_i, v_i>) with v_i = F_{i-1}^{-1} g_i.
The static algorithm keeps the v_i, the dynamic one their coefficients in the gradients.
"""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def fisher_directions(G, damping):
    """Return (V, pivots): rows v_i = F_{i-1}^{-1} g_i, and m + <g_i, v_i>. Costs O(d m^2)."""
    m = G.shape[0]
    V = np.empty_like(G)
    pivots = np.empty(m)
    for i in range(m):
        V[i] = G[i] / damping - ((V[:i] @ G[i]) / pivots[:i]) @ V[:i]
        pivots[i] = m + G[i] @ V[i]
    return V, pivots


@portable
def inverse_fisher_product(V, pivots, damping, x):
    """Return F^{-1} x from the directions of `fisher_directions`, in O(d m)."""
    return x / damping - ((V @ x) / pivots) @ V


@portable
def inverse_fisher_entry(V, pivots, damping, i, j):
    """Return entry (i, j) of F^{-1}, in O(m)."""
    entry = -np.sum(V[:, i] * V[:, j] / pivots)
    if i == j:
        entry += 1.0 / damping
    return entry


@portable
def inverse_fisher_diagonal(V, pivots, damping):
    """Return the diagonal of F^{-1}, in O(d m)."""
    return 1.0 / damping - (1.0 / pivots) @ (V * V)


@portable
def window_coefficients(gram, damping):
    """Return (B, pivots) from the Gram matrix of m gradients: v_i = sum_k B_ik g_k. Costs O(m^3).

    It is elimination without pivoting on gram / damping + m I; no number depends on d.
    """
    m = gram.shape[0]
    D = gram / damping  # in the end D_ij = <g_i, F_{i-1}^{-1} g_j> for j >= i
    B = np.eye(m) / damping
    pivots = np.empty(m)
    for i in range(m):
        pivots[i] = m + D[i, i]
        ratios = D[i, i + 1 :] / pivots[i]
        D[i + 1 :] -= np.outer(ratios, D[i])
        B[i + 1 :] -= np.outer(ratios, B[i])
    return B, pivots


@portable
def window_product(G, B, pivots, damping, x, dots):
    """Return F^{-1} x from the coefficients and dots = G x, in O(d m + m^2)."""
    return x / damping - (((B @ dots) / pivots) @ B) @ G


@portable
def pruning_scores(w, diagonal):
    """Return how much the quadratic model rises when each weight is set to zero, the rest adapting.

    Optimal Brain Surgeon: w_i^2 / (2 [F^{-1}]_ii).
    """
    return 0.5 * w * w / diagonal


def prune(G, damping, w, count, magnitude=False):
    """Set weights to zero one at a time, each time the one of least score, and adapt the others.

    Parameters
    ----------
    G : numpy.ndarray, shape (m, d)
        Gradients of the terms.
    damping : float
    w : numpy.ndarray, shape (d,)
        Weights; not written to.
    count : int
        How many to remove.
    magnitude : bool
        Choose by size instead, and adapt nothing.

    Returns
    -------
    numpy.ndarray, shape (d,)
        The weights, `count` of them exactly 0.
    """
    w = np.array(w, dtype=np.float64)
    if magnitude:
        w[np.argsort(np.abs(w))[:count]] = 0.0
        return w
    alive = np.arange(w.size)
    for _ in range(count):
        V, pivots = fisher_directions(np.ascontiguousarray(G[:, alive]), damping)
        diagonal = inverse_fisher_diagonal(V, pivots, damping)
        i = int(np.argmin(pruning_scores(w[alive], diagonal)))
        unit = np.zeros(alive.size)
        unit[i] = 1.0
        w[alive] -= w[alive[i]] / diagonal[i] * inverse_fisher_product(V, pivots, damping, unit)
        w[alive[i]] = 0.0
        alive = np.delete(alive, i)
    return w
