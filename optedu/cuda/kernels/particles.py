"""Consensus-based optimization: particles drift to a weighted mean of them all, and diffuse.

The weights are exp(-alpha (f_i - min f)), the mean is m = sum w_i x_i / sum w_i, and each particle
moves by x_ik += -lambda h (x_ik - m_k) + sigma sqrt(h) (x_ik - m_k) xi_ik, xi normal: the noise
dies where the particles agree. The mean is a reduction: each thread adds some particles in
registers, each block its threads, a second kernel the blocks. The move is a portable body, see
`optedu.cuda.portable`.

The noise is a function of (seed, step, particle, coordinate) and not of who computes it: Philox
4x32-10, a cipher of the counter. So the CPU draws the same numbers, and a run can be taken up in
the middle.

Bytes: particles, coordinates read twice and written once. Bound by bandwidth; in float64 by log and
cosine.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from optedu.cuda.kernels.reductions import block_sum
from optedu.cuda.portable import portable_kernel
from optedu.cuda.target import cuda

THREADS = 128
AT_ONCE = 8
"""Coordinates that a thread adds at once."""

ROUNDS = 10

LOW_32 = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)


@njit
def philox(a, b, c, d, key, other_key):
    """Return the first two of the four 32-bit words of Philox 4x32-10, as uint64.

    Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011).
    """
    for _ in range(ROUNDS):
        first, second = MULTIPLIERS[0] * a, MULTIPLIERS[1] * c
        a, b, c, d = (
            (second >> HALF) ^ b ^ key,
            second & LOW_32,
            (first >> HALF) ^ d ^ other_key,
            first & LOW_32,
        )
        key, other_key = (key + WEYL[0]) & LOW_32, (other_key + WEYL[1]) & LOW_32
    return a, b


@njit
def normal(seed, step, particle, coordinate, kind):
    """Return a standard normal number of a type, by Box and Muller."""
    a, b = philox(
        np.uint64(particle) & LOW_32,
        np.uint64(particle) >> HALF,
        np.uint64(coordinate) & LOW_32,
        np.uint64(step) & LOW_32,
        np.uint64(seed) & LOW_32,
        np.uint64(seed) >> HALF,
    )
    unit = kind(2.3283064365386963e-10)
    radius = math.sqrt(kind(-2.0) * math.log((kind(np.int64(a)) + kind(0.5)) * unit))
    return radius * math.cos(kind(6.283185307179586) * (unit * kind(np.int64(b))))


@portable_kernel
def move(i, X, mean, drift, noise, seed, step, new):
    """Write coordinate i % d of particle i // d after the step."""
    d = X.shape[1]
    particle, k = i // d, i % d
    away = X[particle, k] - mean[k]
    xi = normal(seed, step, particle, k, X.dtype.type)
    new[particle, k] = X[particle, k] - drift * away + noise * away * xi


def weighted_sums(X, values, least, alpha, parts):
    """Write each block's sum of w_i x_i, and behind it that of w_i: parts (blocks, d + 1).

    A row of blocks takes eight coordinates, which a thread adds in registers; with d of them,
    coordinate d is taken to be 1.
    """
    kind = X.dtype.type
    n, d = X.shape
    sums = cuda.shared.array(32, X.dtype)
    mine = cuda.local.array(AT_ONCE, X.dtype)
    first = cuda.blockIdx.y * AT_ONCE
    for k in range(AT_ONCE):
        mine[k] = kind(0)
    for i in range(cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x, n,
                   cuda.gridDim.x * cuda.blockDim.x):  # fmt: skip
        weight = math.exp(alpha * (least[0] - values[i]))
        for k in range(AT_ONCE):
            if first + k < d:
                mine[k] += weight * X[i, first + k]
            else:
                mine[k] += weight
    for k in range(AT_ONCE):
        whole = block_sum(mine[k], sums)
        if cuda.threadIdx.x == 0 and first + k <= d:
            parts[cuda.blockIdx.x, first + k] = whole


@portable_kernel
def divide(i, sums, mean):
    """Write the mean of coordinate i from the sums and the weight behind them."""
    mean[i] = sums[i] / sums[mean.size]
