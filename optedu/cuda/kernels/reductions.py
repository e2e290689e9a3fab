"""Sums and minima over warps, blocks and whole arrays, in a fixed order.

A warp adds 32 numbers in five shuffles, register to register. A block adds the sums of its warps in
shared memory. What is left of the grid, one number or one row per block, is added by a second
kernel: an atomic addition would save that launch, and lose the order, and with it the bits.

Bytes: the array once. Bound by bandwidth.
"""

from __future__ import annotations

import math

from optedu.cuda.kernels.access import at, entry
from optedu.cuda.portable import portable_kernel
from optedu.cuda.target import cuda

WARP = 32
ALL = 0xFFFFFFFF
"""All lanes of a warp take part."""

THREADS = 256

GROUPS = 8
"""Threads of a block that share a column."""


@cuda.jit(device=True)
def warp_sum(value):
    """Return the sum over the warp, in every lane."""
    lanes = 16
    while lanes > 0:
        value += cuda.shfl_xor_sync(ALL, value, lanes)
        lanes //= 2
    return value


@cuda.jit(device=True)
def warp_minimum(value):
    """Return the least over the warp, in every lane."""
    lanes = 16
    while lanes > 0:
        other = cuda.shfl_xor_sync(ALL, value, lanes)
        value = other if other < value else value
        lanes //= 2
    return value


@cuda.jit(device=True)
def block_sum(value, sums):
    """Return the sum over the block in all its threads; `sums` is shared, one entry per warp."""
    value = warp_sum(value)
    thread = cuda.threadIdx.x + cuda.threadIdx.y * cuda.blockDim.x
    if thread % WARP == 0:
        sums[thread // WARP] = value
    cuda.syncthreads()
    total = sums[0]
    for warp in range(1, cuda.blockDim.x * cuda.blockDim.y // WARP):
        total += sums[warp]
    cuda.syncthreads()
    return total


def total(values, out):
    """Write each block's sum of its share of a vector, out (blocks,)."""
    sums = cuda.shared.array(32, values.dtype)
    mine = values.dtype.type(0)
    for i in range(cuda.grid(1), values.size, cuda.gridsize(1)):
        mine += at(values, i)
    mine = block_sum(mine, sums)
    if cuda.threadIdx.x == 0:
        out[cuda.blockIdx.x] = mine


def minimum(values, out):
    """Write each block's least entry of its share of a vector, out (blocks,)."""
    least = cuda.shared.array(32, values.dtype)
    mine = values[0]
    for i in range(cuda.grid(1), values.size, cuda.gridsize(1)):
        mine = at(values, i) if at(values, i) < mine else mine
    mine = warp_minimum(mine)
    if cuda.threadIdx.x % WARP == 0:
        least[cuda.threadIdx.x // WARP] = mine
    cuda.syncthreads()
    if cuda.threadIdx.x == 0:
        for warp in range(1, cuda.blockDim.x // WARP):
            mine = least[warp] if least[warp] < mine else mine
        out[cuda.blockIdx.x] = mine


def sum_of_rows(parts, out):
    """Write the sum of the rows of parts (k, d) into out (d,): 8 threads per column."""
    sums = cuda.shared.array((GROUPS, WARP), parts.dtype)
    x, y = cuda.threadIdx.x, cuda.threadIdx.y
    column, row, mine = cuda.blockIdx.x * WARP + x, y, parts.dtype.type(0)
    if column < out.size:
        while row < parts.shape[0]:
            mine += entry(parts, row, column)
            row += GROUPS
    sums[y, x] = mine
    cuda.syncthreads()
    if y == 0 and column < out.size:
        for group in range(1, GROUPS):
            mine += sums[group, x]
        out[column] = mine


@portable_kernel
def logarithms(i, x, out):
    """Write log x_i, minus infinity for 0."""
    out[i] = math.log(x[i]) if x[i] > 0 else x.dtype.type(-math.inf)
