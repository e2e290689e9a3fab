"""A saddle with three ways down, at which the Hessian vanishes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import constant_array
from optedu.protocol import problem

_HEIGHT = float(np.sqrt(0.75))


@problem
class MonkeySaddle(NamedTuple):
    """Minimize f(x, y) = (x^3 - 3 x y^2) / 3 + (x^2 + y^2)^2 / 4: two legs and a tail.

    In polar coordinates f = r^3 cos(3 theta) / 3 + r^4 / 4. At the origin gradient and Hessian are
    both zero, and three valleys lead down from it, each to a minimum at distance 1.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.MonkeySaddle()
    >>> problem.hessian(np.zeros(2)) + 0.0
    array([[0., 0.],
           [0., 0.]])
    """

    convex = False
    shape = (2,)
    start = constant_array(0.3, 0.02)
    minimum = -1.0 / 12.0
    minimizer = constant_array(-1.0, 0.0)
    minimizers = constant_array((-1.0, 0.0), (0.5, _HEIGHT), (0.5, -_HEIGHT))
    extent = (-1.6, 1.6, -1.4, 1.4)

    def value(self, x):
        s = x[0] ** 2 + x[1] ** 2
        return x[0] * (x[0] ** 2 - 3.0 * x[1] ** 2) / 3.0 + 0.25 * s**2

    def gradient(self, x):
        s = x[0] ** 2 + x[1] ** 2
        return np.array([x[0] ** 2 - x[1] ** 2 + s * x[0], -2.0 * x[0] * x[1] + s * x[1]])

    def hessian(self, x):
        s = x[0] ** 2 + x[1] ** 2
        cross = 2.0 * x[0] * x[1] - 2.0 * x[1]
        xx = 2.0 * x[0] + s + 2.0 * x[0] ** 2
        yy = -2.0 * x[0] + s + 2.0 * x[1] ** 2
        return np.array([[xx, cross], [cross, yy]])

    def hessian_product(self, x, v):
        return self.hessian(x) @ v
