"""Functions made of a set: its indicator, and half the squared distance to it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.problems.checks import require_oracles
from optedu.problems.norms import euclidean_norm
from optedu.protocol import problem

TOLERANCE = 1e-9


@problem
class Indicator(NamedTuple):
    """The regularizer that is 0 on a set and infinite off it; its prox is the projection.

    Points within a relative distance of 1e-9 count as on the set, so that rounding in a
    projection does not make the value infinite.

    Parameters
    ----------
    feasible : problem
        The set, with ``project``.

    Raises
    ------
    TypeError
        If the set has no projection.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.Indicator(oe.problems.NonNegative()).prox(np.array([-1.0, 2.0]), 1.0)
    array([0., 2.])
    """

    feasible: Any

    differentiable = False

    def check(self):
        """Refuse a set without a projection."""
        require_oracles(self, "feasible", "project")

    def __getattribute__(self, name):
        if name == "coordinate_prox" and not hasattr(self[0], name):
            raise AttributeError(f"{type(self[0]).__name__} has no {name}")
        return tuple.__getattribute__(self, name)

    def value(self, x):
        distance = euclidean_norm(x - self.feasible.project(x))
        return 0.0 if distance <= TOLERANCE * (1.0 + euclidean_norm(x)) else np.inf

    def prox(self, x, t):
        return self.feasible.project(x)

    def coordinate_prox(self, i, x, t):
        return self.feasible.coordinate_prox(i, x, t)

    def project(self, x):
        return self.feasible.project(x)

    @property
    def shape(self):
        """Shape of an iterate, that of the set."""
        return getattr(self.feasible, "shape", None)

    @property
    def minimum(self):
        """0."""
        return 0.0


@problem
class SquaredDistance(NamedTuple):
    """Minimize f(x) = dist(x, set)^2 / 2; a gradient step of size 1 is the projection.

    Parameters
    ----------
    feasible : problem
        The set, with ``project``.

    Raises
    ------
    TypeError
        If the set has no projection.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.SquaredDistance(oe.problems.NonNegative())
    >>> problem.gradient(np.array([-1.0, 2.0]))
    array([-1.,  0.])
    """

    feasible: Any

    def check(self):
        """Refuse a set without a projection."""
        require_oracles(self, "feasible", "project")

    def value(self, x):
        r = x - self.feasible.project(x)
        return 0.5 * np.sum(r * r)

    def gradient(self, x):
        return x - self.feasible.project(x)

    @property
    def shape(self):
        """Shape of an iterate, that of the set."""
        return getattr(self.feasible, "shape", None)

    @property
    def smoothness(self):
        """1."""
        return 1.0

    @property
    def strong_convexity(self):
        """0."""
        return 0.0

    @property
    def minimum(self):
        """f* = 0, on the set."""
        return 0.0
