"""Coordinate descent with Anderson extrapolation on a small quadratic with an l1 term."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def l1_violation(u, c, l1, l2):
    """Return how far each -c_i - l2 u_i is from the subdifferential of l1 |.| at u_i."""
    return np.maximum(np.abs(c + l2 * u + l1 * np.sign(u)) - l1 * (u == 0.0), 0.0)


@portable
def descend(G, u, c, l1, l2):
    """Minimize over each coordinate once, in place; c = q + G u is kept up to date.

    Returns
    -------
    bool
        Whether any coordinate moved.
    """
    moved = False
    for i in range(u.size):
        a = G[i, i]
        v = a * u[i] - c[i]
        new = 0.0
        if v > l1:
            new = (v - l1) / (a + l2)
        elif v < -l1:
            new = (v + l1) / (a + l2)
        if new != u[i]:
            c += (new - u[i]) * G[i]
            u[i] = new
            moved = True
    return moved


@portable
def extrapolate(path):
    """Return the Anderson extrapolation of the rows: the affine mean of least residual."""
    U = path[1:] - path[:-1]
    M = U @ U.T
    M += 1e-12 * np.sum(U * U) * np.eye(M.shape[0])
    z = np.linalg.solve(M, np.ones(M.shape[0]))
    return (z / np.sum(z)) @ path[1:]


@portable
def minimize_l1_quadratic(G, q, u, l1, l2, tol, epochs, depth):
    """Minimize <q, u> + <u, G u> / 2 + l1 ||u||_1 + l2 ||u||^2 / 2.

    After every `depth` epochs the extrapolated point is taken where it is better.

    Parameters
    ----------
    G : numpy.ndarray, shape (k, k)
        Positive semidefinite.
    q, u : numpy.ndarray, shape (k,)
        The linear term, and the start, which is not written to.
    l1, l2 : float
        Weights; l1 positive.
    tol : float
        Largest violation of the optimality conditions at the answer.
    epochs : int
        Largest number of epochs.
    depth : int
        Epochs between two extrapolations.

    Returns
    -------
    tuple
        (u, epochs taken).
    """
    u = u.copy()
    c = q + G @ u
    path = np.zeros((depth + 1, u.size))
    path[0] = u
    taken = 0
    while taken < epochs:
        moved = descend(G, u, c, l1, l2)
        taken += 1
        path[(taken - 1) % depth + 1] = u
        if not moved:
            break
        if taken % depth == 0:
            c = q + G @ u
            if np.max(l1_violation(u, c, l1, l2)) <= tol:
                break
            other = extrapolate(path)
            other_c = q + G @ other
            here = 0.5 * np.sum((q + c + l2 * u) * u) + l1 * np.sum(np.abs(u))
            there = 0.5 * np.sum((q + other_c + l2 * other) * other) + l1 * np.sum(np.abs(other))
            if there < here:
                u, c = other, other_c
            path[0] = u
    return u, taken
