"""Half a round of Sinkhorn's iteration between two clouds of points, whose cost is never stored.

C_ij = ||x_i - y_j||^2. One thread per row i holds its point in registers; the block loads a tile of
points y_j and their potentials into shared memory, where all its threads read the same entry at the
same time (one access for a warp). Then (n + m)(d + 2) numbers come from device memory per block
instead of n m: 10^5 points would need 40 GB in float32, and need 2 MB.

The old potential is a good guess at the largest exponent of its row, so the sum is made without
looking for it: one exponential and 2 d + 3 additions and multiplications per pair. A block in which
a row's sum has left the safe range (the first rounds, mostly) does it again, tile by tile with a
running maximum. Bound by the rate of exp and of additions; in float64 by that of float64.
Blocks are small, so that a tile of 64 coordinates in float64 fits into 48 KB of shared memory.
"""

from __future__ import annotations

import functools
import math

from optedu.cuda.kernels.access import entry
from optedu.cuda.kernels.dense import LOW, higher, written
from optedu.cuda.target import cuda

THREADS = 64
"""Rows of a block, and points of a tile."""

WIDEST = 64
"""Coordinates of a point that are kept in registers."""


@functools.cache
def half_step(d):
    """Return the kernel for points with d coordinates, which stay in registers."""

    @cuda.jit(device=True)
    def fetch(Y, other, start, scale, t, points, potentials):
        """Load a tile of points and potentials; behind the last the exponent of nothing."""
        thread, m = cuda.threadIdx.x, Y.shape[0]
        j = start + thread
        source = j if j < m else m - 1
        for k in range(d):
            points[k, thread] = entry(Y, source, k) * scale
        potentials[thread] = other[source] / t if j < m else Y.dtype.type(LOW)

    @cuda.jit(device=True)
    def exponent(guess, x, points, potentials, c):
        """Return the exponent of a pair above a guess."""
        e = guess + potentials[c]
        for k in range(d):
            e -= (x[k] - points[k, c]) * (x[k] - points[k, c])
        return e

    def cloud(X, Y, old, other, log_weights, t, least, new, errors):
        """Write new (n,), the best potentials of X (n, d) for `other` (m,), and errors (n,)."""
        kind = X.dtype.type
        n, m = X.shape[0], Y.shape[0]
        points = cuda.shared.array((d, THREADS), X.dtype)
        potentials = cuda.shared.array(THREADS, X.dtype)
        x = cuda.local.array(d, X.dtype)
        scale, i = kind(1) / math.sqrt(t), cuda.grid(1)
        row = i if i < n else n - 1
        for k in range(d):
            x[k] = X[row, k] * scale
        guess, sum_ = old[row] / t, kind(0)
        for start in range(0, m, THREADS):
            fetch(Y, other, start, scale, t, points, potentials)
            cuda.syncthreads()
            c = 0
            while c < THREADS:
                e = exponent(guess, x, points, potentials, c)
                c += 1
                sum_ += math.exp(e)
            cuda.syncthreads()
        log_sum = math.log(sum_) - guess
        unsafe = sum_ <= least or sum_ * least >= kind(1)
        if cuda.syncthreads_or(1 if unsafe else 0):
            top, sum_ = kind(LOW), kind(0)
            for start in range(0, m, THREADS):
                fetch(Y, other, start, scale, t, points, potentials)
                cuda.syncthreads()
                high, c = top, 0
                while c < THREADS:
                    high = higher(high, exponent(kind(0), x, points, potentials, c))
                    c += 1
                sum_ *= math.exp(top - high)
                c = 0
                while c < THREADS:
                    sum_ += math.exp(exponent(-high, x, points, potentials, c))
                    c += 1
                top = high
                cuda.syncthreads()
            log_sum = top + math.log(sum_)
        if i < n:
            written(log_sum, old, log_weights[i], t, i, new, errors)

    return cloud
