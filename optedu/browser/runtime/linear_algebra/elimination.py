"""Triangular factors and what is solved with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.protocol import portable


@portable
def getrf(m: int, n: int, a: Any, lda: int, ipiv: Any) -> int:
    """Factor A = P L U with partial pivoting (``numba_xxgetrf``).

    Row i was exchanged with row ``ipiv[i] - 1``. Returns the first i, counted from one, with
    U[i, i] = 0 exactly; the factorization is complete all the same.
    """
    info = 0
    for k in range(min(m, n)):
        pivot = k
        for i in range(k + 1, m):
            if abs(a[i + lda * k]) > abs(a[pivot + lda * k]):
                pivot = i
        ipiv[k] = pivot + 1
        if a[pivot + lda * k] == 0.0:
            if info == 0:
                info = k + 1
            continue
        for j in range(n):
            a[k + lda * j], a[pivot + lda * j] = a[pivot + lda * j], a[k + lda * j]
        for i in range(k + 1, m):
            a[i + lda * k] /= a[k + lda * k]
        for j in range(k + 1, n):
            factor = a[k + lda * j]
            for i in range(k + 1, m):
                a[i + lda * j] -= a[i + lda * k] * factor
    return info


@portable
def getri(n: int, a: Any, lda: int, ipiv: Any) -> int:
    """Replace the factors of `getrf` by the inverse (``numba_ez_xxgetri``).

    Returns the first i, counted from one, with U[i, i] = 0; then A is left as it is.
    """
    for k in range(n):
        if a[k + lda * k] == 0.0:
            return k + 1
    factors = np.empty(n * n)
    for j in range(n):
        for i in range(n):
            factors[i + n * j] = a[i + lda * j]
            a[i + lda * j] = 1.0 if i == j else 0.0
    _solve_factored(n, n, factors, n, ipiv, a, lda)
    return 0


@portable
def gesv(n: int, nrhs: int, a: Any, lda: int, ipiv: Any, b: Any, ldb: int) -> int:
    """Solve A X = B, overwriting B by X and A by its factors (``numba_xgesv``).

    Returns the first i, counted from one, with U[i, i] = 0 exactly; then B is left as it is.
    """
    info = getrf(n, n, a, lda, ipiv)
    if info == 0:
        _solve_factored(n, nrhs, a, lda, ipiv, b, ldb)
    return info


@portable
def potrf(lower: bool, n: int, a: Any, lda: int) -> int:
    """Factor A = L L^T, or U^T U, in the triangle named (``numba_xxpotrf``).

    The other triangle is left as it is. Returns the order of the first leading minor that is not
    positive, after which nothing is written.
    """
    # Entry (i, j) of L stands at i * down + j * along: U is L mirrored.
    down, along = (1, lda) if lower else (lda, 1)
    for j in range(n):
        pivot = a[j * (1 + lda)]
        for p in range(j):
            pivot -= a[j * down + p * along] * a[j * down + p * along]
        if not pivot > 0.0:
            return j + 1
        pivot = np.sqrt(pivot)
        a[j * (1 + lda)] = pivot
        for i in range(j + 1, n):
            entry = a[i * down + j * along]
            for p in range(j):
                entry -= a[i * down + p * along] * a[j * down + p * along]
            a[i * down + j * along] = entry / pivot
    return 0


@portable
def _solve_factored(n: int, nrhs: int, a: Any, lda: int, ipiv: Any, b: Any, ldb: int) -> None:
    """Solve with the factors of `getrf` (LAPACK's getrs)."""
    for j in range(nrhs):
        at = ldb * j
        for k in range(n):
            other = ipiv[k] - 1
            b[k + at], b[other + at] = b[other + at], b[k + at]
        for k in range(n):
            factor = b[k + at]
            for i in range(k + 1, n):
                b[i + at] -= a[i + lda * k] * factor
        for k in range(n - 1, -1, -1):
            b[k + at] /= a[k + lda * k]
            factor = b[k + at]
            for i in range(k):
                b[i + at] -= a[i + lda * k] * factor
