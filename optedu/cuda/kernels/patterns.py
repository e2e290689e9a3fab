"""Products with data whose rows patterns switch on and off, as in `optedu.kernels.patterns`.

sum_p D_p X w_p and its adjoint X' D_p r are products of matrices, masked entry by entry, whose
result (n, P) is added up at once and never stored. A block of 16 x 16 threads makes a tile of 64 x
64 of it, 16 terms at a time from shared memory, each thread 4 x 4 entries in registers: 8 numbers
read for 16 multiplications and additions. Patterns are bytes, or bits of 32-bit words: the words
are eight times fewer bytes, and P may be thousands.

Flops: 2 n d P. Bytes: n P (or n P / 8), and X and W once for each 64 rows or columns of the other.
Bound by the rate of additions and multiplications (the units for matrix products are not used: they
would round).
"""

from __future__ import annotations

import functools

from numba import cuda

SIDE, EACH, DEPTH = 16, 4, 16
"""Threads along a side of a block, entries of a thread along a side, terms at a time."""

TILE = SIDE * EACH
PADDED, SQUARE = TILE + 1, EACH * EACH


@cuda.jit(device=True)
def byte_is_on(D, i, p):
    """Whether pattern p switches row i on; a byte each."""
    return D[i, p] != 0


@cuda.jit(device=True)
def bit_is_on(D, i, p):
    """Whether pattern p switches row i on; bit p mod 32 of word p // 32."""
    return (D[i, p // 32] >> (p % 32)) & 1 != 0


@functools.cache
def products(bits):
    """Return the two kernels, for patterns in bits or in bytes."""
    is_on = bit_is_on if bits else byte_is_on

    def masked_sum(X, D, W, parts):
        """Write sum_p D_p X w_p over each share of the patterns, parts (shares, n)."""
        kind = X.dtype.type
        n, d = X.shape
        count = W.shape[0]
        rows = cuda.shared.array((DEPTH, PADDED), X.dtype)
        weights = cuda.shared.array((DEPTH, PADDED), X.dtype)
        entries, sums = cuda.local.array(SQUARE, X.dtype), cuda.local.array(EACH, X.dtype)
        x, y = cuda.threadIdx.x, cuda.threadIdx.y
        first = cuda.blockIdx.x * TILE
        for a in range(EACH):
            sums[a] = kind(0)
        for start in range(cuda.blockIdx.y * TILE, count, cuda.gridDim.y * TILE):
            for a in range(SQUARE):
                entries[a] = kind(0)
            for low in range(0, d, DEPTH):
                for a in range(EACH):
                    i, p, k = first + y + SIDE * a, start + y + SIDE * a, low + x
                    rows[x, y + SIDE * a] = X[i, k] if i < n and k < d else kind(0)
                    weights[x, y + SIDE * a] = W[p, k] if p < count and k < d else kind(0)
                cuda.syncthreads()
                for k in range(DEPTH):
                    for a in range(EACH):
                        for b in range(EACH):
                            entries[a * EACH + b] += (
                                rows[k, y + SIDE * a] * weights[k, x + SIDE * b]
                            )
                cuda.syncthreads()
            for a in range(EACH):
                i = first + y + SIDE * a
                for b in range(EACH):
                    p = start + x + SIDE * b
                    if i < n and p < count and is_on(D, i, p):
                        sums[a] += entries[a * EACH + b]
        for a in range(EACH):
            whole, lanes = sums[a], SIDE // 2
            while lanes > 0:
                whole += cuda.shfl_xor_sync(0xFFFFFFFF, whole, lanes)
                lanes //= 2
            i = first + y + SIDE * a
            if x == 0 and i < n:
                parts[cuda.blockIdx.y, i] = whole

    def masked_adjoint(X, D, r, parts):
        """Write X' D_p r over each share of the rows, parts (shares, P d)."""
        kind = X.dtype.type
        n, d = X.shape
        count = parts.shape[1] // d
        rows = cuda.shared.array((DEPTH, TILE), X.dtype)
        gates = cuda.shared.array((DEPTH, TILE), X.dtype)
        entries = cuda.local.array(SQUARE, X.dtype)
        x, y = cuda.threadIdx.x, cuda.threadIdx.y
        across = (d + TILE - 1) // TILE
        first_p, first_k = cuda.blockIdx.x // across * TILE, cuda.blockIdx.x % across * TILE
        for a in range(SQUARE):
            entries[a] = kind(0)
        for low in range(cuda.blockIdx.y * DEPTH, n, cuda.gridDim.y * DEPTH):
            i = low + y
            for a in range(EACH):
                p, k = first_p + x + SIDE * a, first_k + x + SIDE * a
                rows[y, x + SIDE * a] = X[i, k] if i < n and k < d else kind(0)
                on = i < n and p < count and is_on(D, i, p)
                gates[y, x + SIDE * a] = r[i] if on else kind(0)
            cuda.syncthreads()
            for k in range(DEPTH):
                for a in range(EACH):
                    for b in range(EACH):
                        entries[a * EACH + b] += gates[k, y + SIDE * a] * rows[k, x + SIDE * b]
            cuda.syncthreads()
        for a in range(EACH):
            for b in range(EACH):
                p, k = first_p + y + SIDE * a, first_k + x + SIDE * b
                if p < count and k < d:
                    parts[cuda.blockIdx.y, p * d + k] = entries[a * EACH + b]

    return masked_sum, masked_adjoint
