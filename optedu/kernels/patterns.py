"""Products with data whose rows are switched on and off by activation patterns.

For data X (n, d), patterns D (n, P) of zeros and ones and weights W (P, d), one row for each
pattern, the matrix [D_1 X, ..., D_P X], D_i the diagonal matrix of the i-th pattern, is never
formed: it has P times as many entries as X. What is needed are products of X with small matrices,
masked entry by entry.
"""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable

BLOCK = 1 << 15
"""Entries of a block: 256 KiB in float64."""


@portable
def masked_sum(X, D, W):
    """Return sum_i D_i X w_i.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
        Data.
    D : numpy.ndarray, shape (n, P)
        Patterns, or any weights of the rows.
    W : numpy.ndarray, shape (P, d)
        One row of weights for each pattern.

    Returns
    -------
    numpy.ndarray, shape (n,)
    """
    n, P = D.shape
    V, z = np.ascontiguousarray(W.T), np.empty(n)
    rows = max(1, BLOCK // P)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        z[i:k] = np.sum(D[i:k] * (X[i:k] @ V), axis=1)
    return z


@portable
def masked_adjoint(X, D, r):
    """Return the adjoint of `masked_sum` at r: the rows X'D_i r, shape (P, d)."""
    n, P = D.shape
    G = np.zeros((P, X.shape[1]))
    rows = max(1, BLOCK // P)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        G += (X[i:k].T @ (D[i:k] * r[i:k].reshape((-1, 1)))).T
    return G


@portable
def cone_products(X, D, W):
    """Return (2 D_i - I) X w_i for all rows of W (2 P, d), the patterns taken twice, (n, 2 P)."""
    n, P = D.shape
    V, Z = np.ascontiguousarray(W.T), np.empty((n, 2 * P))
    rows = max(1, BLOCK // P)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        S, T = 2.0 * D[i:k] - 1.0, X[i:k] @ V
        Z[i:k, :P] = S * T[:, :P]
        Z[i:k, P:] = S * T[:, P:]
    return Z


@portable
def cone_adjoint(X, D, Y):
    """Return the adjoint of `cone_products` at Y (n, 2 P), shape (2 P, d)."""
    n, P = D.shape
    G = np.zeros((2 * P, X.shape[1]))
    rows = max(1, BLOCK // P)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        S = 2.0 * D[i:k] - 1.0
        G[:P] += (X[i:k].T @ (S * Y[i:k, :P])).T
        G[P:] += (X[i:k].T @ (S * Y[i:k, P:])).T
    return G


@portable
def masked_kernel(X, D):
    """Return sum_i D_i X X'D_i, shape (n, n): the products of masked rows."""
    return (D @ D.T) * (X @ X.T)
