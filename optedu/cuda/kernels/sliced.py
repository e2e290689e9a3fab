"""Sliced Wasserstein distances: in one dimension the best plan joins sorted points.

For each direction a block projects both clouds, sorts the two lists in shared memory by Batcher's
bitonic network and adds the squared differences: nothing but the points is read and one number is
written. The network compares in a pattern that does not depend on the data, log2(n) (log2(n) + 1) /
2 rounds of n / 2 comparisons with a barrier between, so no thread waits for another's luck. Up to
2048 points of float64 or 4096 of float32 (32 KB of shared memory); longer lists are sorted in
device memory by the same network, one launch a round.

Bytes: n d per direction, mostly from the L2 cache. Bound by barriers and shared memory.
"""

from __future__ import annotations

import functools
import math

from optedu.cuda.kernels.access import at, entry
from optedu.cuda.kernels.reductions import block_sum
from optedu.cuda.target import cuda

SHARED_BYTES = 1 << 15


@cuda.jit(device=True)
def exchange(values, thread, width, step):
    """Order one pair of a round that merges runs of a width; `step` is the pair's distance.

    Both are powers of two: pair t is at t mod step of its run, each run is 2 step long.
    """
    i = 2 * thread - (thread & (step - 1))
    j = i + step
    rising = i & width == 0
    a, b = at(values, i), at(values, j)
    if (a > b) == rising and a != b:
        values[i] = b
        values[j] = a


@functools.cache
def sorted_in_shared(size):
    """Return the kernel for up to `size` points, a power of two."""

    def distances(X, Y, directions, out):
        """Write the mean squared distance of sorted projections, out (directions,)."""
        kind = X.dtype.type
        n, d = X.shape
        ours, theirs = cuda.shared.array(size, X.dtype), cuda.shared.array(size, X.dtype)
        sums = cuda.shared.array(32, X.dtype)
        thread, line = cuda.threadIdx.x, cuda.blockIdx.x
        for i in range(thread, size, cuda.blockDim.x):
            a, b = kind(math.inf), kind(math.inf)
            if i < n:
                a, b = kind(0), kind(0)
                for k in range(d):
                    a += entry(X, i, k) * entry(directions, line, k)
                    b += entry(Y, i, k) * entry(directions, line, k)
            ours[i] = a
            theirs[i] = b
        cuda.syncthreads()
        width = 2
        while width <= size:
            step = width // 2
            while step > 0:
                for pair in range(thread, size // 2, cuda.blockDim.x):
                    exchange(ours, pair, width, step)
                    exchange(theirs, pair, width, step)
                cuda.syncthreads()
                step //= 2
            width *= 2
        mine = kind(0)
        for i in range(thread, n, cuda.blockDim.x):
            mine += (ours[i] - theirs[i]) * (ours[i] - theirs[i])
        mine = block_sum(mine, sums)
        if thread == 0:
            out[line] = mine / kind(n)

    return distances


def project(X, directions, values):
    """Write the projections, values (directions, size), and infinity behind the last."""
    i, line = cuda.grid(1), cuda.blockIdx.y
    if i < values.shape[1]:
        a = X.dtype.type(math.inf)
        if i < X.shape[0]:
            a = X.dtype.type(0)
            for k in range(X.shape[1]):
                a += entry(X, i, k) * entry(directions, line, k)
        values[line, i] = a


def sorting_round(values, width, step):
    """Order all pairs of a round in every list of values (directions, size)."""
    pair = cuda.grid(1)
    if pair < values.shape[1] // 2:
        exchange(values[cuda.blockIdx.y], pair, width, step)


def compare(ours, theirs, n, out):
    """Write the mean squared difference of the first n of each list; a block per list."""
    sums = cuda.shared.array(32, ours.dtype)
    mine, line = ours.dtype.type(0), cuda.blockIdx.x
    for i in range(cuda.threadIdx.x, n, cuda.blockDim.x):
        mine += (ours[line, i] - theirs[line, i]) * (ours[line, i] - theirs[line, i])
    mine = block_sum(mine, sums)
    if cuda.threadIdx.x == 0:
        out[line] = mine / ours.dtype.type(n)
