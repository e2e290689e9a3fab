"""Functions of one variable that a chapter's argument turns on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import problem


@problem
class HeavyBallCycle(NamedTuple):
    """A strongly convex function of one variable on which Polyak's heavy ball cycles.

    f'(x) = 25 x below 1, x + 24 from 1 to 2, and 25 x - 24 beyond, so that mu = 1 and L = 25.
    Polyak's constants step_size = 1/9, momentum = 4/9 from x = 3.3 end in a cycle of length 3
    (lessard2016).

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.HeavyBallCycle().gradient(np.array([3.0]))
    array([51.])
    """

    def value(self, x):
        u = x[0]
        if u < 1.0:
            return 12.5 * u * u
        if u < 2.0:
            return 0.5 * u * u + 24.0 * u - 12.0
        return 12.5 * u * u - 24.0 * u + 36.0

    def gradient(self, x):
        return 25.0 * x - 24.0 * np.minimum(np.maximum(x - 1.0, 0.0), 1.0)

    @property
    def shape(self):
        """Shape of an iterate."""
        return (1,)

    @property
    def start(self):
        """A point from which the heavy ball cycles."""
        return np.array([3.3])

    @property
    def smoothness(self):
        """L = 25."""
        return 25.0

    @property
    def strong_convexity(self):
        """1."""
        return 1.0

    @property
    def minimizer(self):
        """0."""
        return np.zeros(1)

    @property
    def minimum(self):
        """f* = 0."""
        return 0.0


@problem
class QuasarConvexRoot(NamedTuple):
    """f(x) = (x^2 + 1/8)^(1/6): not convex, but 1/2-quasar-convex for |x| <= 5.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.QuasarConvexRoot().hessian(np.array([1.0]))[0, 0]) < 0
    True
    """

    convex = False

    def value(self, x):
        return (x[0] * x[0] + 0.125) ** (1.0 / 6.0)

    def gradient(self, x):
        return x / 3.0 * (x * x + 0.125) ** (-5.0 / 6.0)

    def hessian(self, x):
        square = x[0] * x[0]
        return np.array([[(0.125 - 2.0 * square / 3.0) / 3.0 * (square + 0.125) ** (-11.0 / 6.0)]])

    @property
    def shape(self):
        """Shape of an iterate."""
        return (1,)

    @property
    def start(self):
        """2."""
        return np.array([2.0])

    @property
    def smoothness(self):
        """L = f''(0) = 8^(5/6) / 3, the largest curvature in absolute value."""
        return float(8 ** (5 / 6) / 3)

    @property
    def quasar_convexity(self):
        """The constant 1/2, for |x| <= 5."""
        return 0.5

    @property
    def minimizer(self):
        """0."""
        return np.zeros(1)

    @property
    def minimum(self):
        """f* = (1/8)^(1/6)."""
        return float(0.125 ** (1 / 6))
