"""VRO-CCD: cyclic proximal block descent with recursive estimates of the partial gradients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.coordinate.coordinate_steps import require_positive_entries
from optedu.coordinate.cycles import block_gradient, require_size, with_block_constants
from optedu.coordinate.cyclic_proximal_block_descent import proximal_block_step
from optedu.protocol import method


class VarianceReducedCyclicDescentState(NamedTuple):
    x: np.ndarray  # the iterate, after whole cycles
    previous: np.ndarray  # the iterate one cycle before
    g: np.ndarray  # the estimates that the last cycle used
    k: int  # cycles done


@method
class VarianceReducedCyclicDescent(NamedTuple):
    """Cyclic proximal block descent with PAGE estimates of the partial gradients.

    Problem      minimize F(x) = f(x) + r(x), f the mean of n smooth terms, not necessarily convex,
                 r convex and a sum of terms of one coordinate each.
    Update       for the blocks j = 1, ..., m: let u be x with the blocks before j renewed, and
                 u_old the same point of the last cycle. A coin decides:
                 with probability p, g_j = partial_j f(u);
                 else, B a batch of b terms, g_j = g_j + partial_j f_B(u) - partial_j f_B(u_old)
                 x_j <- prox_j(x_j - g_j / L_j, 1 / L_j)
    Guarantee    p = 1: that of CyclicProximalBlockDescent. Else, with shorter steps than these,
                 O(1/sqrt(k)) for the gradient mapping, linear under the Polyak-Lojasiewicz
                 condition, in expectation (cai2023; constants not stated here).
    Cost         per block b component gradients at two points, of which one block is used, or
                 with probability p one partial gradient.
    Use when     n is large and f need not be convex.
    Fails when   p and the batch are small and the steps are 1 / L_j: the errors of the estimates
                 add up between two refreshes.

    Parameters
    ----------
    refresh_probability : float, default 0.2
        p, in (0, 1]; the first cycle uses partial gradients of f.
    batch_size : int, default 4
        b, at most n; drawn with replacement.
    block_smoothness : numpy.ndarray, shape (m,), optional
        L_j of each block, or one number for all; by default twice what CyclicProximalBlockDescent
        takes, unless p = 1.
    block_size : int, default 1
        Coordinates per block; consecutive ones form a block, the last may be smaller.
    components : int, optional
        n; by default problem.components.

    References
    ----------
    cai2023; li2021. The coin for each block and the default steps are ours.

    Examples
    --------
    >>> import optedu as oe
    >>> smooth = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(smooth, oe.problems.L1(1.0))
    >>> oe.run(oe.VarianceReducedCyclicDescent(), problem, [0.0, 0.0], seed=0).x.round(4)
    array([2., 0.])
    """

    refresh_probability: float = 0.2
    batch_size: int = 4
    block_smoothness: np.ndarray | None = None
    block_size: int = 1
    components: int | None = None

    def check(self):
        """Refuse numbers out of range."""
        require_positive_entries(self, "block_smoothness")
        for name in ("batch_size", "block_size", "components"):
            require_size(self, name)
        if not 0 < self.refresh_probability <= 1:
            raise ValueError(
                "VarianceReducedCyclicDescent: refresh_probability must be above 0 and at most 1, "
                f"got {self.refresh_probability}"
            )

    def resolve(self, problem):
        """Take n and the constants from the problem where not given."""
        n = self.components
        if n is None:
            n = getattr(problem, "components", None)
        if n is None:
            raise ValueError(
                "VarianceReducedCyclicDescent needs components: problem.components is unknown. "
                "Pass components=..."
            )
        method = with_block_constants(self._replace(components=int(n)), problem)
        if self.block_smoothness is None and self.refresh_probability < 1:
            method = method._replace(block_smoothness=2 * method.block_smoothness)
        return method

    def init(self, problem, x, rng):
        return VarianceReducedCyclicDescentState(x, x, np.zeros(x.size), 0)

    def step(self, problem, state, rng):
        x, previous, g, k = state
        size, u, u_old, g = self.block_size, x, previous, g.copy()
        for b in range(self.block_smoothness.size):
            start, stop = b * size, min((b + 1) * size, x.size)
            if k == 0 or rng.random() < self.refresh_probability:
                g[start:stop] = block_gradient(problem, start, stop, u)
            else:
                for i in rng.integers(0, self.components, self.batch_size):
                    change = problem.component_gradient(i, u) - problem.component_gradient(i, u_old)
                    g[start:stop] += change[start:stop] / self.batch_size
            L = self.block_smoothness[b]
            u = proximal_block_step(problem, u, start, stop, g[start:stop], 1 / L)
            u_old = u_old.copy()
            u_old[start:stop] = x[start:stop]
        return VarianceReducedCyclicDescentState(u, x, g, k + 1)
