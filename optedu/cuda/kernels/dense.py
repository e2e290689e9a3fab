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

from optedu.cuda.kernels.access import at, entry
from optedu.cuda.kernels.reductions import ALL, GROUPS, WARP
from optedu.cuda.target import cuda

WARPS = 4
THREADS = WARPS * WARP
LOW = -1e30
"""An exponent of nothing; float32 holds it, and differences of it are numbers still."""


@cuda.jit(device=True)
def higher(a, b):
    """Return the larger number."""
    return a if a > b else b


@cuda.jit(device=True)
def joined(top, sum_, other_top, other_sum):
    """Return the largest exponent of two sums, each relative to its own, and their sum."""
    high = higher(top, other_top)
    return high, sum_ * math.exp(top - high) + other_sum * math.exp(other_top - high)


@cuda.jit(device=True)
def exponent(C, i, j, other, k, per_t):
    """Return (other_k - C_ij) / t, or an exponent of nothing outside of the matrix."""
    if i < C.shape[0] and j < C.shape[1]:
        return (at(other, k) - entry(C, i, j)) * per_t
    return C.dtype.type(LOW)


@cuda.jit(device=True)
def with_four(top, sum_, C, i, j, other, k, down, across, per_t):
    """Return the largest exponent, and the sum relative to it, after four entries more of C."""
    step = down + across
    e0 = exponent(C, i, j, other, k, per_t)
    e1 = exponent(C, i + down, j + across, other, k + step, per_t)
    e2 = exponent(C, i + 2 * down, j + 2 * across, other, k + 2 * step, per_t)
    e3 = exponent(C, i + 3 * down, j + 3 * across, other, k + 3 * step, per_t)
    high = higher(higher(top, higher(e0, e1)), higher(e2, e3))
    more = (math.exp(e0 - high) + math.exp(e1 - high)) + (math.exp(e2 - high) + math.exp(e3 - high))
    return high, sum_ * math.exp(top - high) + more


@cuda.jit(device=True)
def written(log_sum, old, log_weight, t, i, new, errors):
    """Write the new potential, and how far the plan of the old one is from the weight."""
    errors[i] = abs(math.exp(log_weight) - math.exp(old[i] / t + log_sum))
    new[i] = t * (log_weight - log_sum)


def rows(C, old, other, log_weights, t, new, errors):
    """Write new (n,), the best potentials of the rows for `other` (m,), and errors (n,)."""
    kind = C.dtype.type
    n, m = C.shape
    per_t = kind(1) / t
    lane, step = cuda.threadIdx.x % WARP, cuda.gridDim.x * WARPS
    for i in range(cuda.blockIdx.x * WARPS + cuda.threadIdx.x // WARP, n, step):
        top, sum_ = kind(LOW), kind(0)
        for j in range(lane, m, 4 * WARP):
            top, sum_ = with_four(top, sum_, C, i, j, other, j, 0, WARP, per_t)
        lanes = 16
        while lanes > 0:
            their_top = cuda.shfl_xor_sync(ALL, top, lanes)
            their_sum = cuda.shfl_xor_sync(ALL, sum_, lanes)
            top, sum_ = joined(top, sum_, their_top, their_sum)
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
    j, per_t = cuda.blockIdx.x * WARP + x, kind(1) / t
    top, sum_ = kind(LOW), kind(0)
    if j < m:
        step = GROUPS * cuda.gridDim.y
        for i in range(cuda.blockIdx.y * GROUPS + y, n, 4 * step):
            top, sum_ = with_four(top, sum_, C, i, j, other, i, step, 0, per_t)
    shared_tops[y, x] = top
    shared_sums[y, x] = sum_
    cuda.syncthreads()
    if y == 0 and j < m:
        for group in range(1, GROUPS):
            top, sum_ = joined(top, sum_, shared_tops[group, x], shared_sums[group, x])
        tops[cuda.blockIdx.y, j] = top
        sums[cuda.blockIdx.y, j] = sum_


def merged(tops, sums, old, log_weights, t, new, errors):
    """Write the new potentials of the columns from all shares, and the errors (m,)."""
    j = cuda.grid(1)
    if j < new.size:
        top, sum_ = tops[0, j], sums[0, j]
        for share in range(1, tops.shape[0]):
            top, sum_ = joined(top, sum_, tops[share, j], sums[share, j])
        written(top + math.log(sum_), old, log_weights[j], t, j, new, errors)
