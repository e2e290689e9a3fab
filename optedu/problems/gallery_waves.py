"""Functions of two variables with sines or exponentials and known minima.

Each has ``value``, ``gradient``, ``hessian`` (but for `Ackley`), and as attributes ``minimum``,
``minimizer``, all ``minimizers`` in the window, a usual ``start``, and ``extent``, the window
(xmin, xmax, ymin, ymax).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import constant_array
from optedu.protocol import problem

PI = np.pi


@problem
class McCormick(NamedTuple):
    """Minimize f(x, y) = sin(x + y) + (x - y)^2 - 1.5 x + 2.5 y + 1 over its window.

    ``minimum`` is the smallest value in the window; f is unbounded below along x = y.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.McCormick()
    >>> float(problem.value(problem.minimizer).round(4))
    -1.9132
    """

    convex = False
    shape = (2,)
    start = constant_array(2.0, 2.5)
    minimum = -(3**0.5) / 2 - PI / 3
    minimizer = constant_array(0.5 - PI / 3, -0.5 - PI / 3)
    minimizers = constant_array((0.5 - PI / 3, -0.5 - PI / 3))
    extent = (-1.5, 4.0, -3.0, 4.0)

    def value(self, x):
        return np.sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - 1.5 * x[0] + 2.5 * x[1] + 1.0

    def gradient(self, x):
        slope, spread = np.cos(x[0] + x[1]), 2.0 * (x[0] - x[1])
        return np.array([slope + spread - 1.5, slope - spread + 2.5])

    def hessian(self, x):
        bend = -np.sin(x[0] + x[1])
        return np.array([[bend + 2.0, bend - 2.0], [bend - 2.0, bend + 2.0]])


@problem
class Branin(NamedTuple):
    """Minimize f(x, y) = (y - 5.1 x^2 / (4 pi^2) + 5 x / pi - 6)^2 + 10 (1 - 1/(8 pi)) cos x + 10.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Branin()
    >>> float(problem.value(problem.minimizer).round(6))
    0.397887
    """

    convex = False
    shape = (2,)
    start = constant_array(5.0, 12.0)
    minimum = 10 / (8 * PI)
    minimizer = constant_array(PI, 2.275)
    minimizers = constant_array((-PI, 12.275), (PI, 2.275), (3 * PI, 2.475))
    extent = (-5.0, 10.0, 0.0, 15.0)

    def value(self, x):
        r = x[1] - 5.1 / (4.0 * PI**2) * x[0] ** 2 + 5.0 / PI * x[0] - 6.0
        return r**2 + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * np.cos(x[0]) + 10.0

    def gradient(self, x):
        r = x[1] - 5.1 / (4.0 * PI**2) * x[0] ** 2 + 5.0 / PI * x[0] - 6.0
        dr = -10.2 / (4.0 * PI**2) * x[0] + 5.0 / PI
        wave = 10.0 * (1.0 - 1.0 / (8.0 * PI)) * np.sin(x[0])
        return np.array([2.0 * r * dr - wave, 2.0 * r])

    def hessian(self, x):
        r = x[1] - 5.1 / (4.0 * PI**2) * x[0] ** 2 + 5.0 / PI * x[0] - 6.0
        dr = -10.2 / (4.0 * PI**2) * x[0] + 5.0 / PI
        wave = 10.0 * (1.0 - 1.0 / (8.0 * PI)) * np.cos(x[0])
        xx = 2.0 * dr**2 - 20.4 / (4.0 * PI**2) * r - wave
        return np.array([[xx, 2.0 * dr], [2.0 * dr, 2.0]])


@problem
class Easom(NamedTuple):
    """Minimize f(x, y) = -cos x cos y exp(-(x - pi)^2 - (y - pi)^2): a needle in a plain.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Easom()
    >>> float(problem.value(problem.minimizer))
    -1.0
    """

    convex = False
    shape = (2,)
    start = constant_array(2.5, 2.2)
    minimum = -1.0
    minimizer = constant_array(PI, PI)
    minimizers = constant_array((PI, PI))
    extent = (0.0, 6.5, 0.0, 6.5)

    def value(self, x):
        u = np.exp(-((x - PI) ** 2)) * np.cos(x)
        return -u[0] * u[1]

    def gradient(self, x):
        e = np.exp(-((x - PI) ** 2))
        u = e * np.cos(x)
        du = -2.0 * (x - PI) * u - e * np.sin(x)
        return np.array([-du[0] * u[1], -u[0] * du[1]])

    def hessian(self, x):
        t = x - PI
        e = np.exp(-(t**2))
        u = e * np.cos(x)
        du = -2.0 * t * u - e * np.sin(x)
        ddu = (4.0 * t * t - 3.0) * u + 4.0 * t * e * np.sin(x)
        cross = -du[0] * du[1]
        return np.array([[-ddu[0] * u[1], cross], [cross, -u[0] * ddu[1]]])


@problem
class Ackley(NamedTuple):
    """Minimize f = 20 (1 - exp(-r / 5)) + e - exp((cos 2 pi x + cos 2 pi y) / 2).

    Here r^2 = (x^2 + y^2) / 2. The minimizer 0 is the tip of a cone: there is no Hessian, and
    ``gradient`` is 0.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.Ackley().value(np.zeros(2)))
    0.0
    """

    convex = False
    shape = (2,)
    start = constant_array(2.3, -1.7)
    minimum = 0.0
    minimizer = constant_array(0.0, 0.0)
    minimizers = constant_array((0.0, 0.0))
    extent = (-4.0, 4.0, -4.0, 4.0)

    def value(self, x):
        r = np.sqrt(0.5 * (x @ x))
        waves = np.exp(0.5 * np.sum(np.cos(2.0 * PI * x)))
        return 20.0 * (1.0 - np.exp(-0.2 * r)) + (np.exp(1.0) - waves)

    def gradient(self, x):
        r = np.sqrt(0.5 * (x @ x))
        if r == 0.0:
            return 0.0 * x
        waves = np.exp(0.5 * np.sum(np.cos(2.0 * PI * x)))
        return 2.0 * np.exp(-0.2 * r) / r * x + PI * waves * np.sin(2.0 * PI * x)


@problem
class Rastrigin(NamedTuple):
    """Minimize f(x, y) = sum (t^2 + 10 - 10 cos 2 pi t) over both coordinates t: a grid of minima.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.Rastrigin().value(np.zeros(2)))
    0.0
    """

    convex = False
    shape = (2,)
    start = constant_array(2.2, -1.7)
    minimum = 0.0
    minimizer = constant_array(0.0, 0.0)
    minimizers = constant_array((0.0, 0.0))
    extent = (-4.0, 4.0, -4.0, 4.0)
    smoothness = 2 + 40 * PI**2

    def value(self, x):
        return np.sum(x * x + 20.0 * np.sin(PI * x) ** 2)

    def gradient(self, x):
        return 2.0 * x + 20.0 * PI * np.sin(2.0 * PI * x)

    def hessian(self, x):
        return np.diag(2.0 + 40.0 * PI**2 * np.cos(2.0 * PI * x))


@problem
class Levy(NamedTuple):
    """Minimize f = s(u) + (u - 1)^2 (1 + 10 s(u + 1/pi)) + (w - 1)^2 (1 + s(2 w)).

    Here s(t) = sin(pi t)^2, u = 1 + (x - 1) / 4, w = 1 + (y - 1) / 4.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> bool(oe.problems.Levy().value(np.ones(2)) < 1e-30)
    True
    """

    convex = False
    shape = (2,)
    start = constant_array(-6.0, 7.0)
    minimum = 0.0
    minimizer = constant_array(1.0, 1.0)
    minimizers = constant_array((1.0, 1.0))
    extent = (-10.0, 10.0, -10.0, 10.0)

    def value(self, x):
        u, w = 0.25 * (x[0] - 1.0), 0.25 * (x[1] - 1.0)
        first = np.sin(PI * u) ** 2 + u * u * (1.0 + 10.0 * np.sin(PI * u + PI + 1.0) ** 2)
        return first + w * w * (1.0 + np.sin(2.0 * PI * w) ** 2)

    def gradient(self, x):
        u, w = 0.25 * (x[0] - 1.0), 0.25 * (x[1] - 1.0)
        phase = PI * u + PI + 1.0
        du = PI * np.sin(2.0 * PI * u) + 2.0 * u * (1.0 + 10.0 * np.sin(phase) ** 2)
        du += 10.0 * PI * u * u * np.sin(2.0 * phase)
        dw = 2.0 * w * (1.0 + np.sin(2.0 * PI * w) ** 2)
        dw += 2.0 * PI * w * w * np.sin(4.0 * PI * w)
        return np.array([0.25 * du, 0.25 * dw])

    def hessian(self, x):
        u, w = 0.25 * (x[0] - 1.0), 0.25 * (x[1] - 1.0)
        phase = PI * u + PI + 1.0
        ddu = 2.0 * PI**2 * np.cos(2.0 * PI * u) + 2.0 + 20.0 * np.sin(phase) ** 2
        ddu += 40.0 * PI * u * np.sin(2.0 * phase)
        ddu += 20.0 * PI**2 * u * u * np.cos(2.0 * phase)
        ddw = 2.0 + 2.0 * np.sin(2.0 * PI * w) ** 2 + 8.0 * PI * w * np.sin(4.0 * PI * w)
        ddw += 8.0 * PI**2 * w * w * np.cos(4.0 * PI * w)
        return np.array([[ddu / 16.0, 0.0], [0.0, ddw / 16.0]])


@problem
class Bohachevsky(NamedTuple):
    """Minimize f(x, y) = x^2 + 2 y^2 - 0.3 cos 3 pi x - 0.4 cos 4 pi y + 0.7: a rippled bowl.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.Bohachevsky().value(np.zeros(2)))
    0.0
    """

    convex = False
    shape = (2,)
    start = constant_array(1.7, -1.3)
    minimum = 0.0
    minimizer = constant_array(0.0, 0.0)
    minimizers = constant_array((0.0, 0.0))
    extent = (-2.0, 2.0, -2.0, 2.0)
    smoothness = 4 + 6.4 * PI**2

    def value(self, x):
        waves = 0.6 * np.sin(1.5 * PI * x[0]) ** 2 + 0.8 * np.sin(2.0 * PI * x[1]) ** 2
        return x[0] ** 2 + 2.0 * x[1] ** 2 + waves

    def gradient(self, x):
        return np.array(
            [
                2.0 * x[0] + 0.9 * PI * np.sin(3.0 * PI * x[0]),
                4.0 * x[1] + 1.6 * PI * np.sin(4.0 * PI * x[1]),
            ]
        )

    def hessian(self, x):
        xx = 2.0 + 2.7 * PI**2 * np.cos(3.0 * PI * x[0])
        yy = 4.0 + 6.4 * PI**2 * np.cos(4.0 * PI * x[1])
        return np.array([[xx, 0.0], [0.0, yy]])
