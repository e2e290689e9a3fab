"""Products with data whose rows patterns switch on and off, as in `optedu.kernels.patterns`.

sum_p D_p X w_p and its adjoint X' D_p r are products of matrices, masked entry by entry, whose
result (n, P) is added up at once and never stored; the tiles are those of `tiles`. Patterns are
bytes, or bits of 32-bit words: the words are eight times fewer bytes, and P may be thousands.

Flops: 2 n d P. Bytes: n P (or n P / 8), and X and W once for each 64 rows or columns of the other.
Bound by the rate of additions and multiplications (the units for matrix products are not used: they
would round).
"""

from __future__ import annotations

import functools

from optedu.cuda.kernels.access import at, entry
from optedu.cuda.kernels.reductions import ALL
from optedu.cuda.kernels.tiles import (
    DEPTH,
    EACH,
    PADDED,
    SIDE,
    SQUARE,
    TILE,
    adjoint_of,
    position,
    product,
)
from optedu.cuda.target import cuda


@cuda.jit(device=True)
def byte_is_on(D, i, p):
    """Whether pattern p switches row i on; a byte each."""
    return entry(D, i, p) != 0


@cuda.jit(device=True)
def bit_is_on(D, i, p):
    """Whether pattern p switches row i on; bit p mod 32 of word p // 32."""
    return (entry(D, i, p >> 5) >> (p & 31)) & 1 != 0


@functools.cache
def products(bits):
    """Return the two kernels, for patterns in bits or in bytes."""
    is_on = bit_is_on if bits else byte_is_on

    @cuda.jit(device=True)
    def gated(D, r, i, p):
        """Return r_i where the pattern is on."""
        return at(r, i) if is_on(D, i, p) else r.dtype.type(0)

    adjoint = adjoint_of(gated)

    def masked_sum(X, D, W, parts):
        """Write sum_p D_p X w_p over each share of the patterns, parts (shares, n)."""
        kind = X.dtype.type
        n, count = X.shape[0], W.shape[0]
        left = cuda.shared.array((DEPTH, PADDED), X.dtype)
        right = cuda.shared.array((DEPTH, PADDED), X.dtype)
        entries, sums = cuda.local.array(SQUARE, X.dtype), cuda.local.array(EACH, X.dtype)
        x, y = cuda.threadIdx.x, cuda.threadIdx.y
        first = cuda.blockIdx.x * TILE
        for a in range(EACH):
            sums[a] = kind(0)
        for start in range(cuda.blockIdx.y * TILE, count, cuda.gridDim.y * TILE):
            product(X, W, first, start, left, right, entries)
            for a in range(EACH):
                i = first + position(y, a)
                for b in range(EACH):
                    p = start + position(x, b)
                    if i < n and p < count and is_on(D, i, p):
                        sums[a] += entries[a * EACH + b]
        for a in range(EACH):
            whole, lanes = sums[a], SIDE // 2
            while lanes > 0:
                whole += cuda.shfl_xor_sync(ALL, whole, lanes)
                lanes //= 2
            i = first + position(y, a)
            if x == 0 and i < n:
                parts[cuda.blockIdx.y, i] = whole

    def masked_adjoint(X, D, r, parts):
        """Write X' D_p r over each share of the rows, parts (shares, P d)."""
        left = cuda.shared.array((DEPTH, PADDED), X.dtype)
        right = cuda.shared.array((DEPTH, PADDED), X.dtype)
        entries = cuda.local.array(SQUARE, X.dtype)
        adjoint(X, D, r, parts.shape[1] // X.shape[1], parts, left, right, entries)

    return masked_sum, masked_adjoint
