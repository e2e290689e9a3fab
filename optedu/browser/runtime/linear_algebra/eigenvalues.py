"""Eigenvalues and eigenvectors of symmetric matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.browser.runtime.linear_algebra.products import EPSILON, normalize
from optedu.browser.runtime.linear_algebra.reflections import form_q, reflection, rotate
from optedu.protocol import portable


@portable
def syevd(vectors: bool, lower: bool, n: int, a: Any, lda: int, w: Any) -> int:
    """Return the eigenvalues of a symmetric matrix, ascending, in w (``numba_ez_xxxevd``).

    Only the triangle named is read. With `vectors` the orthonormal eigenvectors replace A, column
    for column; else A is destroyed. Householder reflections to a tridiagonal matrix, then QL
    steps with implicit shifts (Golub and Van Loan, Matrix Computations, section 8.3). Returns
    the index, counted from one, of an eigenvalue not found in 50 steps.
    """
    for j in range(n):
        for i in range(j):
            if lower:
                a[i + lda * j] = a[j + lda * i]
            else:
                a[j + lda * i] = a[i + lda * j]
    scale = normalize(n, n, a, lda)
    e = np.zeros(n)
    _tridiagonalize(vectors, n, a, lda, w, e)
    largest = 0.0
    for i in range(n):
        largest = max(largest, abs(w[i]) + abs(e[i]))
    info = 0
    for k in range(n):
        for step in range(51):
            end = k
            while end < n - 1 and abs(e[end]) > EPSILON * (
                abs(w[end]) + abs(w[end + 1]) + EPSILON * largest
            ):
                end += 1
            if end == k:
                break
            if step == 50:
                info = k + 1
            else:
                _ql_step(vectors, n, k, end, w, e, a, lda)
    for k in range(n):
        least = k
        for i in range(k + 1, n):
            if w[i] < w[least]:
                least = i
        w[k], w[least] = w[least], w[k]
        w[k] *= scale
        if vectors and least != k:
            for i in range(n):
                a[i + lda * k], a[i + lda * least] = a[i + lda * least], a[i + lda * k]
    return info


@portable
def _tridiagonalize(vectors: bool, n: int, a: Any, lda: int, d: Any, e: Any) -> None:
    """Write A = Q T Q^T: the diagonal of T to d, the one below it to e, Q to A if asked."""
    tau, p = np.empty(n), np.empty(n)
    for k in range(n - 1):
        first = k + 1
        v = first + lda * k
        size = n - first
        tau[k] = reflection(size, a, v)
        e[k] = a[v]
        a[v] = 1.0
        # H B H = B - v p^T - p v^T
        along = 0.0
        for i in range(size):
            p[i] = 0.0
        for j in range(size):
            for i in range(size):
                p[i] += tau[k] * a[v + j] * a[first + i + lda * (first + j)]
        for i in range(size):
            along += p[i] * a[v + i]
        for i in range(size):
            p[i] -= 0.5 * tau[k] * along * a[v + i]
        for j in range(size):
            for i in range(size):
                a[first + i + lda * (first + j)] -= a[v + i] * p[j] + p[i] * a[v + j]
    for k in range(n):
        d[k] = a[k + lda * k]
    if vectors and n > 0:
        for k in range(n - 1, 0, -1):
            a[lda * k] = 0.0
            for i in range(k, n):
                a[i + lda * k] = a[i + lda * (k - 1)]
        for i in range(n):
            a[i] = 1.0 if i == 0 else 0.0
        form_q(n - 1, n - 1, n - 1, a, 1 + lda, lda, tau)


@portable
def _ql_step(vectors: bool, n: int, start: int, end: int, d: Any, e: Any, q: Any, ldq: int) -> None:
    """Take one implicit QL step on the rows start to end of a tridiagonal matrix."""
    shift = (d[start + 1] - d[start]) / (2.0 * e[start])
    root = np.sqrt(shift * shift + 1.0)
    g = d[end] - d[start] + e[start] / (shift + (root if shift >= 0.0 else -root))
    sine, cosine, moved = 1.0, 1.0, 0.0
    for i in range(end - 1, start - 1, -1):
        f, b = sine * e[i], cosine * e[i]
        length = np.sqrt(f * f + g * g)
        e[i + 1] = length
        if length == 0.0:
            d[i + 1] -= moved
            e[end] = 0.0
            return
        sine, cosine = f / length, g / length
        g = d[i + 1] - moved
        r = (d[i] - g) * sine + 2.0 * cosine * b
        moved = sine * r
        d[i + 1] = g + moved
        g = cosine * r - b
        if vectors:
            rotate(n, q, ldq * i, ldq * (i + 1), cosine, sine)
    d[start] -= moved
    e[start] = g
    e[end] = 0.0
