"""Forest block descent: huge blocks, solved exactly because their graph has no cycle."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optedu.coordinate.coordinate_steps import with_block, with_hessian_bound
from optedu.coordinate.forests import elimination_order, forest_partition, forest_solve
from optedu.protocol import method


class ForestBlockDescentState(NamedTuple):
    x: np.ndarray  # the iterate
    k: int  # steps taken; the next block is k modulo their number
    order: NDArray[np.int64]  # the coordinates, block by block, parents first
    parent: NDArray[np.int64]  # of each coordinate, -1 for a root
    starts: NDArray[np.int64]  # where the blocks begin in order, and the end


@method
class ForestBlockDescent(NamedTuple):
    """Cyclic block descent with the exact step on blocks that are forests.

    Problem      minimize f(x), the Hessian of f nowhere above the sparse matrix H; i and j are
                 joined where H_ij is not 0.
    Update       x_b <- x_b - H_b^-1 g_b for each block b in turn; H_b has no cycles, and
                 elimination from the leaves to the roots and back solves its system in a number of
                 operations proportional to the size of b (message passing)
    Guarantee    f(x) - f(x+) >= <g_b, H_b^-1 g_b> / 2, equality for a quadratic (nutini2022).
    Cost         as many coordinate gradients as the block has entries, and about 8 operations for
                 each; finding the forests costs d^2 once.
    Use when     variables sit on a grid, a chain, a road network.
    Fails when   H is dense: no three coordinates make a forest then.

    Parameters
    ----------
    independent : bool
        Whether blocks shall have no edges at all (red and black squares) instead of trees.
    labels : numpy.ndarray of int, shape (d,), optional
        The block of each coordinate, counted from 0; by default found greedily.
    hessian_bound : numpy.ndarray, shape (d, d), optional
        H; by default problem.hessian_bound.

    References
    ----------
    nutini2022.

    Examples
    --------
    >>> import optedu as oe
    >>> chain = oe.problems.Quadratic([[2.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 2.0]],
    ...                               [1.0, 0.0, 1.0])
    >>> oe.run(oe.ForestBlockDescent(), chain, [0.0, 0.0, 0.0], max_iter=1).x
    array([1., 1., 1.])
    """

    independent: bool = False
    labels: NDArray[np.int64] | None = None
    hessian_bound: np.ndarray | None = None

    def check(self):
        """Refuse labels that leave a block empty."""
        if self.labels is not None:
            used = np.unique(self.labels)
            if self.labels.ndim != 1 or not np.array_equal(used, np.arange(used.size)):
                raise ValueError(
                    "ForestBlockDescent: labels must be a vector with every number from 0 to the "
                    f"largest, got {used.tolist()}"
                )

    def resolve(self, problem):
        """Take the problem's H and the greedy forests where none are given."""
        self = with_hessian_bound(self, problem)
        if self.labels is None:
            self = self._replace(labels=forest_partition(self.hessian_bound, self.independent))
        return self

    def init(self, problem, x):
        order, parent, starts = elimination_order(self.hessian_bound, self.labels)
        return ForestBlockDescentState(x, 0, order, parent, starts)

    def step(self, problem, state):
        x, k, order, parent, starts = state
        b = k % (starts.size - 1)
        nodes = order[int(starts[b]) : int(starts[b + 1])]
        g = np.array([problem.coordinate_gradient(i, x) for i in nodes])
        x = with_block(x, nodes, x[nodes] - forest_solve(self.hessian_bound, nodes, parent, g))
        return ForestBlockDescentState(x, k + 1, order, parent, starts)
