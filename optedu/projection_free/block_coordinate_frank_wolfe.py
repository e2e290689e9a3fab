"""Frank-Wolfe on a product of sets, one random factor per step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.oracles import value_and_gradient
from optedu.projection_free.steps import corner, exact_step
from optedu.protocol import method


class BlockCoordinateFrankWolfeState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    k: int  # steps taken


@method
class BlockCoordinateFrankWolfe(NamedTuple):
    """Block-coordinate Frank-Wolfe of Lacoste-Julien, Jaggi, Schmidt and Pletscher.

    Problem      minimize f(x) over a product C_1 x ... x C_n of compact convex sets, f convex
                 and smooth; block_linear_minimizer minimizes over one factor. The blocks are n
                 equal parts of x, one behind the other.
    Update       draw i;  s = argmin over C_i of <grad_i f(x), s>
                 x_i+ = (1 - t) x_i + t s,  t = 2 n / (k + 2 n), or by exact line search on
                 [0, 1]; the other blocks stay
    Guarantee    x_0 in C: E f(x_k) - f* <= 2 n (K + f(x_0) - f*) / (k + 2 n), K the sum of the
                 blocks' curvature constants, at most the sum of L_i D_i^2, and often far below n
                 times that of C (lacostejulien2013, Theorem 2).
    Cost         one value, one gradient and one block's linear minimizer per step; a block's
                 gradient would do, where a problem can give it.
    Use when     C is a product of many small sets, as in structured prediction.
    Fails when   there is one block only: it is FrankWolfe then, bit for bit.

    With more than one block, the start must lie in C.

    Parameters
    ----------
    line_search : bool
        Take the best step on the segment instead of 2 n / (k + 2 n).
    blocks : int, optional
        n; by default problem.blocks, else 1.

    References
    ----------
    lacostejulien2013, Algorithm 3 and Theorem 2.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.Quadratic([[1.0, 0.0], [0.0, 1.0]], [2.0, -3.0])
    >>> box = oe.problems.Power(oe.problems.L1Ball(), blocks=2)
    >>> oe.run(oe.BlockCoordinateFrankWolfe(line_search=True),
    ...        oe.problems.ProjectionFree(f, box), [0.0, 0.0]).x
    array([ 1., -1.])
    """

    line_search: bool = False
    blocks: int | None = None

    certificate_name = "Frank-Wolfe gap"
    holds = ("f", "g")

    def check(self):
        """Refuse a number of blocks below one."""
        if self.blocks is not None and self.blocks < 1:
            raise ValueError(
                f"BlockCoordinateFrankWolfe: blocks must be at least 1, got {self.blocks}"
            )

    def resolve(self, problem):
        """Take n from the problem where it is not given."""
        if self.blocks is not None:
            return self
        return self._replace(blocks=getattr(problem, "blocks", None) or 1)

    def init(self, problem, x, rng):
        if x.size % self.blocks != 0:
            raise ValueError("BlockCoordinateFrankWolfe: the blocks must divide the size of x")
        f, g = value_and_gradient(problem, x)
        return BlockCoordinateFrankWolfeState(x, f, g, 0)

    def step(self, problem, state, rng):
        x, f, g, k = state
        n = self.blocks
        i, size = rng.integers(0, n), x.size // n
        s = problem.block_linear_minimizer(i, g).ravel()[i * size : (i + 1) * size]
        old = x.ravel()[i * size : (i + 1) * size]
        if self.line_search and k > 0:
            d = np.zeros(x.size)
            d[i * size : (i + 1) * size] = s - old
            _, x, f, g = exact_step(problem, x, f, g, d.reshape(x.shape), 1.0)
        else:
            t = 2.0 * n / (k + 2 * n)
            new = x.copy().ravel()
            new[i * size : (i + 1) * size] = (1.0 - t) * old + t * s
            x = new.reshape(x.shape)
            f, g = value_and_gradient(problem, x)
        return BlockCoordinateFrankWolfeState(x, f, g, k + 1)

    def certificate(self, problem, state):
        """Return the Frank-Wolfe gap at x, the sum of those of the blocks."""
        _, gap = corner(problem, state.x, state.g)
        return gap
