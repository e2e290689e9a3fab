"""Value and gradient of a loss of A w: 0.5 ||A w - y||^2, or the mean logistic loss of the rows.

Two products with A, z = A w and A' r(z), and A is read once: a warp takes a row, or up to eight
short ones, keeps it in registers, multiplies it with w by shuffles, and adds r(z) times the same
row to its own part of the gradient, in registers too. At the end a block adds its warps, and a
second kernel the blocks. That holds up to 512 columns. Wider matrices are read twice: r first, then
A' r, a thread per column.

Bytes: n d times the size of a number, or twice that. Bound by bandwidth.
"""

from __future__ import annotations

import functools
import math

from optedu.cuda.kernels.access import at, entry
from optedu.cuda.kernels.reductions import ALL, WARP, block_sum, warp_sum
from optedu.cuda.target import cuda

WARPS = 4
THREADS = WARPS * WARP
WIDEST = 16
"""Columns per lane of a row that is kept in registers."""

AT_ONCE = 8
"""Numbers that a thread asks for before the first has come."""

SQUARES, LOGISTIC = 0, 1


@cuda.jit(device=True)
def told(z, y, loss, scale):
    """Return what a row's loss is at its output z: its derivative, and its value."""
    one = scale / scale
    if loss == SQUARES:
        return scale * (z - y), scale * (z - y) * (z - y) / (one + one)
    margin = y * z
    e = math.exp(-abs(margin))
    value = math.log1p(e)
    share = e / (one + e)
    if margin < 0:
        value -= margin
        share = one / (one + e)
    return -scale * y * share, scale * value


@functools.cache
def fused(k):
    """Return the kernel for matrices with 32 (k - 1) + 1 to 32 k columns."""
    width, rows = WARP * k, max(1, AT_ONCE // k)
    size = rows * k

    def fused_gradient(A, y, w, loss, scale, parts, values):
        """Write each block's part of the gradient, parts (blocks, d), and of the value."""
        kind = A.dtype.type
        n, d = A.shape
        sums = cuda.shared.array(WARPS, A.dtype)
        gradients = cuda.shared.array((WARPS, width), A.dtype)
        mine, weights = cuda.local.array(k, A.dtype), cuda.local.array(k, A.dtype)
        row = cuda.local.array(size, A.dtype)
        lane, warp = cuda.threadIdx.x % WARP, cuda.threadIdx.x // WARP
        for c in range(k):
            mine[c] = kind(0)
            weights[c] = at(w, lane + WARP * c) if lane + WARP * c < d else kind(0)
        value, step = kind(0), cuda.gridDim.x * WARPS * rows
        for first in range((cuda.blockIdx.x * WARPS + warp) * rows, n, step):
            for q in range(rows):
                for c in range(k):
                    # All columns but a lane's last are there.
                    there = first + q < n and (c < k - 1 or lane + WARP * c < d)
                    row[q * k + c] = entry(A, first + q, lane + WARP * c) if there else kind(0)
            # Every lane has all outputs; each asks for the loss of one, and passes on what it is.
            z_own = kind(0)
            for q in range(rows):
                z = kind(0)
                for c in range(k):
                    z += row[q * k + c] * weights[c]
                z = warp_sum(z)
                z_own = z if lane == q else z_own
            is_row = lane < rows and first + lane < n
            r_own, part = told(z_own, at(y, first + lane if is_row else first), loss, scale)
            value += part if is_row else kind(0)
            for q in range(rows):
                r = cuda.shfl_sync(ALL, r_own, q)
                for c in range(k):
                    mine[c] += r * row[q * k + c]
        for c in range(k):
            gradients[warp, lane + WARP * c] = mine[c]
        value = block_sum(value, sums)
        for column in range(cuda.threadIdx.x, d, THREADS):
            whole = gradients[0, column]
            for other in range(1, WARPS):
                whole += gradients[other, column]
            parts[cuda.blockIdx.x, column] = whole
        if cuda.threadIdx.x == 0:
            values[cuda.blockIdx.x] = value

    return fused_gradient


def residuals(A, y, w, loss, scale, r, values):
    """Write the derivative and the value of each row's loss at its output; a warp per row."""
    n, d = A.shape
    lane, warp = cuda.threadIdx.x % WARP, cuda.threadIdx.x // WARP
    for i in range(cuda.blockIdx.x * WARPS + warp, n, cuda.gridDim.x * WARPS):
        z = A.dtype.type(0)
        column = lane
        while column < d:
            z += entry(A, i, column) * at(w, column)
            column += WARP
        z = warp_sum(z)
        derivative, value = told(z, y[i], loss, scale)
        if lane == 0:
            r[i] = derivative
            values[i] = value


def transposed(A, r, parts):
    """Write A' r for each share of the rows, parts (shares, d); a thread per column."""
    n, d = A.shape
    column = cuda.grid(1)
    if column < d:
        mine, i, step = A.dtype.type(0), cuda.blockIdx.y, cuda.gridDim.y
        while i + (AT_ONCE - 1) * step < n:
            for _ in range(AT_ONCE):
                mine += entry(A, i, column) * at(r, i)
                i += step
        while i < n:
            mine += entry(A, i, column) * at(r, i)
            i += step
        parts[cuda.blockIdx.y, column] = mine
