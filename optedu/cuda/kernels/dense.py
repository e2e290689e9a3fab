"""Half a round of Sinkhorn's iteration in the log domain, on a stored cost.

New potentials of the rows are f_i = t (log a_i - log sum_j exp((g_j - C_ij) / t)), those of the
columns the same with C'. Each entry is read once and is the argument of one exponential, and a
quarter: four columns are loaded at a time, before anything is done with them, and the running sum
is brought to their largest exponent, so that there is no overflow and no second pass. Rows: a warp
per row, whose lanes merge (maximum, sum) by shuffles. Columns: 32 neighbours per block, 8 threads
for each, the rows split among blocks, so that reads are whole lines in both directions and C' is
never stored.

The plan of the old potentials has the row sums a_i exp((f_old - f_new) / t): the marginal's error
|a_i - row sum| comes with the step, for nothing.

Bytes: n m times the size of a number. Bound by bandwidth in float32, near the rate of exp in
float64.
"""

from __future__ import annotations

import math

from numba import cuda

from optedu.cuda.kernels.reductions import ALL, WARP

WARPS = 4
THREADS = WARPS * WARP
GROUPS = 8
"""Threads of a block that share a column."""

LOW = -1e30
"""An exponent of nothing; float32 holds it, and differences of it are numbers still."""


@cuda.jit(device=True)
def higher(a, b):
    """Return the larger number."""
    return a if a > b else b


@cuda.jit(device=True)
def written(log_sum, old, log_weight, t, i, new, errors):
    """Write the new potential, and how far the plan of the old one is from the weight."""
    errors[i] = abs(math.exp(log_weight) - math.exp(old[i] / t + log_sum))
    new[i] = t * (log_weight - log_sum)


def rows(C, old, other, log_weights, t, new, errors):
    """Write new (n,), the best potentials of the rows for `other` (m,), and errors (n,)."""
    kind = C.dtype.type
    n, m = C.shape
    lane, step = cuda.threadIdx.x % WARP, cuda.gridDim.x * WARPS
    for i in range(cuda.blockIdx.x * WARPS + cuda.threadIdx.x // WARP, n, step):
        top, sum_ = kind(LOW), kind(0)
        for j in range(lane, m, 4 * WARP):
            j1, j2, j3 = j + WARP, j + 2 * WARP, j + 3 * WARP
            e0, e1, e2, e3 = (other[j] - C[i, j]) / t, kind(LOW), kind(LOW), kind(LOW)
            if j1 < m:
                e1 = (other[j1] - C[i, j1]) / t
            if j2 < m:
                e2 = (other[j2] - C[i, j2]) / t
            if j3 < m:
                e3 = (other[j3] - C[i, j3]) / t
            high = higher(higher(top, higher(e0, e1)), higher(e2, e3))
            sum_ = sum_ * math.exp(top - high) + (
                (math.exp(e0 - high) + math.exp(e1 - high))
                + (math.exp(e2 - high) + math.exp(e3 - high))
            )
            top = high
        lanes = 16
        while lanes > 0:
            their_top = cuda.shfl_xor_sync(ALL, top, lanes)
            their_sum = cuda.shfl_xor_sync(ALL, sum_, lanes)
            high = higher(top, their_top)
            sum_ = sum_ * math.exp(top - high) + their_sum * math.exp(their_top - high)
            top = high
            lanes //= 2
        if lane == 0:
            written(top + math.log(sum_), old, log_weights[i], t, i, new, errors)


def columns(C, other, t, tops, sums):
    """Write, for each share of the rows, the largest exponent of each column and its sum (s, m)."""
    kind = C.dtype.type
    n, m = C.shape
    shared_tops = cuda.shared.array((GROUPS, WARP), C.dtype)
    shared_sums = cuda.shared.array((GROUPS, WARP), C.dtype)
    x, y = cuda.threadIdx.x, cuda.threadIdx.y
    j = cuda.blockIdx.x * WARP + x
    top, sum_ = kind(LOW), kind(0)
    if j < m:
        step = GROUPS * cuda.gridDim.y
        for i in range(cuda.blockIdx.y * GROUPS + y, n, 4 * step):
            i1, i2, i3 = i + step, i + 2 * step, i + 3 * step
            e0, e1, e2, e3 = (other[i] - C[i, j]) / t, kind(LOW), kind(LOW), kind(LOW)
            if i1 < n:
                e1 = (other[i1] - C[i1, j]) / t
            if i2 < n:
                e2 = (other[i2] - C[i2, j]) / t
            if i3 < n:
                e3 = (other[i3] - C[i3, j]) / t
            high = higher(higher(top, higher(e0, e1)), higher(e2, e3))
            sum_ = sum_ * math.exp(top - high) + (
                (math.exp(e0 - high) + math.exp(e1 - high))
                + (math.exp(e2 - high) + math.exp(e3 - high))
            )
            top = high
    shared_tops[y, x] = top
    shared_sums[y, x] = sum_
    cuda.syncthreads()
    if y == 0 and j < m:
        for group in range(1, GROUPS):
            high = higher(top, shared_tops[group, x])
            sum_ = sum_ * math.exp(top - high) + shared_sums[group, x] * math.exp(
                shared_tops[group, x] - high
            )
            top = high
        tops[cuda.blockIdx.y, j] = top
        sums[cuda.blockIdx.y, j] = sum_


def merged(tops, sums, old, log_weights, t, new, errors):
    """Write the new potentials of the columns from all shares, and the errors (m,)."""
    j = cuda.grid(1)
    if j < new.size:
        top, sum_ = tops[0, j], sums[0, j]
        for share in range(1, tops.shape[0]):
            high = higher(top, tops[share, j])
            sum_ = sum_ * math.exp(top - high) + sums[share, j] * math.exp(tops[share, j] - high)
            top = high
        written(top + math.log(sum_), old, log_weights[j], t, j, new, errors)
