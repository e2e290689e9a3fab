"""Factors QR by Householder's reflections, and rotations."""

from __future__ import annotations

from typing import Any

from optedu.browser.runtime.linear_algebra.products import norm
from optedu.protocol import portable


@portable
def geqrf(m: int, n: int, a: Any, lda: int, tau: Any) -> int:
    """Factor A = Q R by Householder reflections, with LAPACK's signs (``numba_ez_geqrf``).

    R replaces the upper triangle. Reflection k is I - tau[k] v v^T; v is zero above k, one at k,
    and stands below the diagonal in column k (Golub and Van Loan, Matrix Computations, section
    5.2).
    """
    for k in range(min(m, n)):
        at = k + lda * k
        tau[k] = reflection(m - k, a, at)
        reflect(m - k, n - k - 1, a, at, tau[k], at + lda, lda)
    return 0


@portable
def orgqr(m: int, n: int, k: int, a: Any, lda: int, tau: Any) -> int:
    """Replace the k reflections of `geqrf` by the first n columns of Q (``numba_ez_xxgqr``)."""
    form_q(m, n, k, a, 0, lda, tau)
    return 0


@portable
def reflection(n: int, x: Any, at: int) -> float:
    """Replace a vector by the reflection that takes it to a multiple of e_1 (LAPACK's larfg).

    That multiple goes to the first place, the rest of v, whose first entry is one, behind it;
    tau is returned.
    """
    if norm(n - 1, x, at + 1, 1) == 0.0:
        return 0.0
    first = x[at]
    size = norm(n, x, at, 1)
    image = size if first < 0.0 else -size
    for i in range(1, n):
        x[at + i] /= first - image
    x[at] = image
    return (image - first) / image


@portable
def reflect(m: int, n: int, a: Any, v: int, tau: float, at: int, lda: int) -> None:
    """Apply the reflection at place v to the (m, n) block at a place, from the left."""
    for j in range(n):
        first = at + lda * j
        along = a[first]
        for i in range(1, m):
            along += a[v + i] * a[first + i]
        along *= tau
        a[first] -= along
        for i in range(1, m):
            a[first + i] -= along * a[v + i]


@portable
def form_q(m: int, n: int, k: int, a: Any, at: int, lda: int, tau: Any) -> None:
    """Do `orgqr` on the block at a place."""
    for j in range(n - 1, -1, -1):
        column = at + lda * j
        if j < k:
            reflect(m - j, n - j - 1, a, column + j, tau[j], column + j + lda, lda)
        for i in range(m):
            if i < j or j >= k:
                a[column + i] = 0.0
            elif i > j:
                a[column + i] *= -tau[j]
        a[column + j] = 1.0 - tau[j] if j < k else 1.0


@portable
def rotate(n: int, a: Any, left: int, right: int, cosine: float, sine: float) -> None:
    """Turn two columns, given by their places: c l - s r and s l + c r."""
    for i in range(n):
        x, y = a[left + i], a[right + i]
        a[left + i] = cosine * x - sine * y
        a[right + i] = sine * x + cosine * y
