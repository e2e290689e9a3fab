"""Coordinate descent with Anderson extrapolation on a small quadratic with an l1 term."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def elastic_net(u, l1, l2):
    """Return l1 ||u||_1 + l2 ||u||^2 / 2."""
    return l1 * np.sum(np.abs(u)) + 0.5 * l2 * (u @ u)


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
    for i in np.flatnonzero((u != 0.0) | (np.abs(c) > l1)):
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
def solve_small(M, z):
    """Solve M x = z by elimination, in place; M is positive definite, and z is left as x.

    Compiled, it is a tenth of the code of np.linalg.solve.
    """
    for i in range(z.size):
        for j in range(i + 1, z.size):
            factor = M[j, i] / M[i, i]
            z[j] -= factor * z[i]
            for k in range(i + 1, z.size):
                M[j, k] -= factor * M[i, k]
    for i in range(z.size - 1, -1, -1):
        for k in range(i + 1, z.size):
            z[i] -= M[i, k] * z[k]
        z[i] /= M[i, i]


@portable
def extrapolate(path):
    """Return the Anderson extrapolation of the rows: the affine mean of least residual."""
    depth = path.shape[0] - 1
    M, z = np.empty((depth, depth)), np.ones(depth)
    for i in range(depth):
        for j in range(depth):
            M[i, j] = (path[i + 1] - path[i]) @ (path[j + 1] - path[j])
    ridge = 1e-12 * np.trace(M)
    for i in range(depth):
        M[i, i] += ridge
    solve_small(M, z)
    u = np.zeros(path.shape[1])
    for i in range(depth):
        u += z[i] / np.sum(z) * path[i + 1]
    return u


@portable
def l1_quadratic(u, q, c, l1, l2):
    """Return the objective at u, where c = q + G u."""
    return 0.5 * ((q + c) @ u) + elastic_net(u, l1, l2)


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
            here = l1_quadratic(u, q, c, l1, l2)
            if l1_quadratic(other, q, other_c, l1, l2) < here:
                u, c = other, other_c
            path[0] = u
    return u, taken
