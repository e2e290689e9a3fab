"""Sums of exponentials over the rows and columns of a cost, without a second matrix.

A block of rows at a time: its exponents are written into one small array, which stays in cache,
and are summed there. Three passes over that array and one over the cost; the exponentials take
half of the time. The cost may be float32 or float64, and all is then computed in its precision.
"""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable

BLOCK = 1 << 15
"""Entries of a block: 256 KiB in float64."""

LEAST, MOST = 1e-200, 1e200
"""Sums in between have lost nothing to underflow that a rounding error would not hide."""

FLOOR, TINY = -700.0, 1.5e-304
"""Least exponent, since processors take a hundred times as long for exponentials below 1e-308; and
what is taken for 0 instead, a little more than its exponential."""


@portable
def block_rows(n, m):
    """Return how many of n rows of length m make a block."""
    return max(1, min(n, BLOCK // m))


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
    top = np.empty(C.shape[0], C.dtype)
    for i in range(C.shape[0]):
        top[i] = np.max(g - C[i])
    return top + t * np.log(plan_row_sums(C, -top, g, t))


@portable
def column_log_sums(C, f, t):
    """Return t log sum_i exp((f_i - C_ij) / t) for every column j, row by row of C."""
    top = f[0] - C[0]
    for i in range(1, C.shape[0]):
        top = np.maximum(top, f[i] - C[i])
    return top + t * np.log(plan_column_sums(C, f, -top, t))


@portable
def plan_row_sums(C, f, g, t):
    """Return sum_j exp((f_i + g_j - C_ij) / t) for every row i; it may overflow."""
    n, m = C.shape
    rows = block_rows(n, m)
    f, g = (f / t).astype(C.dtype), (g / t).astype(C.dtype)
    E, sums = np.empty((rows, m), C.dtype), np.empty(n, C.dtype)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        B = E[: k - i]
        write_plan(C[i:k], f[i:k], g, t, B)
        sums[i:k] = np.sum(B, axis=1)
    return sums


@portable
def plan_column_sums(C, f, g, t):
    """Return sum_i exp((f_i + g_j - C_ij) / t) for every column j; it may overflow."""
    n, m = C.shape
    rows = block_rows(n, m)
    f, g = (f / t).astype(C.dtype), (g / t).astype(C.dtype)
    E, sums = np.empty((rows, m), C.dtype), np.zeros(m, C.dtype)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        B = E[: k - i]
        write_plan(C[i:k], f[i:k], g, t, B)
        sums += np.sum(B, axis=0)
    return sums


@portable
def plan_sums(C, f, g, t):
    """Return the sums of both, rows and then columns, for one pass over the exponentials."""
    n, m = C.shape
    rows = block_rows(n, m)
    f, g = (f / t).astype(C.dtype), (g / t).astype(C.dtype)
    E, sums = np.empty((rows, m), C.dtype), np.zeros(n + m, C.dtype)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        B = E[: k - i]
        write_plan(C[i:k], f[i:k], g, t, B)
        sums[i:k] = np.sum(B, axis=1)
        sums[n:] += np.sum(B, axis=0)
    return sums


@portable
def plan_products(C, f, g, t, u, w):
    """Return the plan's row and column sums, and P w and P' u, as two vectors (n + m,)."""
    n, m = C.shape
    rows = block_rows(n, m)
    f, g = (f / t).astype(C.dtype), (g / t).astype(C.dtype)
    E = np.empty((rows, m), C.dtype)
    sums, products = np.zeros(n + m, C.dtype), np.zeros(n + m, C.dtype)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        B = E[: k - i]
        write_plan(C[i:k], f[i:k], g, t, B)
        sums[i:k] = np.sum(B, axis=1)
        sums[n:] += np.sum(B, axis=0)
        products[i:k] = B @ w
        products[n:] += u[i:k] @ B
    return sums, products


@portable
def write_plan(C, f, g, t, P):
    """Write exp(f_i + g_j - C_ij / t) into P; here f and g are over t already."""
    np.multiply(C, P.dtype.type(-1.0 / t), P)
    P += g
    P += f.reshape((-1, 1))
    exponentiate(P)


@portable
def exponentiate(P):
    """Replace the entries of P by their exponentials, 0 where these are below 1.5e-304."""
    if np.min(P) < FLOOR:
        P[:] = np.exp(np.maximum(P, FLOOR))
        P *= P > TINY
    else:
        np.exp(P, P)


@portable
def plan_of(C, f, g, t):
    """Return exp((f_i + g_j - C_ij) / t), shape (n, m)."""
    P = np.empty(C.shape, C.dtype)
    write_plan(C, (f / t).astype(C.dtype), (g / t).astype(C.dtype), t, P)
    return P


@portable
def are_safe(sums):
    """Whether no sum has overflowed, or is so small that underflow may have eaten from it."""
    return np.min(sums) > LEAST and np.max(sums) < MOST


@portable
def rows_to(C, f, g, t, a):
    """Return the best f for this g: the rows of the plan then have the sums a.

    The old f is a good guess at the largest exponent of each row; only where it is not, the cost
    is searched for it.
    """
    sums = plan_row_sums(C, f, g, t)
    if are_safe(sums):
        return f + t * np.log(a / sums)
    return t * np.log(a) - row_log_sums(C, g, t)


@portable
def columns_to(C, f, g, t, b):
    """Return the best g for this f: the columns of the plan then have the sums b."""
    sums = plan_column_sums(C, f, g, t)
    if are_safe(sums):
        return g + t * np.log(b / sums)
    return t * np.log(b) - column_log_sums(C, f, t)


# Points: the cost is a squared distance, and is never stored.


@portable
def write_cloud_plan(A, B, P):
    """Write the plan's rows into P: its exponents are the product A B."""
    np.dot(A, B, P)
    exponentiate(P)


@portable
def cloud_factors(X, Y, f, g, t):
    """Return A (n, d + 2) and B (d + 2, m) with (A B)_ij = (f_i + g_j - ||x_i - y_j||^2) / t.

    One product of matrices then makes the exponents of a whole block. The points are centred,
    so that a common shift costs no digits.
    """
    d = X.shape[1]
    middle = np.sum(X, axis=0) / X.shape[0]
    X, Y = X - middle, Y - middle
    A, B = np.ones((X.shape[0], d + 2)), np.ones((d + 2, Y.shape[0]))
    A[:, :d] = X * (2.0 / t)
    A[:, d] = (f - np.sum(X * X, axis=1)) / t
    B[:d] = Y.T
    B[d + 1] = (g - np.sum(Y * Y, axis=1)) / t
    return A, B


@portable
def cloud_row_sums(X, Y, f, g, t):
    """Return sum_j exp((f_i + g_j - ||x_i - y_j||^2) / t) for every i; it may overflow."""
    n, m = X.shape[0], Y.shape[0]
    A, B = cloud_factors(X, Y, f, g, t)
    rows = block_rows(n, m)
    E, sums = np.empty((rows, m)), np.empty(n)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        write_cloud_plan(A[i:k], B, E[: k - i])
        sums[i:k] = np.sum(E[: k - i], axis=1)
    return sums


@portable
def cloud_row_log_sums(X, Y, g, t):
    """Return t log sum_j exp((g_j - ||x_i - y_j||^2) / t) for every i, without overflow."""
    n, m = X.shape[0], Y.shape[0]
    A, B = cloud_factors(X, Y, np.zeros(n), g, t)
    rows = block_rows(n, m)
    E, sums = np.empty((rows, m)), np.empty(n)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        np.dot(A[i:k], B, E[: k - i])
        for j in range(k - i):
            top = np.max(E[j])
            sums[i + j] = top + np.log(np.sum(np.exp(E[j] - top)))
    return t * sums


@portable
def cloud_rows_to(X, Y, f, g, t, a):
    """Return the best f for this g, as `rows_to`; with the points exchanged, the best g."""
    sums = cloud_row_sums(X, Y, f, g, t)
    if are_safe(sums):
        return f + t * np.log(a / sums)
    return t * np.log(a) - cloud_row_log_sums(X, Y, g, t)


@portable
def cloud_plan_products(X, Y, f, g, t, u, w):
    """Return the plan's row and column sums, and P w and P' u, as two vectors (n + m,)."""
    n, m = X.shape[0], Y.shape[0]
    A, B = cloud_factors(X, Y, f, g, t)
    rows = block_rows(n, m)
    E, sums, products = np.empty((rows, m)), np.zeros(n + m), np.zeros(n + m)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        P = E[: k - i]
        write_cloud_plan(A[i:k], B, P)
        sums[i:k] = np.sum(P, axis=1)
        sums[n:] += np.sum(P, axis=0)
        products[i:k] = P @ w
        products[n:] += u[i:k] @ P
    return sums, products


@portable
def cloud_plan_sums(X, Y, f, g, t):
    """Return the sums of the rows of the plan, and then those of its columns."""
    n, m = X.shape[0], Y.shape[0]
    A, B = cloud_factors(X, Y, f, g, t)
    rows = block_rows(n, m)
    E, sums = np.empty((rows, m)), np.zeros(n + m)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        P = E[: k - i]
        write_cloud_plan(A[i:k], B, P)
        sums[i:k] = np.sum(P, axis=1)
        sums[n:] += np.sum(P, axis=0)
    return sums


@portable
def cloud_plan(X, Y, f, g, t):
    """Return the plan itself, shape (n, m)."""
    A, B = cloud_factors(X, Y, f, g, t)
    P = np.empty((X.shape[0], Y.shape[0]))
    write_cloud_plan(A, B, P)
    return P
