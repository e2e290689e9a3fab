"""Sums of exponentials over the rows and columns of a cost, without a second matrix.

A block of rows at a time: its exponents are written into one small array, which stays in cache,
and are summed there, by products with a vector. The cost may be float32 or float64, and all is
then computed in its precision.
"""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable

BLOCK = 1 << 16
"""Entries of a block: 512 KiB in float64."""

FLOOR, TINY = -700.0, 1.5e-304
"""Least exponent, since processors take a hundred times as long for exponentials below 1e-308; and
what is taken for 0 instead, a little more than its exponential."""

LOW = -300.0
"""Least exponent in sums: a safe one has lost nothing to it, and e^LOW times a few factors, each of
them e^-80 or more, is still no number that processors are slow with. In float32 it is 0 anyway."""

NEAR = 80.0
"""Range of the exponents f_i / t of a block within which e^(f_i / t) may be a factor."""


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
    E, ones, sums = np.empty((rows, m), C.dtype), np.ones(m, C.dtype), np.empty(n, C.dtype)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        B = E[: k - i]
        factors = write_plan(C[i:k], f[i:k], g, t, B)
        sums[i:k] = factors * (B @ ones)
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
        factors = write_plan(C[i:k], f[i:k], g, t, B)
        sums += factors @ B
    return sums


@portable
def plan_sums(C, f, g, t):
    """Return the sums of both, rows and then columns, for one pass over the exponentials."""
    n, m = C.shape
    rows = block_rows(n, m)
    f, g = (f / t).astype(C.dtype), (g / t).astype(C.dtype)
    E, ones, sums = np.empty((rows, m), C.dtype), np.ones(m, C.dtype), np.zeros(n + m, C.dtype)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        B = E[: k - i]
        factors = write_plan(C[i:k], f[i:k], g, t, B)
        sums[i:k] = factors * (B @ ones)
        sums[n:] += factors @ B
    return sums


@portable
def plan_products(C, f, g, t, u, w):
    """Return the plan's row and column sums, and P w and P' u, as two vectors (n + m,)."""
    n, m = C.shape
    rows = block_rows(n, m)
    f, g = (f / t).astype(C.dtype), (g / t).astype(C.dtype)
    E, ones = np.empty((rows, m), C.dtype), np.ones(m, C.dtype)
    sums, products = np.zeros(n + m, C.dtype), np.zeros(n + m, C.dtype)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        B = E[: k - i]
        factors = write_plan(C[i:k], f[i:k], g, t, B)
        sums[i:k] = factors * (B @ ones)
        sums[n:] += factors @ B
        products[i:k] = factors * (B @ w)
        products[n:] += (factors * u[i:k]) @ B
    return sums, products


@portable
def write_plan(C, f, g, t, P):
    """Write exp(f_i + g_j - C_ij / t) into P, up to the factors of the rows, which are returned.

    Here f and g are over t already. One pass over P is saved where the f_i are near each other.
    It is for sums: no entry is below e^LOW.
    """
    np.multiply(C, P.dtype.type(-1.0 / t), P)
    top = np.max(f)
    if top - np.min(f) < NEAR:
        P += g + top
        exponentiate(P, LOW)
        return np.exp(f - top)
    P += g
    P += f.reshape((-1, 1))
    exponentiate(P, LOW)
    return np.ones_like(f)


@portable
def exponentiate(P, floor):
    """Replace the entries of P by their exponentials, none of them below that of the floor."""
    if np.min(P) < floor:
        P[:] = np.maximum(P, floor)
    np.exp(P, P)


@portable
def plan_of(C, f, g, t):
    """Return exp((f_i + g_j - C_ij) / t), shape (n, m); what is below 1.5e-304 is 0."""
    n, m = C.shape
    rows = block_rows(n, m)
    f, g = (f / t).astype(C.dtype), (g / t).astype(C.dtype)
    P = np.empty(C.shape, C.dtype)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        B = P[i:k]
        np.multiply(C[i:k], C.dtype.type(-1.0 / t), B)
        B += g
        B += f[i:k].reshape((-1, 1))
        exponentiate(B, FLOOR)
        drop_tiny(B)
    return P


@portable
def drop_tiny(P):
    """Put the entries of P to 0 that are as small as those which `exponentiate` did not lower."""
    if np.min(P) < TINY:
        P *= P > TINY


