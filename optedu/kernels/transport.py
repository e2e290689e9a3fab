"""Sums of exponentials over the rows and columns of a cost, without a second matrix."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def row_log_sums(C, g, t):
    """Return t log sum_j exp((g_j - C_ij) / t) for every row i, without overflow.

    Parameters
    ----------
    C : numpy.ndarray, shape (n, m)
        The cost.
    g : numpy.ndarray, shape (m,)
        Potentials of the columns.
    t : float
        Regularization, positive.

    Returns
    -------
    numpy.ndarray, shape (n,)
    """
    sums = np.empty(C.shape[0])
    for i in range(C.shape[0]):
        row = g - C[i]
        top = np.max(row)
        sums[i] = top + t * np.log(np.sum(np.exp((row - top) / t)))
    return sums


@portable
def column_log_sums(C, f, t):
    """Return t log sum_i exp((f_i - C_ij) / t) for every column j, row by row of C."""
    top = f[0] - C[0]
    for i in range(1, C.shape[0]):
        top = np.maximum(top, f[i] - C[i])
    total = np.zeros(C.shape[1])
    for i in range(C.shape[0]):
        total += np.exp((f[i] - C[i] - top) / t)
    return top + t * np.log(total)


@portable
def plan_of(C, f, g, t):
    """Return exp((f_i + g_j - C_ij) / t), shape (n, m)."""
    P = np.empty(C.shape)
    for i in range(C.shape[0]):
        P[i] = np.exp((f[i] + g - C[i]) / t)
    return P
