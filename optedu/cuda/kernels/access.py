"""Reading entries whose indices are known not to be negative.

Numba takes A[-1] for the last entry, as Python does, and so looks at each index first: in 64 bits,
up to four instructions, more than many a loop has work. An unsigned index is not looked at.
"""

from __future__ import annotations

import numpy as np

from optedu.cuda.target import cuda


@cuda.jit(device=True)
def at(a, i):
    """Return a[i] for i >= 0."""
    return a[np.uint64(i)]


@cuda.jit(device=True)
def entry(A, i, j):
    """Return A[i, j] for i, j >= 0."""
    return A[np.uint64(i), np.uint64(j)]
