"""Powell's example on which exact minimization over one coordinate after the other cycles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import problem


@problem
class PowellCycle(NamedTuple):
    """Minimize Powell's function of three variables over a box, one of its coordinates a block.

    f(x) = -x_1 x_2 - x_2 x_3 - x_3 x_1 + sum_i (x_i - 1)_+^2 + (-x_i - 1)_+^2 with
    |x_i| <= bound. Exact coordinate minimization from ``start`` runs for ever along six edges of
    the cube [-1, 1]^3 and comes near six of its vertices, none of which is stationary. (The
    function alone has no minimum; the box gives it one and is never touched by the cycle.)

    Where every u in [-1, 1] minimizes over a coordinate, ``block_prox`` with t = inf takes the end
    farther from x_i. So the cycle outlives the rounding to vertices.

    Parameters
    ----------
    bound : float
        Of the box, more than 1.
    offset : float
        Distance of the start from the vertex (-1, 1, -1), positive, below bound - 1.

    Raises
    ------
    ValueError
        If a number is out of range.

    References
    ----------
    powell1973.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.PowellCycle(offset=0.5)
    >>> x = problem.start
    >>> for i in range(3):
    ...     x = problem.block_prox(i, x, float("inf"))
    >>> x
    array([ 1.0625  , -1.03125 ,  1.015625])
    """

    bound: float = 2.0
    offset: float = 0.5

    convex = False

    def check(self):
        """Refuse a box that is too small, and starts outside it."""
        if not self.bound > 1:
            raise ValueError(f"PowellCycle: bound must be more than 1, got {self.bound}")
        if not 0 < self.offset < self.bound - 1:
            raise ValueError(
                f"PowellCycle: offset must be positive and below bound - 1 = {self.bound - 1:g}, "
                f"got {self.offset}"
            )

    def value(self, x):
        outside = np.maximum(np.abs(x) - 1.0, 0.0)
        return -x[0] * x[1] - x[1] * x[2] - x[2] * x[0] + np.sum(outside**2)

    def gradient(self, x):
        outside = np.maximum(np.abs(x) - 1.0, 0.0)
        return x - np.sum(x) + 2.0 * np.sign(x) * outside

    def project(self, x):
        return np.minimum(np.maximum(x, -self.bound), self.bound)

    def block_prox(self, i, x, t):
        s, c, old = np.sum(x) - x[i], 1.0 / t, x[i]
        if s + c * (old - 1.0) > 0.0:
            u = (s + 2.0 + c * old) / (2.0 + c)
        elif s + c * (old + 1.0) < 0.0:
            u = (s - 2.0 + c * old) / (2.0 + c)
        elif c > 0.0:
            u = old + s / c
        else:
            u = -1.0 if old > 0.0 else 1.0
        new = x.copy()
        new[i] = min(max(u, -self.bound), self.bound)
        return new

    @property
    def blocks(self):
        """3, one for each coordinate."""
        return 3

    @property
    def groups(self):
        """The block of each coordinate."""
        return np.arange(3)

    @property
    def shape(self):
        """Shape (3,) of an iterate."""
        return (3,)

    @property
    def start(self):
        """(-1 - offset, 1 + offset / 2, -1 - offset / 4)."""
        e = self.offset
        return np.array([-1 - e, 1 + e / 2, -1 - e / 4])

    @property
    def smoothness(self):
        """3, the curvature in every direction of slope 0 outside the cube."""
        return 3.0

    @property
    def minimizer(self):
        """One of the two minimizers, the corner (bound, bound, bound)."""
        return np.full(3, self.bound)

    @property
    def minimum(self):
        """3 - 6 bound."""
        return 3.0 - 6.0 * self.bound
