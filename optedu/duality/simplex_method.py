"""The simplex method with Bland's rule, for the small linear programs inside other methods."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable

TOLERANCE, SINGLE_TOLERANCE = 1e-11, 1e-5
"""What counts as zero, in double and in single precision."""


@portable
def simplex_method(A, b, c, basis, limit):
    """Minimize <c, z> subject to A z = b, z >= 0, from a feasible basis.

    Parameters
    ----------
    A : numpy.ndarray, shape (m, n)
    b, c : numpy.ndarray, shapes (m,), (n,)
    basis : numpy.ndarray of int64, shape (m,)
        Columns that form a feasible basis.
    limit : int
        Largest number of pivots.

    Returns
    -------
    tuple
        (z of shape (n,), the dual y of shape (m,), the basis, 0 if it is optimal, 1 if the program
        is unbounded, 2 at the limit).
    """
    m, n = A.shape
    zero = TOLERANCE if A.itemsize == 8 else SINGLE_TOLERANCE
    basis = basis.copy()
    scale = 1.0 + np.max(np.abs(c))
    code, y, z_basic = 2, np.zeros(m), np.zeros(m)
    for _ in range(limit):
        B = np.ascontiguousarray(A[:, basis])
        z_basic = np.linalg.solve(B, b)
        y = np.linalg.solve(np.ascontiguousarray(B.T), c[basis])
        reduced = c - A.T @ y
        entering = -1
        for j in range(n):
            if reduced[j] < -zero * scale:
                entering = j
                break
        if entering < 0:
            code = 0
            break
        d = np.linalg.solve(B, np.ascontiguousarray(A[:, entering]))
        leaving, ratio = -1, np.inf
        for i in range(m):
            if d[i] > zero:
                t = max(z_basic[i], 0.0) / d[i]
                tie = leaving >= 0 and t == ratio and basis[i] < basis[leaving]
                if t < ratio or tie:
                    leaving, ratio = i, t
        if leaving < 0:
            code = 1
            break
        basis[leaving] = entering
    z = np.zeros(n)
    z[basis] = np.maximum(z_basic, 0.0)
    return z, y, basis, code
