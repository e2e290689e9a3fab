"""Inverse p-th roots of positive definite matrices, by products alone."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def inverse_root(A, p):
    """Return A^(-1/p) of a symmetric positive definite A by the coupled Newton iteration.

    X <- X T and M <- T^p M with T = (1 + 1/p) I - M/p keep M = X^p A, so that M = I says that X
    is the root. The scale makes all eigenvalues of the first M less than p + 1, where the
    iteration converges; the smallest grows by about (1 + 1/p)^p per step until the end, which is
    quadratic. It stops when rounding takes over.
    """
    n = A.shape[0]
    identity = np.eye(n)
    scale = 0.5 * (p + 1) / np.sqrt(np.sum(A * A))
    X = scale ** (1.0 / p) * identity
    M = scale * A
    error = np.inf
    for _ in range(200):
        T = (1.0 + 1.0 / p) * identity - M / p
        power = T
        for _ in range(p - 1):
            power = power @ T
        X = X @ T
        M = power @ M
        M = 0.5 * (M + M.T)
        last, error = error, np.max(np.abs(M - identity))
        if error < 1e-15 or (last < 0.01 and error >= 0.5 * last):
            break
    return 0.5 * (X + X.T)
