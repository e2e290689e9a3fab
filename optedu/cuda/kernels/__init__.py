"""Kernels written by hand, where many threads make one sum or share one tile.

The portable loops in `optedu.kernels` are written once and executed in three ways; here is what is
worth a second text: blocks, warps, shared memory. They stand beside the rest of the GPU's code and
not in `optedu.kernels`, because that folder is compiled for processors and browsers too, and
nothing there may ask for CUDA. Whoever calls them goes through `optedu.cuda.functions`.

Each file says what its kernels compute, how many bytes they move, and what bounds them. Sums are
made by warps and blocks in a fixed order, without atomics: the same call gives the same bits.

Innermost loops are written for what Numba makes of them. Indices are unsigned, see `access`. And a
loop that is too long to be unrolled counts by itself, with ``while``: `range` carries a count
beside the index, both in 64 bits, which takes a dozen instructions a turn.
"""
