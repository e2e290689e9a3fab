"""Many small Newton steps: H_b p_b = -g_b for a batch of positive definite matrices, d at most 8.

One thread per system, which factors its matrix in place by Cholesky and solves twice. Nothing is
exchanged, so there is no barrier but the one after loading. A thread's matrix lies apart from its
neighbour's in memory, and 32 threads reading so would fetch 32 lines for 32 numbers: the block
copies its matrices into shared memory, in order, each with an odd distance to the next, so that the
threads' entries lie in different banks. (In registers all indices would have to be known when
compiling, and for d = 8 the compiler gives up unrolling the three loops, and moves the factor to
slow memory.)

A matrix that is not positive definite gets a step of NaN. Bytes: (d^2 + 2 d) per system. Flops: d^3
/ 3. Bound by bandwidth, and for d = 8 by shared memory.
"""

from __future__ import annotations

import functools
import math

from optedu.cuda.kernels.access import entry
from optedu.cuda.target import cuda

THREADS = 32
"""Systems of a block: 32 (64 + 1) numbers of float64 are 16 KB of shared memory."""

LARGEST = 8


@functools.cache
def steps(d):
    """Return the kernel for systems of order d."""
    size, padded, odd = d * d, d * d + 1 - d * d % 2, d + 1 - d % 2

    def newton_steps(H, g, out):
        """Write the steps, out (batch, d), for H (batch, d * d) and g (batch, d)."""
        kind = H.dtype.type
        matrices = cuda.shared.array((THREADS, padded), H.dtype)
        p = cuda.shared.array((THREADS, odd), H.dtype)
        thread, first = cuda.threadIdx.x, cuda.blockIdx.x * THREADS
        for place in range(thread, THREADS * size, THREADS):
            system = place // size
            if first + system < H.shape[0]:
                matrices[system, place % size] = entry(H, first + system, place % size)
        cuda.syncthreads()
        i = first + thread
        if i >= H.shape[0]:
            return
        for j in range(d):
            for k in range(j + 1):
                s, q = entry(matrices, thread, j * d + k), 0
                while q < k:
                    s -= entry(matrices, thread, j * d + q) * entry(matrices, thread, k * d + q)
                    q += 1
                if k < j:
                    matrices[thread, j * d + k] = s / entry(matrices, thread, k * d + k)
                else:
                    matrices[thread, j * d + j] = math.sqrt(s) if s > kind(0) else kind(math.nan)
        for j in range(d):
            s, q = -entry(g, i, j), 0
            while q < j:
                s -= entry(matrices, thread, j * d + q) * entry(p, thread, q)
                q += 1
            p[thread, j] = s / entry(matrices, thread, j * d + j)
        for back in range(d):
            j = d - 1 - back
            s, q = entry(p, thread, j), j + 1
            while q < d:
                s -= entry(matrices, thread, q * d + j) * entry(p, thread, q)
                q += 1
            p[thread, j] = s / entry(matrices, thread, j * d + j)
            out[i, j] = entry(p, thread, j)

    return newton_steps
