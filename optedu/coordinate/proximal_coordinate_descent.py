"""Proximal coordinate descent: the method behind every Lasso path."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.coordinate.coordinate_steps import (
    proximal_coordinate_step,
    require_positive_entries,
    with_coordinate_smoothness,
)
from optedu.protocol import method


class ProximalCoordinateDescentState(NamedTuple):
    x: np.ndarray  # the iterate
    k: int  # steps taken; the next coordinate is k mod d


@method
class ProximalCoordinateDescent(NamedTuple):
    """Cyclic coordinate descent for f plus a separable g.

    Problem      minimize F(x) = f(x) + sum_i g_i(x_i), f convex with partial derivatives that are
                 L_i-Lipschitz in x_i, g_i convex with a prox: |x_i|, bounds, both.
    Update       x_i <- prox_i(x_i - g_i / L_i, 1 / L_i),   i = k mod d,  prox_i that of g_i
                 For the Lasso this is the exact minimization over x_i.
    Guarantee    F never increases; the limit points are minimizers (tseng2001). No rate is
                 stated.
    Cost         one coordinate gradient and one coordinate prox per step.
    Use when     Lasso, elastic net, bounds: the entries that stay zero cost nothing to skip.
    Fails when   g is not separable: it may stop at a kink that is no minimizer.

    Parameters
    ----------
    coordinate_smoothness : numpy.ndarray, shape (d,), optional
        L_i; by default problem.coordinate_smoothness.

    References
    ----------
    tseng2001; wright2015.

    Examples
    --------
    >>> import optedu as oe
    >>> smooth = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(smooth, oe.problems.L1(1.0))
    >>> oe.run(oe.ProximalCoordinateDescent(), problem, [0.0, 0.0], max_iter=2).x
    array([2., 0.])
    """

    coordinate_smoothness: np.ndarray | None = None

    def check(self):
        """Refuse constants that are not positive."""
        require_positive_entries(self, "coordinate_smoothness")

    def resolve(self, problem):
        """Take the problem's constants where none are given."""
        return with_coordinate_smoothness(self, problem)

    def init(self, problem, x):
        return ProximalCoordinateDescentState(x, 0)

    def step(self, problem, state):
        x, k = state
        i = k % x.size
        x = proximal_coordinate_step(problem, x, i, self.coordinate_smoothness[i])
        return ProximalCoordinateDescentState(x, k + 1)
