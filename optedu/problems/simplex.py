"""The probability simplex and the l1 ball, whose projections sort."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_positive_data
from optedu.protocol import portable, problem


@portable
def project_simplex(x, radius):
    """Return the nearest point with nonnegative entries that sum to the radius."""
    # Entries more than a radius below the largest become 0 in any case; cutting them there keeps
    # every sum small, so that no scale of x overflows.
    shifted = np.maximum(x - np.max(x), -radius)
    ordered = -np.sort(-shifted)
    threshold, total = -radius, 0.0
    for i in range(ordered.size):
        total += ordered[i]
        candidate = (total - radius) / (i + 1)
        if ordered[i] > candidate:
            threshold = candidate
    return np.maximum(shifted - threshold, 0.0)


@portable
def project_l1_ball(x, radius):
    """Return the nearest point whose absolute values sum to the radius at most."""
    magnitudes = np.abs(x)
    if np.sum(magnitudes) <= radius:
        return x.copy()
    if radius == 0.0:
        return 0.0 * x
    return np.sign(x) * project_simplex(magnitudes, radius)


@problem
class Simplex(NamedTuple):
    """The set of vectors with x >= 0 and sum_i x_i = radius.

    Parameters
    ----------
    radius : float
        Positive; 1 for probabilities.

    Raises
    ------
    ValueError
        If the radius is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.Simplex().project(np.array([0.5, 1.0]))
    array([0.25, 0.75])
    """

    radius: float = 1.0

    def check(self):
        """Refuse a radius that is not positive."""
        require_positive_data(self, "radius")

    def project(self, x):
        return project_simplex(x, self.radius)

    def linear_minimizer(self, g):
        vertex = np.zeros(g.size)
        vertex[np.argmin(g)] = self.radius
        return vertex

    @property
    def diameter(self):
        """sqrt(2) radius, the distance of two vertices."""
        return float(np.sqrt(2) * self.radius)


@problem
class L1Ball(NamedTuple):
    """The set of vectors with sum_i |x_i| <= radius.

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
    >>> oe.problems.L1Ball().project(np.array([-2.0, 1.5]))
    array([-0.75,  0.25])
    """

    radius: float = 1.0

    def check(self):
        """Refuse a radius that is not positive."""
        require_positive_data(self, "radius")

    def project(self, x):
        return project_l1_ball(x, self.radius)

    def linear_minimizer(self, g):
        i = np.argmax(np.abs(g))
        vertex = np.zeros(g.size)
        vertex[i] = -self.radius * np.sign(g[i])
        return vertex

    @property
    def diameter(self):
        """2 radius."""
        return 2 * self.radius
