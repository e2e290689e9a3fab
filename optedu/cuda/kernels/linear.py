"""Value and gradient of a loss of A w: 0.5 ||A w - y||^2, or the mean logistic loss of the rows.

Two products with A, z = A w and A' r(z), and A is read once: a warp takes a row, keeps it in
registers, multiplies it with w by shuffles, and adds r(z) times the same row to its own part of the
gradient, in registers too. At the end a block adds its warps, and a second kernel the blocks. That
holds up to 512 columns. Wider matrices are read twice: r first, then A' r, a thread per column.

Bytes: n d times the size of a number, or twice that. Bound by bandwidth.
"""

from __future__ import annotations

import functools
import math

from numba import cuda

from optedu.cuda.kernels.reductions import WARP, block_sum, warp_sum

WARPS = 4
THREADS = WARPS * WARP
WIDEST = 16
"""Columns per lane of a row that is kept in registers."""

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
    width = WARP * k

    def fused_gradient(A, y, w, loss, scale, parts, values):
        """Write each block's part of the gradient, parts (blocks, d), and of the value."""
        kind = A.dtype.type
        n, d = A.shape
        sums = cuda.shared.array(WARPS, A.dtype)
        gradients = cuda.shared.array((WARPS, width), A.dtype)
        mine, row = cuda.local.array(k, A.dtype), cuda.local.array(k, A.dtype)
        weights = cuda.local.array(k, A.dtype)
        lane, warp = cuda.threadIdx.x % WARP, cuda.threadIdx.x // WARP
        for c in range(k):
            mine[c] = kind(0)
            weights[c] = w[lane + WARP * c] if lane + WARP * c < d else kind(0)
        value = kind(0)
        for i in range(cuda.blockIdx.x * WARPS + warp, n, cuda.gridDim.x * WARPS):
            z = kind(0)
            for c in range(k):
                row[c] = A[i, lane + WARP * c] if lane + WARP * c < d else kind(0)
                z += row[c] * weights[c]
            z = warp_sum(z)
            r, part = told(z, y[i], loss, scale)
            value += part
            for c in range(k):
                mine[c] += r * row[c]
        for c in range(k):
            gradients[warp, lane + WARP * c] = mine[c]
        value = block_sum(value if lane == 0 else kind(0), sums)
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
        for column in range(lane, d, WARP):
            z += A[i, column] * w[column]
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
        mine = A.dtype.type(0)
        for i in range(cuda.blockIdx.y, n, cuda.gridDim.y):
            mine += A[i, column] * r[i]
        parts[cuda.blockIdx.y, column] = mine
