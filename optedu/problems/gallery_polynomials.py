"""Polynomials of two variables with known minima, for pictures and tests.

Each has ``value``, ``gradient``, ``hessian``, and as attributes ``minimum``, ``minimizer``, all
``minimizers``, a usual ``start``, and ``extent``, a window (xmin, xmax, ymin, ymax).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import constant_array
from optedu.protocol import problem


@problem
class Himmelblau(NamedTuple):
    """Minimize f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2: four minima of value 0.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.Himmelblau().value(np.array([3.0, 2.0])))
    0.0
    """

    convex = False
    shape = (2,)
    start = constant_array(0.0, 0.0)
    minimum = 0.0
    minimizer = constant_array(3.0, 2.0)
    minimizers = constant_array(
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286170),
        (3.584428340330492, -1.848126526964404),
    )
    extent = (-5.0, 5.0, -5.0, 5.0)

    def value(self, x):
        return (x[0] ** 2 + x[1] - 11.0) ** 2 + (x[0] + x[1] ** 2 - 7.0) ** 2

    def gradient(self, x):
        p = x[0] ** 2 + x[1] - 11.0
        q = x[0] + x[1] ** 2 - 7.0
        return np.array([4.0 * x[0] * p + 2.0 * q, 2.0 * p + 4.0 * x[1] * q])

    def hessian(self, x):
        p = x[0] ** 2 + x[1] - 11.0
        q = x[0] + x[1] ** 2 - 7.0
        cross = 4.0 * (x[0] + x[1])
        xx = 4.0 * p + 8.0 * x[0] ** 2 + 2.0
        yy = 4.0 * q + 8.0 * x[1] ** 2 + 2.0
        return np.array([[xx, cross], [cross, yy]])


@problem
class Beale(NamedTuple):
    """Minimize f(x, y) = sum_{k=1..3} (c_k - x (1 - y^k))^2, c = (1.5, 2.25, 2.625).

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.Beale().value(np.array([3.0, 0.5])))
    0.0
    """

    convex = False
    shape = (2,)
    start = constant_array(1.0, 1.0)
    minimum = 0.0
    minimizer = constant_array(3.0, 0.5)
    minimizers = constant_array((3.0, 0.5))
    extent = (-4.5, 4.5, -4.5, 4.5)

    def value(self, x):
        total = 0.0
        for k, c in ((1, 1.5), (2, 2.25), (3, 2.625)):
            total += (c - x[0] * (1.0 - x[1] ** k)) ** 2
        return total

    def gradient(self, x):
        g = np.zeros(2)
        for k, c in ((1, 1.5), (2, 2.25), (3, 2.625)):
            r = c - x[0] * (1.0 - x[1] ** k)
            g[0] -= 2.0 * r * (1.0 - x[1] ** k)
            g[1] += 2.0 * r * k * x[0] * x[1] ** (k - 1)
        return g

    def hessian(self, x):
        xx, xy, yy = 0.0, 0.0, 0.0
        for k, c in ((1, 1.5), (2, 2.25), (3, 2.625)):
            r = c - x[0] * (1.0 - x[1] ** k)
            slope = k * x[1] ** (k - 1)
            bend = 0.0 if k == 1 else k * (k - 1) * x[1] ** (k - 2)
            xx += 2.0 * (1.0 - x[1] ** k) ** 2
            xy += 2.0 * (r * slope - (1.0 - x[1] ** k) * x[0] * slope)
            yy += 2.0 * ((x[0] * slope) ** 2 + r * x[0] * bend)
        return np.array([[xx, xy], [xy, yy]])


@problem
class Booth(NamedTuple):
    """Minimize f(x, y) = (x + 2 y - 7)^2 + (2 x + y - 5)^2, a convex quadratic.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.Booth().value(np.array([1.0, 3.0])))
    0.0
    """

    shape = (2,)
    start = constant_array(-8.0, -4.0)
    minimum = 0.0
    minimizer = constant_array(1.0, 3.0)
    minimizers = constant_array((1.0, 3.0))
    extent = (-10.0, 10.0, -10.0, 10.0)
    smoothness = 18.0
    strong_convexity = 2.0

    def value(self, x):
        return (x[0] + 2.0 * x[1] - 7.0) ** 2 + (2.0 * x[0] + x[1] - 5.0) ** 2

    def gradient(self, x):
        return np.array([10.0 * x[0] + 8.0 * x[1] - 34.0, 8.0 * x[0] + 10.0 * x[1] - 38.0])

    def hessian(self, x):
        return np.array([[10.0, 8.0], [8.0, 10.0]])


@problem
class Matyas(NamedTuple):
    """Minimize f(x, y) = 0.26 (x^2 + y^2) - 0.48 x y, a flat convex quadratic.

    Examples
    --------
    >>> import optedu as oe
    >>> oe.problems.Matyas().smoothness
    1.0
    """

    shape = (2,)
    start = constant_array(8.0, -4.0)
    minimum = 0.0
    minimizer = constant_array(0.0, 0.0)
    minimizers = constant_array((0.0, 0.0))
    extent = (-10.0, 10.0, -10.0, 10.0)
    smoothness = 1.0
    strong_convexity = 0.04

    def value(self, x):
        return 0.26 * (x[0] ** 2 + x[1] ** 2) - 0.48 * x[0] * x[1]

    def gradient(self, x):
        return np.array([0.52 * x[0] - 0.48 * x[1], 0.52 * x[1] - 0.48 * x[0]])

    def hessian(self, x):
        return np.array([[0.52, -0.48], [-0.48, 0.52]])


@problem
class SixHumpCamel(NamedTuple):
    """Minimize f(x, y) = (4 - 2.1 x^2 + x^4 / 3) x^2 + x y + (4 y^2 - 4) y^2.

    Six minima, two of them global.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.SixHumpCamel()
    >>> float(problem.value(problem.minimizer).round(6))
    -1.031628
    """

    convex = False
    shape = (2,)
    start = constant_array(-1.5, 1.5)
    minimum = -1.0316284534898774
    minimizer = constant_array(0.08984201310031807, -0.7126564030207396)
    minimizers = constant_array(
        (0.08984201310031807, -0.7126564030207396), (-0.08984201310031807, 0.7126564030207396)
    )
    extent = (-2.0, 2.0, -1.5, 1.5)

    def value(self, x):
        u, v = x[0] ** 2, x[1] ** 2
        return (4.0 - 2.1 * u + u * u / 3.0) * u + x[0] * x[1] + 4.0 * (v - 1.0) * v

    def gradient(self, x):
        u, v = x[0] ** 2, x[1] ** 2
        return np.array(
            [
                (8.0 - 8.4 * u + 2.0 * u * u) * x[0] + x[1],
                x[0] + (16.0 * v - 8.0) * x[1],
            ]
        )

    def hessian(self, x):
        u, v = x[0] ** 2, x[1] ** 2
        return np.array([[8.0 - 25.2 * u + 10.0 * u * u, 1.0], [1.0, 48.0 * v - 8.0]])


@problem
class ThreeHumpCamel(NamedTuple):
    """Minimize f(x, y) = 2 x^2 - 1.05 x^4 + x^6 / 6 + x y + y^2: three minima, one global.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.ThreeHumpCamel().value(np.zeros(2)))
    0.0
    """

    convex = False
    shape = (2,)
    start = constant_array(-1.9, 1.5)
    minimum = 0.0
    minimizer = constant_array(0.0, 0.0)
    minimizers = constant_array((0.0, 0.0))
    extent = (-2.5, 2.5, -2.5, 2.5)

    def value(self, x):
        u = x[0] ** 2
        return (2.0 - 1.05 * u + u * u / 6.0) * u + x[0] * x[1] + x[1] ** 2

    def gradient(self, x):
        u = x[0] ** 2
        return np.array([(4.0 - 4.2 * u + u * u) * x[0] + x[1], x[0] + 2.0 * x[1]])

    def hessian(self, x):
        u = x[0] ** 2
        return np.array([[4.0 - 12.6 * u + 5.0 * u * u, 1.0], [1.0, 2.0]])


@problem
class GoldsteinPrice(NamedTuple):
    """Minimize f(x, y) = a(x + y) b(2 x - 3 y), a product of two quartics.

    a(u) = 1 + (u + 1)^2 (19 - 14 u + 3 u^2) and b(v) = 30 + v^2 (18 - 16 v + 3 v^2).

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.GoldsteinPrice().value(np.array([0.0, -1.0])))
    3.0
    """

    convex = False
    shape = (2,)
    start = constant_array(-1.5, 0.5)
    minimum = 3.0
    minimizer = constant_array(0.0, -1.0)
    minimizers = constant_array((0.0, -1.0))
    extent = (-2.0, 2.0, -2.0, 2.0)

    def quartics(self, x):
        """Return a, a', a'' at x + y and b, b', b'' at 2 x - 3 y."""
        u = x[0] + x[1]
        v = 2.0 * x[0] - 3.0 * x[1]
        return (
            1.0 + (u + 1.0) ** 2 * (19.0 - 14.0 * u + 3.0 * u**2),
            12.0 * (u - 2.0) * (u - 1.0) * (u + 1.0),
            36.0 * u**2 - 48.0 * u - 12.0,
            30.0 + v**2 * (18.0 - 16.0 * v + 3.0 * v**2),
            12.0 * v * (v - 1.0) * (v - 3.0),
            36.0 * v**2 - 96.0 * v + 36.0,
        )

    def value(self, x):
        a, _, _, b, _, _ = self.quartics(x)
        return a * b

    def gradient(self, x):
        a, da, _, b, db, _ = self.quartics(x)
        return np.array([da * b + 2.0 * a * db, da * b - 3.0 * a * db])

    def hessian(self, x):
        a, da, dda, b, db, ddb = self.quartics(x)
        xy = dda * b - da * db - 6.0 * a * ddb
        xx = dda * b + 4.0 * da * db + 4.0 * a * ddb
        yy = dda * b - 6.0 * da * db + 9.0 * a * ddb
        return np.array([[xx, xy], [xy, yy]])


@problem
class StyblinskiTang(NamedTuple):
    """Minimize f(x, y) = (p(x) + p(y)) / 2 with p(t) = t^4 - 16 t^2 + 5 t: four minima, one global.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.StyblinskiTang()
    >>> float(problem.value(problem.minimizer).round(4))
    -78.3323
    """

    convex = False
    shape = (2,)
    start = constant_array(0.5, -0.5)
    minimum = -78.33233140754285
    minimizer = constant_array(-2.903534027771177, -2.903534027771177)
    minimizers = constant_array((-2.903534027771177, -2.903534027771177))
    extent = (-5.0, 5.0, -5.0, 5.0)

    def value(self, x):
        return 0.5 * np.sum(x**4 - 16.0 * x**2 + 5.0 * x)

    def gradient(self, x):
        return 2.0 * x**3 - 16.0 * x + 2.5

    def hessian(self, x):
        return np.diag(6.0 * x**2 - 16.0)


@problem
class DoubleWell(NamedTuple):
    """Minimize f(x, y) = x^2 / 2 + (y^2 - 1)^2 / 4: two minima and between them a saddle.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.DoubleWell().hessian(np.zeros(2))
    array([[ 1.,  0.],
           [ 0., -1.]])
    """

    convex = False
    shape = (2,)
    start = constant_array(1.5, 0.1)
    minimum = 0.0
    minimizer = constant_array(0.0, 1.0)
    minimizers = constant_array((0.0, 1.0), (0.0, -1.0))
    extent = (-2.0, 2.0, -1.8, 1.8)

    def value(self, x):
        return 0.5 * x[0] ** 2 + 0.25 * (x[1] ** 2 - 1.0) ** 2

    def gradient(self, x):
        return np.array([x[0], (x[1] ** 2 - 1.0) * x[1]])

    def hessian(self, x):
        return np.array([[1.0, 0.0], [0.0, 3.0 * x[1] ** 2 - 1.0]])
