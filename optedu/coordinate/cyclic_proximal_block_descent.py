"""Cyclic proximal block descent: one proximal gradient step for each block, in turn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.coordinate.coordinate_steps import require_positive_entries
from optedu.coordinate.cycles import block_gradient, require_size, with_block_constants
from optedu.protocol import method, portable


class CyclicProximalBlockDescentState(NamedTuple):
    x: np.ndarray  # the iterate, after whole cycles


@portable
def proximal_block_step(problem, x, start, stop, g, t):
    """Return x after the block start, ..., stop - 1 has become prox(x_j - t g, t)."""
    moved = x.copy()
    moved[start:stop] -= t * g
    new = x.copy()
    for j in range(start, stop):
        new[j] = problem.coordinate_prox(j, moved, t)
    return new


@method
class CyclicProximalBlockDescent(NamedTuple):
    """Proximal gradient steps on one block after the other; a step is a whole cycle.

    Problem      minimize F(x) = f(x) + r(x), f smooth and not necessarily convex, r convex and a
                 sum of terms of one coordinate each.
    Update       for the blocks j = 1, ..., m, each with the x that the blocks before it made:
                 x_j <- prox_j(x_j - partial_j f(x) / L_j, 1 / L_j)
    Guarantee    L_j the Lipschitz constant of partial_j f along block j: each block lowers F by
                 L_j/2 ||its change||^2 at least, so that F falls and the changes are
                 square-summable.
                 The smallest of k gradient mappings is O(1/sqrt(k)), and the rate is linear under
                 the Polyak-Lojasiewicz condition (cai2023).
                 One block makes it ProximalGradient; on a quadratic without r, blocks of one
                 coordinate make it the method of Gauss and Seidel.
    Cost         m partial gradients per cycle: one pass.
    Use when     partial gradients are cheap, and the L_j are much smaller than L.
    Fails when   blocks are strongly coupled: L^2 / L_j enters the worst case.

    Parameters
    ----------
    block_smoothness : numpy.ndarray, shape (m,), optional
        L_j of each block, or one number for all; by default the largest eigenvalues of the blocks
        of problem.hessian_bound, else sums of problem.coordinate_smoothness.
    block_size : int, default 1
        Coordinates per block; consecutive ones form a block, the last may be smaller.

    References
    ----------
    cai2023; tseng2001.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Composite(
    ...     oe.problems.Quadratic([[2.0, 1.0], [1.0, 2.0]], [3.0, 1.0]), oe.problems.L1(0.5))
    >>> oe.run(oe.CyclicProximalBlockDescent(), problem, [0.0, 0.0]).x.round(6) + 0.0
    array([1.25, 0.  ])
    """

    block_smoothness: np.ndarray | None = None
    block_size: int = 1

    def check(self):
        """Refuse constants that are not positive, and empty blocks."""
        require_positive_entries(self, "block_smoothness")
        require_size(self, "block_size")

    def resolve(self, problem):
        """Take a constant for each block from the problem where not given."""
        return with_block_constants(self, problem)

    def init(self, problem, x):
        return CyclicProximalBlockDescentState(x)

    def step(self, problem, state):
        x, size = state.x, self.block_size
        for b in range(self.block_smoothness.size):
            start, stop = b * size, min((b + 1) * size, x.size)
            g = block_gradient(problem, start, stop, x)
            x = proximal_block_step(problem, x, start, stop, g, 1 / self.block_smoothness[b])
        return CyclicProximalBlockDescentState(x)
