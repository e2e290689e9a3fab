"""Cyclic coordinate descent: one coordinate after the other, then again from the first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.coordinate.coordinate_steps import (
    require_positive_entries,
    with_coordinate_smoothness,
    with_entry,
)
from optedu.guarantees import Guarantee
from optedu.parameters import known
from optedu.protocol import method


class CyclicCoordinateDescentState(NamedTuple):
    x: np.ndarray  # the iterate
    k: int  # steps taken; the next coordinate is k mod d


@method
class CyclicCoordinateDescent(NamedTuple):
    """Coordinate descent in the order 0, 1, ..., d - 1, 0, 1, ...

    Problem      minimize f(x), f convex, its i-th partial derivative L_i-Lipschitz in x_i.
    Update       x_i <- x_i - g_i / L_i,   i = k mod d,  g_i the i-th partial derivative at x
                 On a quadratic with L_i = A_ii these are the steps of Gauss and Seidel.
    Guarantee    f mu-strongly convex, L-smooth, after c cycles:
                 f(x_cd) - f* <= (1 - mu / (2 L_max (1 + d L^2 / L_min^2)))^c (f(x_0) - f*)
                 (the order is that of beck2013; proof in the chapter). Not tight: d times worse
                 than is typical, but there are functions on which cycles are that slow.
    Cost         one coordinate gradient per step, d of them a cycle.
    Use when     one coordinate is much cheaper than all: sparse or separable structure.
    Fails when   coordinates are strongly coupled: it zigzags along the valley; f has kinks that
                 are not separable: it stops where no single coordinate helps.

    Parameters
    ----------
    coordinate_smoothness : numpy.ndarray, shape (d,), optional
        L_i; by default problem.coordinate_smoothness.

    References
    ----------
    beck2013; wright2015.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[2.0, 1.0], [1.0, 2.0]], [3.0, 3.0])
    >>> oe.run(oe.CyclicCoordinateDescent(), problem, [0.0, 0.0], max_iter=2).x
    array([1.5 , 0.75])
    """

    coordinate_smoothness: np.ndarray | None = None

    def check(self):
        """Refuse constants that are not positive."""
        require_positive_entries(self, "coordinate_smoothness")

    def resolve(self, problem):
        """Take the problem's constants where none are given."""
        return with_coordinate_smoothness(self, problem)

    def init(self, problem, x):
        return CyclicCoordinateDescentState(x, 0)

    def step(self, problem, state):
        x, k = state
        i = k % x.size
        entry = x.ravel()[i] - problem.coordinate_gradient(i, x) / self.coordinate_smoothness[i]
        return CyclicCoordinateDescentState(with_entry(x, i, entry), k + 1)

    def guarantee(self, problem, k, x0):
        """Return the bound on the gap after whole cycles."""
        constants = known(problem, "smoothness", "strong_convexity", "minimum")
        if constants is None:
            return None
        L, mu, minimum = constants
        least, most = self.coordinate_smoothness.min(), self.coordinate_smoothness.max()
        rate = 1 - mu / (2 * most * (1 + x0.size * L**2 / least**2))
        bound = (problem.value(x0) - minimum) * rate ** (np.asarray(k) // x0.size)
        return Guarantee("gap", bound, "after beck2013")
