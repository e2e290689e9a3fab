"""What an attack can do to a network at the most: four bounds, the last of low rank.

All take the network around a point in the form c'x, x = max(A t + b, 0), |t_j| <= 1: the entries of
t are what the attack chooses, and each function bounds the least c'x. See `around`.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np

from optedu.convex_networks.networks import Network


class Attacked(NamedTuple):
    """A network near a point.

    Parameters
    ----------
    A : numpy.ndarray, shape (h, m)
    b : numpy.ndarray, shape (h,)
    c : numpy.ndarray, shape (h,)
    """

    A: np.ndarray
    b: np.ndarray
    c: np.ndarray

    def value(self, t: np.ndarray) -> float:
        """Return c'x after an attack t."""
        return float(self.c @ np.maximum(self.A @ t + self.b, 0.0))


class LowRank(NamedTuple):
    """A bound by a semidefinite program, and how it was found.

    Parameters
    ----------
    bound : float
        No attack gets below it, whatever the run did.
    value : float
        Of the program at the point of low rank; above the bound by what is left to prove.
    rank : int
        Columns that were used.
    eigenvalue : float
        The least of the dual slack matrix; the point is optimal if it is 0.
    t : numpy.ndarray, shape (m,)
        An attack, read off the point.
    """

    bound: float
    value: float
    rank: int
    eigenvalue: float
    t: np.ndarray


def around(network: Network, point: np.ndarray, label: float, radius: np.ndarray) -> Attacked:
    """Return the network near a point: c'x is the label times its output.

    Parameters
    ----------
    network : Network
    point : numpy.ndarray, shape (d,)
    label : float
        -1 or 1.
    radius : numpy.ndarray, shape (d,)
        How far each feature may be moved; features with 0 are no part of the attack.
    """
    moved = radius > 0
    A = network.hidden[:, moved] * radius[moved]
    return Attacked(A, network.hidden @ point, label * network.output)


def exact_bound(attacked: Attacked) -> float:
    """Return the least c'x: one linear program for each of the 2^h activation patterns."""
    from scipy.optimize import linprog

    A, b, c = attacked
    best = np.inf
    for on in product((False, True), repeat=len(b)):
        sign = np.where(on, -1.0, 1.0)
        piece = np.where(on, c, 0.0)
        found = linprog(piece @ A, A_ub=sign[:, None] * A, b_ub=-sign * b, bounds=(-1, 1))
        if found.status == 0:
            best = min(best, found.fun + piece @ b)
    return float(best)


def _triangles(attacked: Attacked) -> tuple[np.ndarray, np.ndarray]:
    """Return slopes k and offsets q with max(s, 0) <= k s + q for all s that occur."""
    A, b, _ = attacked
    reach = np.abs(A).sum(axis=1)
    low, high = np.minimum(b - reach, 0.0), np.maximum(b + reach, 0.0)
    slope = high / np.maximum(high - low, 1e-300)
    return slope, -slope * low


def triangle_bound(attacked: Attacked) -> float:
    """Return the least c'x over x >= 0, x >= s and x <= k s + q, s = A t + b: a linear program."""
    from scipy.optimize import linprog

    A, b, c = attacked
    (h, m), (slope, offset) = A.shape, _triangles(attacked)
    rows = np.block([[A, -np.eye(h)], [-slope[:, None] * A, np.eye(h)]])
    right = np.concatenate([-b, slope * b + offset])
    limits = [(-1, 1)] * m + [(0, None)] * h
    found = linprog(np.concatenate([np.zeros(m), c]), A_ub=rows, b_ub=right, bounds=limits)
    return float(found.fun)


