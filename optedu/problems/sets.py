"""Balls, boxes and cones with closed projections."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_positive_data
from optedu.problems.norms import euclidean_norm
from optedu.protocol import problem


@problem
class L2Ball(NamedTuple):
    """The set of points with ||x - center|| <= radius.

    Parameters
    ----------
    center : numpy.ndarray, shape (d,)
    radius : float
        Positive.

    Raises
    ------
    ValueError
        If the radius is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.L2Ball(center=[0.0, 1.0]).project(np.array([2.0, 1.0]))
    array([1., 1.])
    """

    center: np.ndarray
    radius: float = 1.0

    def check(self):
        """Refuse a radius that is not positive."""
        require_positive_data(self, "radius")

    def project(self, x):
        offset = x - self.center
        distance = euclidean_norm(offset)
        if distance <= self.radius:
            return x.copy()
        return self.center + self.radius * (offset / distance)

    def linear_minimizer(self, g):
        norm = euclidean_norm(g)
        if norm == 0.0:
            return self.center.copy()
        return self.center - self.radius * (g / norm)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.center.shape

    @property
    def diameter(self):
        """2 radius."""
        return 2 * self.radius


@problem
class Box(NamedTuple):
    """The set of points with low <= x <= high, entry by entry.

    Parameters
    ----------
    low, high : numpy.ndarray, shape (d,)
        Finite.

    Raises
    ------
    ValueError
        If the shapes differ, or a low is above its high.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.Box([0.0, 0.0], [1.0, 2.0]).project(np.array([-1.0, 3.0]))
    array([0., 2.])
    """

    low: np.ndarray
    high: np.ndarray

    def check(self):
        """Refuse bounds that contradict each other."""
        if self.low.shape != self.high.shape or self.low.ndim == 0:
            raise ValueError(
                f"Box: low and high must be arrays of one shape, got {self.low.shape} and "
                f"{self.high.shape}"
            )
        crossed = np.argwhere(self.low > self.high)
        if crossed.size:
            index = tuple(int(i) for i in crossed[0])
            raise ValueError(
                f"Box: low must not exceed high, got {self.low[index]} > {self.high[index]} at "
                f"index {index[0] if len(index) == 1 else index}"
            )

    def project(self, x):
        return np.minimum(np.maximum(x, self.low), self.high)

    def coordinate_prox(self, i, x, t):
        return min(max(x.ravel()[i], self.low.ravel()[i]), self.high.ravel()[i])

    def linear_minimizer(self, g):
        return np.where(g > 0.0, self.low, self.high)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.low.shape

    @property
    def diameter(self):
        """||high - low||."""
        return float(euclidean_norm(self.high - self.low))


@problem
class LInfBall(NamedTuple):
    """The set of points with max_i |x_i| <= radius, in any shape.

    Parameters
    ----------
    radius : float
        Positive.

    Raises
    ------
    ValueError
        If the radius is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.LInfBall(radius=2.0).project(np.array([-1.0, 3.0]))
    array([-1.,  2.])
    """

    radius: float = 1.0

    def check(self):
        """Refuse a radius that is not positive."""
        require_positive_data(self, "radius")

    def project(self, x):
        return np.minimum(np.maximum(x, -self.radius), self.radius)

    def coordinate_prox(self, i, x, t):
        return min(max(x.ravel()[i], -self.radius), self.radius)

    def linear_minimizer(self, g):
        return np.where(g > 0.0, -self.radius, self.radius)


@problem
class NonNegative(NamedTuple):
    """The set of points with x >= 0, entry by entry, in any shape.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.NonNegative().project(np.array([-1.0, 3.0]))
    array([0., 3.])
    """

    def project(self, x):
        return np.maximum(x, 0.0)

    def coordinate_prox(self, i, x, t):
        return max(x.ravel()[i], 0.0)
