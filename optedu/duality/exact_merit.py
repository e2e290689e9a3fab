"""The exact augmented Lagrangian of a problem with equalities, and Newton's system for a KKT pair.

L(x, y) = f + <y, c>, and the merit function is
M(x, y) = L + (e1/2) ||c||^2 + (e2/2) ||grad_x L||^2.
"""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable

FLAT = 1e-6
"""Below this least eigenvalue of the reduced Hessian the Hessian is shifted."""


@portable
def merit(problem, x, y, e1, e2):
    """Return M(x, y)."""
    c = problem.constraint(x)
    r = problem.gradient(x) + problem.constraint_jacobian(x).T @ y
    return problem.value(x) + np.sum(y * c) + 0.5 * (e1 * np.sum(c * c) + e2 * np.sum(r * r))


@portable
def merit_gradient(r, c, H, J, e1, e2):
    """Return the gradient of M in (x, y), from r = grad_x L, c, H = Hess_x L and the Jacobian."""
    return np.concatenate((r + e2 * (H @ r) + e1 * (J.T @ c), c + e2 * (J @ r)))


@portable
def least_squares_multipliers(J, g):
    """Return the y that makes ||g + J'y|| least."""
    return np.linalg.lstsq(J.T, -g, -1.0)[0]


@portable
def newton_system(J, H, curvature):
    """Return K = [[B, J'], [J, 0]] and the bound psi on ||K^-1|| / 20 that the accuracy needs.

    B is H, or H + (curvature + ||H||) I where the least eigenvalue of H on the kernel of J is not
    above 1e-6.
    """
    m, d = J.shape
    _, s, V = np.linalg.svd(J, full_matrices=True)
    B, size = H.copy(), np.sqrt(np.sum(H * H))
    if m < d:
        Z = np.ascontiguousarray(V[m:])
        if np.linalg.eigvalsh(Z @ H @ Z.T)[0] < FLAT:
            B = H + (curvature + size) * np.eye(d)
    K = np.zeros((d + m, d + m))
    K[:d, :d], K[:d, d:], K[d:, :d] = B, J.T, J
    smallest = max(s[-1] * s[-1], 1e-8)
    psi = 20 * max(np.sum(B * B), 1.0) / (min(smallest, 1.0) * min(curvature, 1.0))
    return K, psi


@portable
def kaczmarz(K, b, z, accuracy, limit, rng):
    """Project onto random rows of K z = b until ||K z - b|| <= accuracy, at most `limit` times.

    Returns
    -------
    tuple
        (z, number of rows used).
    """
    n, z = b.size, z.copy()
    squares = np.sum(K * K, axis=1)
    rows = 0
    residual = np.sqrt(np.sum((K @ z - b) ** 2))
    while residual > accuracy and rows < limit:
        for _ in range(n):
            i = int(n * rng.random())
            z = z - ((K[i] @ z - b[i]) / squares[i]) * K[i]
        rows += n
        residual = np.sqrt(np.sum((K @ z - b) ** 2))
    return z, rows


@portable
def sketch(kind, n, columns, rng):
    """Return a random S with n rows: normal numbers (kind 1), or a CountSketch (kind 2).

    A CountSketch has one entry per row, 1 or -1 in a random column: S'K adds up random groups of
    rows with random signs, for the cost of one pass over K.
    """
    if kind == 1:
        return rng.standard_normal((n, columns))
    S = np.zeros((n, columns))
    for i in range(n):
        S[i, int(columns * rng.random())] = 1.0 if rng.random() < 0.5 else -1.0
    return S


@portable
def sketch_and_project(K, b, z, accuracy, limit, kind, columns, rng):
    """Project onto S'K z = S'b, S drawn anew each time, until ||K z - b|| <= accuracy.

    Returns
    -------
    tuple
        (z, number of sketched rows used, at most about `limit`).
    """
    n, z, rows = b.size, z.copy(), 0
    residual = np.sqrt(np.sum((K @ z - b) ** 2))
    while residual > accuracy and rows < limit:
        for _ in range(max(n // columns, 1)):
            S = sketch(kind, n, columns, rng)
            U = K.T @ S
            gram = U.T @ U
            tiny = 1e-14 * np.sum(np.diag(gram)) * np.eye(columns)  # a column may be empty
            z = z - U @ np.linalg.solve(gram + tiny, S.T @ (K @ z - b))
            rows += columns
        residual = np.sqrt(np.sum((K @ z - b) ** 2))
    return z, rows
