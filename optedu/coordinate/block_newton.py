"""Block Newton: Newton's step on the block that promises most, with a line search."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.coordinate.block_rules import largest_entries, solve_positive
from optedu.coordinate.coordinate_steps import (
    require_positive_entries,
    with_block,
    with_coordinate_smoothness,
)
from optedu.parameters import require_between, require_positive
from optedu.protocol import method


class BlockNewtonState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient


@method
class BlockNewton(NamedTuple):
    """Newton's method on the greediest block of a given size.

    Problem      minimize f(x), f convex and twice differentiable.
    Update       b = the block_size largest |g_i| / sqrt(L_i),   p = -(H_b)^-1 g_b,
                 H_b the block of the Hessian at x;   x_b <- x_b + t p,   t = 1, 1/2, 1/4, ...
                 until f falls by decrease * t * <g_b, H_b^-1 g_b>
    Guarantee    none known as a closed bound; with block_size = d it is Newton's method with a
                 line search, and with smaller blocks superlinear where the solution's support fits
                 into one (nutini2022).
    Cost         one gradient, block_size products with the Hessian, one system and one value per
                 trial.
    Use when     the Hessian's bound is far above the Hessian: logistic regression far out.
    Fails when   a block of the Hessian is singular at some point.

    Parameters
    ----------
    block_size : int
        Coordinates per block.
    decrease : float
        Part of the promised decrease that the line search asks for.
    coordinate_smoothness : numpy.ndarray, shape (d,), optional
        L_i; by default problem.coordinate_smoothness.

    References
    ----------
    nutini2022.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[2.0, 1.0], [1.0, 2.0]], [3.0, 3.0])
    >>> oe.run(oe.BlockNewton(block_size=2), problem, [0.0, 0.0], max_iter=1).x.round(9)
    array([1., 1.])
    """

    block_size: int = 2
    decrease: float = 1e-4
    coordinate_smoothness: np.ndarray | None = None

    holds = ("f", "g")

    def check(self):
        """Refuse an empty block, and constants that are not positive."""
        require_positive(self, "block_size", "decrease")
        require_between(self, "decrease", 0.0, 0.5)
        require_positive_entries(self, "coordinate_smoothness")

    def resolve(self, problem):
        """Take the problem's constants where none are given."""
        return with_coordinate_smoothness(self, problem)

    def init(self, problem, x):
        return BlockNewtonState(x, problem.value(x), problem.gradient(x))

    def step(self, problem, state):
        x, f, g = state
        size = min(self.block_size, x.size)
        block = largest_entries(g * g / self.coordinate_smoothness, size)
        H = np.empty((size, size))
        for a in range(size):
            e = np.zeros(x.size)
            e[block[a]] = 1.0
            H[a] = problem.hessian_product(x, e)[block]
        p = -solve_positive((H + H.T) / 2, g[block])
        slope, t = np.sum(g[block] * p), 1.0
        while t > 1e-10:
            x_new = with_block(x, block, x[block] + t * p)
            f_new = problem.value(x_new)
            if f_new <= f + self.decrease * t * slope:
                return BlockNewtonState(x_new, f_new, problem.gradient(x_new))
            t = t / 2
        return BlockNewtonState(x, f, g)
