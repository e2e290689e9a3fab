"""Products with data whose rows change sign by patterns, as in `optedu.kernels.patterns`.

(2 D_p - I) X w is at least 0 where w lies in the cone of pattern p. The patterns are taken twice,
for both halves of the weights: column c of the 2 P belongs to pattern c mod P. The sign is given to
an entry while it is in a register, or on its way to shared memory, and no matrix of signs is
stored; the tiles are those of `tiles`, the patterns bytes or bits as in `patterns`.

Flops: 4 n d P. Bytes: 2 n P numbers and the patterns, and X and W once for each 64 rows or columns
of the other. Bound by the rate of additions and multiplications, for less than ten features by
bandwidth.
"""

from __future__ import annotations

import functools

from optedu.cuda.kernels.access import entry
from optedu.cuda.kernels.patterns import bit_is_on, byte_is_on
from optedu.cuda.kernels.tiles import (
    DEPTH,
    EACH,
    PADDED,
    SQUARE,
    TILE,
    adjoint_of,
    position,
    product,
)
from optedu.cuda.target import cuda


@functools.cache
def products(bits):
    """Return the two kernels, for patterns in bits or in bytes."""
    is_on = bit_is_on if bits else byte_is_on

    @cuda.jit(device=True)
    def signed(D, value, i, column, count):
        """Return a value with the sign that a pattern gives to row i in a column of `count`."""
        half = count // 2
        return value if is_on(D, i, column if column < half else column - half) else -value

    @cuda.jit(device=True)
    def entry_of(D, Y, i, column):
        """Return the entry of Y with its sign."""
        return signed(D, entry(Y, i, column), i, column, Y.shape[1])

    adjoint = adjoint_of(entry_of)

    def cone_products(X, D, W, out):
        """Write (2 D_p - I) X w_c, out (n, 2 P); a block makes a tile."""
        n, count = out.shape
        left = cuda.shared.array((DEPTH, PADDED), X.dtype)
        right = cuda.shared.array((DEPTH, PADDED), X.dtype)
        entries = cuda.local.array(SQUARE, X.dtype)
        x, y = cuda.threadIdx.x, cuda.threadIdx.y
        across = (count + TILE - 1) // TILE
        first, start = cuda.blockIdx.x // across * TILE, cuda.blockIdx.x % across * TILE
        product(X, W, first, start, left, right, entries)
        for a in range(EACH):
            for b in range(EACH):
                i, column = first + position(y, a), start + position(x, b)
                if i < n and column < count:
                    out[i, column] = signed(D, entries[a * EACH + b], i, column, count)

    def cone_adjoint(X, D, Y, parts):
        """Write X' (2 D_p - I) y_c over each share of the rows, parts (shares, 2 P d)."""
        left = cuda.shared.array((DEPTH, PADDED), X.dtype)
        right = cuda.shared.array((DEPTH, PADDED), X.dtype)
        entries = cuda.local.array(SQUARE, X.dtype)
        adjoint(X, D, Y, Y.shape[1], parts, left, right, entries)

    return cone_products, cone_adjoint
