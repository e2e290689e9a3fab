"""A kink across the axes, on which coordinate descent stops too early."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_positive_data
from optedu.problems.regularizers import soft_threshold
from optedu.protocol import problem


@problem
class SlantedKink(NamedTuple):
    """Minimize F(x) = |x_1 - x_2| + weight (x_1 + x_2 - total)^2 / 2 in the plane.

    F is convex, and its kink, the line x_1 = x_2, runs across the axes. On that line, within
    1 / (2 weight) of the minimizer in each coordinate, no change of one coordinate alone lowers F:
    coordinate descent stops, although (total, total) / 2 is lower. As an example for methods of
    the form f + g, F is all g: ``coordinate_prox`` is its exact prox along a coordinate.

    Parameters
    ----------
    weight : float
        Positive.
    total : float
        What the coordinates of the minimizer sum to.

    Raises
    ------
    ValueError
        If the weight is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> F = oe.problems.SlantedKink()
    >>> x = np.array([-0.5, -0.5])
    >>> [float(F.coordinate_prox(i, x, 1.0)) for i in (0, 1)], float(F.value(x))
    ([-0.5, -0.5], 0.25)
    """

    weight: float = 0.5
    total: float = 0.0

    differentiable = False

    def check(self):
        """Refuse a weight that is not positive."""
        require_positive_data(self, "weight")

    def value(self, x):
        return np.abs(x[0] - x[1]) + 0.5 * self.weight * (x[0] + x[1] - self.total) ** 2

    def gradient(self, x):
        kink, slope = np.sign(x[0] - x[1]), self.weight * (x[0] + x[1] - self.total)
        return np.array([slope + kink, slope - kink])

    def coordinate_gradient(self, i, x):
        return 0.0 * x[i]

    def coordinate_prox(self, i, x, t):
        other = x[1 - i]
        curvature = self.weight + 1.0 / t
        pull = self.weight * (self.total - 2.0 * other) + (x[i] - other) / t
        return other + soft_threshold(pull / curvature, 1.0 / curvature)

    @property
    def shape(self):
        """(2,)."""
        return (2,)

    @property
    def start(self):
        """(-2.5, 0.5)."""
        return np.array([-2.5, 0.5])

    @property
    def coordinate_smoothness(self):
        """Small numbers: the smooth part is 0, and any step is allowed."""
        return np.full(2, 1e-3)

    @property
    def strong_convexity(self):
        """0 is a lower bound."""
        return 0.0

    @property
    def minimizer(self):
        """(total, total) / 2."""
        return np.full(2, 0.5 * self.total)

    @property
    def minimum(self):
        """0."""
        return 0.0
