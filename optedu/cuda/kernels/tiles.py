"""Tiles of products of matrices, whose factors pass through shared memory.

A block of 16 x 16 threads makes a tile of 64 x 64 entries, 16 terms at a time from shared memory,
each thread 4 x 4 entries in registers: 8 numbers read for 16 multiplications and additions. A
thread's rows and columns are pairs of neighbours, so that two numbers come with one instruction,
and rows of shared memory are two numbers longer than a tile: what 16 threads write below each other
lies in different banks.
"""

from __future__ import annotations

from optedu.cuda.kernels.access import entry
from optedu.cuda.target import cuda

SIDE, EACH, DEPTH = 16, 4, 16
"""Threads along a side of a block, entries of a thread along a side, terms at a time."""

TILE = SIDE * EACH
PADDED, SQUARE = TILE + 2, EACH * EACH


@cuda.jit(device=True)
def position(thread, entry):
    """Return where in a tile an entry of a thread lies, along a side: 2 x, 2 x + 1, and behind."""
    return 2 * thread + entry % 2 + entry // 2 * 2 * SIDE


@cuda.jit(device=True)
def clear(entries):
    """Write zeros."""
    for a in range(SQUARE):
        entries[a] = entries.dtype.type(0)


@cuda.jit(device=True)
def multiply(left, right, entries):
    """Add to a thread's entries those of left' right, of slices (DEPTH, PADDED)."""
    x, y = cuda.threadIdx.x, cuda.threadIdx.y
    k = 0
    while k < DEPTH:
        for a in range(EACH):
            for b in range(EACH):
                entries[a * EACH + b] += left[k, position(y, a)] * right[k, position(x, b)]
        k += 1


@cuda.jit(device=True)
def product(X, W, first, start, left, right, entries):
    """Make a thread's entries of X W', of the tile that begins at row `first`, column `start`."""
    kind = X.dtype.type
    n, d = X.shape
    count = W.shape[0]
    x, y = cuda.threadIdx.x, cuda.threadIdx.y
    clear(entries)
    for low in range(0, d, DEPTH):
        for a in range(EACH):
            i, p, k = first + y + SIDE * a, start + y + SIDE * a, low + x
            left[x, y + SIDE * a] = entry(X, i, k) if i < n and k < d else kind(0)
            right[x, y + SIDE * a] = entry(W, p, k) if p < count and k < d else kind(0)
        cuda.syncthreads()
        multiply(left, right, entries)
        cuda.syncthreads()


def adjoint_of(entry_of):
    """Return the device function that makes G'X for weights G (n, count), which are never stored.

    Parameters
    ----------
    entry_of : callable
        ``entry_of(D, r, i, p)`` returns G_ip.
    """

    @cuda.jit(device=True)
    def adjoint(X, D, r, count, parts, left, right, entries):
        """Write G'X over each share of the rows, parts (shares, count d)."""
        kind = X.dtype.type
        n, d = X.shape
        x, y = cuda.threadIdx.x, cuda.threadIdx.y
        across = (d + TILE - 1) // TILE
        first, start = cuda.blockIdx.x // across * TILE, cuda.blockIdx.x % across * TILE
        clear(entries)
        for low in range(cuda.blockIdx.y * DEPTH, n, cuda.gridDim.y * DEPTH):
            i = low + y
            for a in range(EACH):
                p, k = first + x + SIDE * a, start + x + SIDE * a
                left[y, x + SIDE * a] = entry_of(D, r, i, p) if i < n and p < count else kind(0)
                right[y, x + SIDE * a] = entry(X, i, k) if i < n and k < d else kind(0)
            cuda.syncthreads()
            multiply(left, right, entries)
            cuda.syncthreads()
        for a in range(EACH):
            for b in range(EACH):
                p, k = first + position(y, a), start + position(x, b)
                if p < count and k < d:
                    parts[cuda.blockIdx.y, p * d + k] = entries[a * EACH + b]

    return adjoint
