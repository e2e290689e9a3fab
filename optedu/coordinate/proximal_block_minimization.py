"""Block coordinate descent with proximal regularization (BCD-PR), also plain."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.coordinate.cycles import require_size
from optedu.parameters import require_between
from optedu.protocol import method


class ProximalBlockMinimizationState(NamedTuple):
    x: np.ndarray  # the iterate, after whole cycles


@method
class ProximalBlockMinimization(NamedTuple):
    """Minimize over one block after the other, each held back by a proximal term.

    Problem      minimize F(x_1, ..., x_m) with x_i in X_i, F differentiable and not necessarily
                 convex, each X_i convex.
    Update       for i = 1, ..., m, each with the blocks that were renewed before it:
                 x_i <- argmin over u in X_i of F(x_1, ..., u, ..., x_m) + lambda/2 ||u - x_i||^2
    Guarantee    each block lowers F by lambda/2 ||its change||^2 at least, by lambda ||.||^2 where
                 F is convex in the block. For lambda > 0 limit points are stationary, and k times
                 the least squared stationarity of k cycles is bounded (grippo2000; kwon2023).
                 lambda = 0 is plain block coordinate descent, which may cycle (powell1973).
    Cost         one minimization per block.
    Use when     blocks have closed-form minimizers: factorizations, alternating least squares.
    Fails when   lambda is large: the steps are short. lambda = 0: see problems.PowellCycle.

    Parameters
    ----------
    regularization : float, default 1.0
        lambda, 0 or more.
    blocks : int, optional
        m; by default problem.blocks.

    References
    ----------
    kwon2023; grippo2000; powell1973.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.PowellCycle()
    >>> oe.run(oe.ProximalBlockMinimization(0.5), problem, problem.start).x
    array([-2., -2., -2.])
    """

    regularization: float = 1.0
    blocks: int | None = None

    def check(self):
        """Refuse a negative regularization, and no blocks."""
        require_between(self, "regularization", 0.0, np.inf)
        require_size(self, "blocks")

    def resolve(self, problem):
        """Take the number of blocks from the problem where not given."""
        if self.blocks is not None:
            return self
        blocks = getattr(problem, "blocks", None)
        if blocks is None:
            raise ValueError(
                "ProximalBlockMinimization needs blocks: problem.blocks is unknown. Pass blocks=..."
            )
        return self._replace(blocks=int(blocks))

    def init(self, problem, x):
        return ProximalBlockMinimizationState(x)

    def step(self, problem, state):
        x = state.x
        t = 1 / self.regularization if self.regularization > 0 else np.inf
        for i in range(self.blocks):
            x = problem.block_prox(i, x, t)
        return ProximalBlockMinimizationState(x)
