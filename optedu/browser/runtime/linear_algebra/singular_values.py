"""Singular values and vectors, and least squares by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.browser.runtime.linear_algebra.products import EPSILON, norm, normalize
from optedu.browser.runtime.linear_algebra.reflections import form_q, geqrf, rotate
from optedu.protocol import portable

NEGLIGIBLE = 1e-30  # a column of `svd` relative to the longest: far below rounding


@portable
def svd(
    full: bool, vectors: bool, m: int, n: int, a: Any, lda: int,
    s: Any, u: Any, ldu: int, vt: Any, ldvt: int,
) -> int:  # fmt: skip
    """Return the singular values, descending, in s, and A = U diag(s) V^T (``numba_ez_gesdd``).

    With `vectors` and `full` U is (m, m) and V^T (n, n) (job 'A'); with `vectors` alone they keep
    min(m, n) columns and rows (job 'S'); without, neither is touched (job 'N'). A is left as it
    is. One-sided Jacobi (Golub and Van Loan, Matrix Computations, section 8.6): rotations make
    the columns of A, or of A^T if that is tall, orthogonal, and so find small singular values to
    high relative accuracy; a value below 1e-30 min(m, n) times the largest is given as zero.
    Returns 1 if 40 sweeps are not enough.
    """
    rows, k = max(m, n), min(m, n)
    columns = rows if full and vectors else k
    work = np.zeros(rows * columns)
    for j in range(n):
        for i in range(m):
            work[i + rows * j if m >= n else j + rows * i] = a[i + lda * j]
    scale = normalize(rows, k, work, rows)
    v = np.zeros(k * k if vectors else 1)
    if vectors:
        for j in range(k):
            v[j + k * j] = 1.0
    info = _orthogonalize(vectors, rows, k, work, v)

    rank = 0
    largest = 0.0
    for j in range(k):
        size = norm(rows, work, rows * j, 1)
        largest = max(largest, size)
        s[j] = 0.0
        if size > NEGLIGIBLE * k * largest:
            s[j] = scale * size
            rank = j + 1
            for i in range(rows):
                work[i + rows * j] /= size
    if not vectors:
        return info
    if rank < columns:
        _complete(rows, columns, rank, work)
    # work diag(s) v^T is A or, if that is tall, A^T.
    for j in range(columns):
        for i in range(rows):
            if m >= n:
                u[i + ldu * j] = work[i + rows * j]
            else:
                vt[j + ldvt * i] = work[i + rows * j]
    for j in range(k):
        for i in range(k):
            if m >= n:
                vt[j + ldvt * i] = v[i + k * j]
            else:
                u[i + ldu * j] = v[i + k * j]
    return info


@portable
def gelsd(
    m: int, n: int, nrhs: int, a: Any, lda: int, b: Any, ldb: int, s: Any, rcond: float
) -> tuple[int, int]:
    """Replace B by the least-squares solution X of least norm (``numba_ez_gelsd``).

    B has max(m, n) rows. Singular values, returned in s, up to ``rcond * s[0]`` count as zero; an
    rcond outside (0, 1) stands for 2**-53, as in LAPACK. Returns the `info` of `svd` and the
    rank. If the rank is n, the squares of B's entries below X sum to the squared residual.
    """
    k = min(m, n)
    u, vt, coefficients = np.empty(m * k), np.empty(k * n), np.empty(k)
    info = svd(False, True, m, n, a, lda, s, u, m, vt, k)
    if not 0.0 < rcond < 1.0:
        rcond = EPSILON / 2.0
    rank = 0
    while rank < k and s[rank] > rcond * s[0]:
        rank += 1
    for j in range(nrhs):
        at = ldb * j
        for p in range(rank):
            along = 0.0
            for i in range(m):
                along += u[i + m * p] * b[i + at]
            for i in range(m):
                b[i + at] -= along * u[i + m * p]
            coefficients[p] = along / s[p]
        residual = norm(m, b, at, 1)
        for i in range(max(m, n)):
            b[i + at] = residual if i == n else 0.0
        for i in range(n):
            for p in range(rank):
                b[i + at] += coefficients[p] * vt[p + k * i]
    return info, rank


@portable
def _orthogonalize(vectors: bool, m: int, n: int, a: Any, v: Any) -> int:
    """Make the columns of A orthogonal, the longest first, by rotations that v gathers."""
    floor = 0.0
    for i in range(m * n):
        floor += NEGLIGIBLE * a[i] * (NEGLIGIBLE * a[i])
    tolerance = EPSILON * np.sqrt(1.0 * m)
    for _ in range(40):
        clean = True
        for left in range(n - 1):
            for right in range(left + 1, n):
                p, q = m * left, m * right
                alpha, beta, gamma = 0.0, 0.0, 0.0
                for i in range(m):
                    alpha += a[p + i] * a[p + i]
                    beta += a[q + i] * a[q + i]
                    gamma += a[p + i] * a[q + i]
                cosine, sine = 1.0, 0.0
                if abs(gamma) > tolerance * np.sqrt(alpha) * np.sqrt(beta) and beta > floor < alpha:
                    zeta = (beta - alpha) / (2.0 * gamma)
                    tangent = 1.0 / (abs(zeta) + np.sqrt(1.0 + zeta * zeta))
                    cosine = 1.0 / np.sqrt(1.0 + tangent * tangent)
                    sine = cosine * tangent if zeta >= 0.0 else -cosine * tangent
                elif alpha >= beta:
                    continue
                if alpha < beta:
                    cosine, sine = sine, -cosine
                clean = False
                rotate(m, a, p, q, cosine, sine)
                if vectors:
                    rotate(n, v, n * left, n * right, cosine, sine)
        if clean:
            return 0
    return 1


@portable
def _complete(m: int, n: int, k: int, a: Any) -> None:
    """Extend k orthonormal columns to n of them."""
    tau, signs = np.empty(k), np.empty(k)
    geqrf(m, k, a, m, tau)
    for j in range(k):
        signs[j] = a[j + m * j]  # of R, which is diagonal here: 1 or -1
    form_q(m, n, k, a, 0, m, tau)
    for j in range(k):
        for i in range(m):
            if signs[j] < 0.0:
                a[i + m * j] = -a[i + m * j]
