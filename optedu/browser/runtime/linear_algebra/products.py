"""Products of vectors and matrices, and norms."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.protocol import portable

EPSILON = 2.0**-52


@portable
def dot(n: int, x: Any, y: Any) -> float:
    """Return the inner product of two vectors (``numba_xxdot``)."""
    total = 0.0
    for i in range(n):
        total += x[i] * y[i]
    return total


@portable
def nrm2(n: int, x: Any, incx: int) -> float:
    """Return the Euclidean norm of every incx-th entry (``numba_xxnrm2``)."""
    return norm(n, x, 0, incx)


@portable
def gemv(
    trans: bool, m: int, n: int, alpha: float, a: Any, lda: int, x: Any, beta: float, y: Any
) -> int:
    """Compute y := alpha A x + beta y, with A (m, n), or its transpose (``numba_xxgemv``)."""
    if trans:
        for j in range(n):
            total = 0.0
            for i in range(m):
                total += a[i + lda * j] * x[i]
            y[j] = alpha * total + (0.0 if beta == 0.0 else beta * y[j])
        return 0
    for i in range(m):
        y[i] = 0.0 if beta == 0.0 else beta * y[i]
    for j in range(n):
        factor = alpha * x[j]
        for i in range(m):
            y[i] += factor * a[i + lda * j]
    return 0


@portable
def gemm(
    transa: bool, transb: bool, m: int, n: int, k: int, alpha: float, a: Any, lda: int,
    b: Any, ldb: int, beta: float, c: Any, ldc: int,
) -> int:  # fmt: skip
    """Compute C := alpha op(A) op(B) + beta C, with C (m, n) (``numba_xxgemm``).

    The inner dimension is k; op transposes where the flag says so ('T', or 'C', in Numba).
    """
    down, along = (lda, 1) if transa else (1, lda)
    for j in range(n):
        for i in range(m):
            c[i + ldc * j] = 0.0 if beta == 0.0 else beta * c[i + ldc * j]
        for p in range(k):
            factor = alpha * (b[j + ldb * p] if transb else b[p + ldb * j])
            for i in range(m):
                c[i + ldc * j] += factor * a[i * down + p * along]
    return 0


@portable
def norm(n: int, x: Any, at: int, step: int) -> float:
    """Return the norm of n entries, the first at a place; scaled only where squares would not do.

    A sum of squares in the middle of the range has lost nothing to underflow.
    """
    total = 0.0
    largest = 0.0
    for i in range(n):
        size = abs(x[at + i * step])
        total += size * size
        largest = max(largest, size)
    if 1e-280 < total < 1e300 or largest == 0.0 or largest == np.inf or np.isnan(total):
        return np.sqrt(total)
    total = 0.0
    for i in range(n):
        ratio = x[at + i * step] / largest
        total += ratio * ratio
    return largest * np.sqrt(total)


@portable
def normalize(m: int, n: int, a: Any, lda: int) -> float:
    """Divide A so that squares of its entries neither overflow nor vanish; return the divisor."""
    largest = 0.0
    for j in range(n):
        for i in range(m):
            largest = max(largest, abs(a[i + lda * j]))
    if 1e-20 < largest < 1e20 or largest == 0.0:
        return 1.0
    for j in range(n):
        for i in range(m):
            a[i + lda * j] /= largest
    return largest