@portable
def are_safe(sums):
    """Whether no sum has overflowed, or is so small that underflow may have eaten from it.

    Two such numbers may be divided by each other.
    """
    least = 1e-100 if sums.itemsize == 8 else 1e-12
    return np.min(sums) > least and np.max(sums) < 1 / least


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


@portable
def both_to(C, f, g, t, a, b):
    """Return the best f for this g, and the best g for that f, for one pass over the exponentials.

    A block of rows has its sums, and is scaled to the sums a, while it is in cache.
    """
    n, m = C.shape
    rows = block_rows(n, m)
    F, G = (f / t).astype(C.dtype), (g / t).astype(C.dtype)
    E, ones = np.empty((rows, m), C.dtype), np.ones(m, C.dtype)
    sums, columns = np.empty(n, C.dtype), np.zeros(m, C.dtype)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        B = E[: k - i]
        factors = write_plan(C[i:k], F[i:k], G, t, B)
        sums[i:k] = factors * (B @ ones)
        columns += scales(factors * a[i:k], sums[i:k]) @ B
    if are_safe(sums) and are_safe(columns):
        return f + t * np.log(a / sums), g + t * np.log(b / columns)
    f = rows_to(C, f, g, t, a)
    return f, columns_to(C, f, g, t, b)


@portable
def scales(wanted, sums):
    """Return the quotients, in the precision of the sums; any number where these are not safe."""
    return (wanted / np.maximum(sums, 1e-30)).astype(sums.dtype)


# Points: the cost is a squared distance, and is never stored.


@portable
def write_cloud_plan(A, B, P, floor):
    """Write the plan's rows into P: its exponents are the product A B."""
    np.dot(A, B, P)
    exponentiate(P, floor)


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
    E, ones, sums = np.empty((rows, m)), np.ones(m), np.empty(n)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        write_cloud_plan(A[i:k], B, E[: k - i], LOW)
        sums[i:k] = E[: k - i] @ ones
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
def cloud_both_to(X, Y, f, g, t, a, b):
    """Return the best f for this g, and the best g for that f, as `both_to`."""
    n, m = X.shape[0], Y.shape[0]
    A, B = cloud_factors(X, Y, f, g, t)
    rows = block_rows(n, m)
    E, ones, sums, columns = np.empty((rows, m)), np.ones(m), np.empty(n), np.zeros(m)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        P = E[: k - i]
        write_cloud_plan(A[i:k], B, P, LOW)
        sums[i:k] = P @ ones
        columns += scales(a[i:k], sums[i:k]) @ P
    if are_safe(sums) and are_safe(columns):
        return f + t * np.log(a / sums), g + t * np.log(b / columns)
    f = cloud_rows_to(X, Y, f, g, t, a)
    return f, cloud_rows_to(Y, X, g, f, t, b)


@portable
def cloud_plan_products(X, Y, f, g, t, u, w):
    """Return the plan's row and column sums, and P w and P' u, as two vectors (n + m,)."""
    n, m = X.shape[0], Y.shape[0]
    A, B = cloud_factors(X, Y, f, g, t)
    rows = block_rows(n, m)
    E, ones, sums, products = np.empty((rows, m)), np.ones(m), np.zeros(n + m), np.zeros(n + m)
    for i in range(0, n, rows):
        k = min(i + rows, n)
        P = E[: k - i]
        write_cloud_plan(A[i:k], B, P, LOW)
        sums[i:k] = P @ ones
        sums[n:] += np.ones(k - i) @ P
        products[i:k] = P @ w
        products[n:] += u[i:k] @ P
    return sums, products


@portable
def cloud_plan_sums(X, Y, f, g, t):
    """Return the sums of the rows of the plan, and then those of its columns."""
    n, m = X.shape[0], Y.shape[0]
    A, B = cloud_factors(X, Y, f, g, t)
    rows = block_rows(n, m)
    E, sums, ones = np.empty((rows, m)), np.zeros(n + m), np.ones(max(rows, m))
    for i in range(0, n, rows):
        k = min(i + rows, n)
        P = E[: k - i]
        write_cloud_plan(A[i:k], B, P, LOW)
        sums[i:k] = P @ ones[:m]
        sums[n:] += ones[: k - i] @ P
    return sums


@portable
def cloud_plan(X, Y, f, g, t):
    """Return the plan itself, shape (n, m)."""
    A, B = cloud_factors(X, Y, f, g, t)
    P = np.empty((X.shape[0], Y.shape[0]))
    write_cloud_plan(A, B, P, FLOOR)
    drop_tiny(P)
    return P