def relaxation(attacked: Attacked) -> tuple[np.ndarray, np.ndarray]:
    """Return C and the matrices G_k of the semidefinite program for the moments M of (1, t, x).

    It minimizes <C, M> over M >= 0 with M_00 = 1, <G_k, M> = 0 for the first h, x^2 = x s, and
    <G_k, M> <= 0 for the others: t^2 <= 1, x >= 0, x >= s, x <= k s + q.

    Parameters
    ----------
    attacked : Attacked

    Returns
    -------
    tuple of numpy.ndarray
        C (N, N) and G (4 h + m, N, N), N = 1 + m + h.
    """
    A, b, c = attacked
    h, m = A.shape
    N = 1 + m + h
    unit = np.eye(N)
    s = np.hstack([b[:, None], A, np.zeros((h, h))])
    x, slope_offset = unit[1 + m :], _triangles(attacked)
    above = slope_offset[0][:, None] * s + slope_offset[1][:, None] * unit[0]

    def pair(u, v):
        return 0.5 * (np.outer(u, v) + np.outer(v, u))

    matrices = [pair(x[i], x[i] - s[i]) for i in range(h)]
    matrices += [pair(e, e) - pair(unit[0], unit[0]) for e in unit[1 : 1 + m]]
    for i in range(h):
        matrices += [pair(unit[0], v) for v in (-x[i], s[i] - x[i], x[i] - above[i])]
    return pair(unit[0], c @ x), np.array(matrices)


def low_rank_bound(
    attacked: Attacked, rank: int = 2, seed: int = 0, accuracy: float = 1e-6
) -> LowRank:
    """Return a bound by Burer and Monteiro's method: M = V V' with few columns, then a proof.

    V with first row (1, 0, ..., 0) is found by an augmented Lagrangian method, L-BFGS inside. The
    multipliers y make the slack S = C + sum_k y_k G_k - g e_0 e_0', g such that S V = 0 in the
    first row. With S >= 0 the point is optimal, and g is the bound; else a column is added along
    the eigenvector of the least eigenvalue. In any case M has a bounded trace, so that
    g + trace * min(eigenvalue, 0) is a bound, and it is what is returned.

    Parameters
    ----------
    attacked : Attacked
    rank : int
        Columns of V at first.
    seed : int
        Of the start.
    accuracy : float
        Of the eigenvalue, at which the search ends.

    Returns
    -------
    LowRank

    References
    ----------
    chiu2023; burer2003.
    """
    C, G = relaxation(attacked)
    A, b, _ = attacked
    h, N = len(b), len(C)
    trace = 1.0 + A.shape[1] + np.sum((np.abs(b) + np.abs(A).sum(axis=1)) ** 2)
    V = 0.3 * np.random.default_rng(seed).standard_normal((N, rank))
    y = np.zeros(len(G))
    best = None
    while True:
        V, y = _augmented(C, G, h, V, y)
        Q = C + np.tensordot(y, G, axes=1)
        g = float(Q[0] @ V @ V[0])
        S = Q.copy()
        S[0, 0] -= g
        eigenvalues, vectors = np.linalg.eigh(S)
        least = float(eigenvalues[0])
        bound = g + trace * min(least, 0.0)
        t = np.clip(V[1 : 1 + A.shape[1], 0], -1.0, 1.0)
        found = LowRank(bound, float(np.sum(C * (V @ V.T))), V.shape[1], least, t)
        best = found if best is None or found.bound > best.bound else best
        if least >= -accuracy or V.shape[1] >= N:
            return best
        V = np.hstack([V, 0.1 * vectors[:, :1]])


def _augmented(C, G, equalities, V, y, rounds=40):
    """Return V and multipliers after rounds of an augmented Lagrangian method; row 0 is fixed."""
    from scipy.optimize import minimize

    V, rho, before = V.copy(), 10.0, np.inf
    V[0] = np.eye(V.shape[1])[0]
    first = np.arange(len(G)) < equalities

    def multipliers(V):
        raised = y + rho * np.einsum("kij,ir,jr->k", G, V, V)
        return np.where(first, raised, np.maximum(raised, 0.0))

    def model(free):
        W = np.vstack([V[:1], free.reshape(V[1:].shape)])
        z = multipliers(W)
        value = np.sum(C * (W @ W.T)) + (z @ z) / (2 * rho)
        return value, (2 * (C + np.tensordot(z, G, axes=1)) @ W)[1:].ravel()

    for _ in range(rounds):
        options = {"maxiter": 2000, "maxcor": 30, "ftol": 1e-16, "gtol": 1e-9}
        free = minimize(model, V[1:].ravel(), jac=True, method="L-BFGS-B", options=options).x
        V = np.vstack([V[:1], free.reshape(V[1:].shape)])
        new = multipliers(V)
        moved = np.abs(new - y).max() / rho
        y = new
        if moved <= 1e-9:
            break
        rho = 2.0 * rho if moved > 0.3 * before and rho < 1e4 else rho
        before = moved
    return V, y
