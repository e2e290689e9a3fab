"""What the methods for convex networks share: data from their problem, and their certificates."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.kernels.patterns import masked_adjoint, masked_sum
from optedu.protocol import portable


def with_data(method: Any, problem: Any) -> Any:
    """Return the method with the data and the activation patterns of its problem.

    Raises
    ------
    ValueError
        If they are neither given nor known, or if the loss is not the squared error.
    """
    owner = type(method).__name__
    if getattr(problem, "logistic", False):
        raise ValueError(
            f"{owner} solves a least-squares problem in each step, and the loss is logistic. "
            "Use ConeAugmentedLagrangian"
        )
    for name in ("X", "patterns"):
        if getattr(method, name) is None:
            array = getattr(problem, name, None)
            if array is None:
                raise ValueError(
                    f"{owner} needs {name}: problem.{name} is unknown. Pass {name}=..., or give "
                    "it a ConvexReLU"
                )
            method = method._replace(**{name: array})
    return method


@portable
def signed_sum(X, D, x):
    """Return F x = sum_i D_i X (v_i - w_i), v the first half of the rows of x and w the last."""
    P = D.shape[1]
    return masked_sum(X, D, x[:P] - x[P:])


@portable
def signed_adjoint(X, D, r):
    """Return F'r, the adjoint of `signed_sum`."""
    half = masked_adjoint(X, D, r)
    return np.concatenate((half, -half))


@portable
def inner_inverse(X, weight=1.0):
    """Return (weight I + X'X)^-1, symmetric to the last bit."""
    C = np.linalg.inv(weight * np.eye(X.shape[1]) + X.T @ X)
    return np.ascontiguousarray(0.5 * (C + C.T))


@portable
def outer_spectrum(X, D, C):
    """Return eigenvalues and eigenvectors of F B^-1 F', B^-1 = I kron C, shape (n, n).

    Its entries are 2 (D D')_jk (X C X')_jk, C from `inner_inverse`.
    """
    M = 2.0 * (D @ D.T) * (X @ C @ X.T)
    e, Q = np.linalg.eigh(0.5 * (M + M.T))
    return np.maximum(e, 0.0), np.ascontiguousarray(Q)


@portable
def woodbury_solve(X, D, C, e, Q, R, rho):
    """Return (weight I + F'F / rho + G'G)^-1 R for R (2 P, d), at O(n P d + n^2).

    G'G = I kron X'X, so that B = weight I + G'G is block diagonal and B^-1 R is R C; F'F / rho has
    rank n at most, and by Woodbury's identity the solution is R C minus
    F'(rho I + F B^-1 F')^-1 F R C, times C.
    """
    T = R @ C
    q = Q @ ((np.ascontiguousarray(Q.T) @ signed_sum(X, D, T)) / (rho + e))
    return T - signed_adjoint(X, D, q) @ C


@portable
def travelled(weight, v, s):
    """Return the norm of a pair of a copy of x and a copy of G x, the first one weighted."""
    return np.sqrt(weight * np.sum(v * v) + np.sum(s * s))
