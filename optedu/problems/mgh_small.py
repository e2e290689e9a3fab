"""Test functions of More, Garbow and Hillstrom (1981) in two and three variables.

All are sums of squares f(x) = ||t(x)||^2 of the article's functions, ``terms(x)``, whose Jacobian
is ``slopes(x)``. We write f = ||r||^2 / 2, so the oracle ``residual`` is r = sqrt(2) t. ``start``,
``minimum`` and ``minimizer`` are those of the article, to full precision.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import constant_array
from optedu.protocol import problem


@problem
class FreudensteinRoth(NamedTuple):
    """Freudenstein and Roth: minimum 0, and a local minimum 48.98 that traps.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.FreudensteinRoth().value(np.array([5.0, 4.0])))
    0.0
    """

    convex = False
    shape = (2,)
    start = constant_array(0.5, -2.0)
    minimum = 0.0
    minimizer = constant_array(5.0, 4.0)

    def terms(self, x):
        y = x[1]
        return np.array(
            [
                -13.0 + x[0] + ((5.0 - y) * y - 2.0) * y,
                -29.0 + x[0] + ((y + 1.0) * y - 14.0) * y,
            ]
        )

    def slopes(self, x):
        y = x[1]
        return np.array([[1.0, (10.0 - 3.0 * y) * y - 2.0], [1.0, (3.0 * y + 2.0) * y - 14.0]])

    def residual(self, x):
        return np.sqrt(2.0) * self.terms(x)

    def jacobian(self, x):
        return np.sqrt(2.0) * self.slopes(x)

    def gauss_newton(self, x):
        J = self.slopes(x)
        return 2.0 * (J.T @ J)

    def value(self, x):
        t = self.terms(x)
        return t @ t

    def gradient(self, x):
        return 2.0 * (self.slopes(x).T @ self.terms(x))


@problem
class PowellBadlyScaled(NamedTuple):
    """Powell's badly scaled function: coordinates of the minimizer differ by a factor 10^6.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.PowellBadlyScaled()
    >>> bool(problem.value(problem.minimizer) < 1e-20)
    True
    """

    convex = False
    shape = (2,)
    start = constant_array(0.0, 1.0)
    minimum = 0.0
    minimizer = constant_array(1.0981593296997979e-05, 9.106146739866686)

    def terms(self, x):
        return np.array([1e4 * x[0] * x[1] - 1.0, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001])

    def slopes(self, x):
        return np.array([[1e4 * x[1], 1e4 * x[0]], [-np.exp(-x[0]), -np.exp(-x[1])]])

    def residual(self, x):
        return np.sqrt(2.0) * self.terms(x)

    def jacobian(self, x):
        return np.sqrt(2.0) * self.slopes(x)

    def gauss_newton(self, x):
        J = self.slopes(x)
        return 2.0 * (J.T @ J)

    def value(self, x):
        t = self.terms(x)
        return t @ t

    def gradient(self, x):
        return 2.0 * (self.slopes(x).T @ self.terms(x))


@problem
class BrownBadlyScaled(NamedTuple):
    """Brown's badly scaled function: minimizer (10^6, 2 10^-6).

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.BrownBadlyScaled()
    >>> float(problem.value(problem.minimizer))
    0.0
    """

    convex = False
    shape = (2,)
    start = constant_array(1.0, 1.0)
    minimum = 0.0
    minimizer = constant_array(1e6, 2e-6)

    def terms(self, x):
        return np.array([x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2.0])

    def slopes(self, x):
        return np.array([[1.0, 0.0], [0.0, 1.0], [x[1], x[0]]])

    def residual(self, x):
        return np.sqrt(2.0) * self.terms(x)

    def jacobian(self, x):
        return np.sqrt(2.0) * self.slopes(x)

    def gauss_newton(self, x):
        J = self.slopes(x)
        return 2.0 * (J.T @ J)

    def value(self, x):
        t = self.terms(x)
        return t @ t

    def gradient(self, x):
        return 2.0 * (self.slopes(x).T @ self.terms(x))


@problem
class JennrichSampson(NamedTuple):
    """Jennrich and Sampson: r_i = 2 + 2 i - exp(i x) - exp(i y), i = 1..10; minimum 124.36.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.JennrichSampson()
    >>> float(problem.value(problem.minimizer).round(3))
    124.362
    """

    convex = False
    shape = (2,)
    start = constant_array(0.3, 0.4)
    minimum = 124.36218235561483
    minimizer = constant_array(0.2578252136703641, 0.2578252136703641)

    def terms(self, x):
        i = np.arange(1.0, 11.0)
        return 2.0 + 2.0 * i - np.exp(i * x[0]) - np.exp(i * x[1])

    def slopes(self, x):
        i = np.arange(1.0, 11.0)
        J = np.empty((10, 2))
        J[:, 0] = -i * np.exp(i * x[0])
        J[:, 1] = -i * np.exp(i * x[1])
        return J

    def residual(self, x):
        return np.sqrt(2.0) * self.terms(x)

    def jacobian(self, x):
        return np.sqrt(2.0) * self.slopes(x)

    def gauss_newton(self, x):
        J = self.slopes(x)
        return 2.0 * (J.T @ J)

    def value(self, x):
        t = self.terms(x)
        return t @ t

    def gradient(self, x):
        return 2.0 * (self.slopes(x).T @ self.terms(x))


@problem
class HelicalValley(NamedTuple):
    """Fletcher and Powell's helical valley: down a spiral staircase to (1, 0, 0).

    The angle jumps on the half plane x = 0, y < 0.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.HelicalValley().value(np.array([-1.0, 0.0, 0.0])))
    2500.0
    """

    convex = False
    shape = (3,)
    start = constant_array(-1.0, 0.0, 0.0)
    minimum = 0.0
    minimizer = constant_array(1.0, 0.0, 0.0)

    def terms(self, x):
        turn = np.arctan2(x[1], x[0]) / (2.0 * np.pi)
        if turn < -0.25:
            turn += 1.0
        radius = np.sqrt(x[0] ** 2 + x[1] ** 2)
        return np.array([10.0 * (x[2] - 10.0 * turn), 10.0 * (radius - 1.0), x[2]])

    def slopes(self, x):
        square = x[0] ** 2 + x[1] ** 2
        radius = np.sqrt(square)
        angle = 50.0 / (np.pi * square)
        return np.array(
            [
                [angle * x[1], -angle * x[0], 10.0],
                [10.0 * x[0] / radius, 10.0 * x[1] / radius, 0.0],
                [0.0, 0.0, 1.0],
            ]
        )

    def residual(self, x):
        return np.sqrt(2.0) * self.terms(x)

    def jacobian(self, x):
        return np.sqrt(2.0) * self.slopes(x)

    def gauss_newton(self, x):
        J = self.slopes(x)
        return 2.0 * (J.T @ J)

    def value(self, x):
        t = self.terms(x)
        return t @ t

    def gradient(self, x):
        return 2.0 * (self.slopes(x).T @ self.terms(x))


BARD = constant_array(
    0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39
)


@problem
class Bard(NamedTuple):
    """Bard: 15 measurements fitted by x_1 + u / (v x_2 + w x_3); minimum 0.00821.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Bard()
    >>> float(problem.value(problem.minimizer).round(8))
    0.00821488
    """

    convex = False
    shape = (3,)
    start = constant_array(1.0, 1.0, 1.0)
    minimum = 0.008214877306578965
    minimizer = constant_array(0.08241055974978899, 1.1330360920297227, 2.3436951786425366)

    def terms(self, x):
        u = np.arange(1.0, 16.0)
        v = 16.0 - u
        return BARD - (x[0] + u / (v * x[1] + np.minimum(u, v) * x[2]))

    def slopes(self, x):
        u = np.arange(1.0, 16.0)
        v = 16.0 - u
        w = np.minimum(u, v)
        slope = u / (v * x[1] + w * x[2]) ** 2
        J = np.empty((15, 3))
        J[:, 0] = -1.0
        J[:, 1] = slope * v
        J[:, 2] = slope * w
        return J

    def residual(self, x):
        return np.sqrt(2.0) * self.terms(x)

    def jacobian(self, x):
        return np.sqrt(2.0) * self.slopes(x)

    def gauss_newton(self, x):
        J = self.slopes(x)
        return 2.0 * (J.T @ J)

    def value(self, x):
        t = self.terms(x)
        return t @ t

    def gradient(self, x):
        return 2.0 * (self.slopes(x).T @ self.terms(x))


GAUSSIAN = constant_array(
    0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989,
    0.3521, 0.2420, 0.1295, 0.0540, 0.0175, 0.0044, 0.0009,
)  # fmt: skip


@problem
class GaussianFit(NamedTuple):
    """A bell x_1 exp(-x_2 (t - x_3)^2 / 2) fitted to 15 values; minimum 1.13e-8.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.GaussianFit()
    >>> bool(problem.value(problem.minimizer) < 1.1280e-8)
    True
    """

    convex = False
    shape = (3,)
    start = constant_array(0.4, 1.0, 0.0)
    minimum = 1.1279327696187e-08
    minimizer = constant_array(0.39895613783875666, 1.0000190844878056, 0.0)

    def terms(self, x):
        t = 0.5 * (8.0 - np.arange(1.0, 16.0))
        return x[0] * np.exp(-0.5 * x[1] * (t - x[2]) ** 2) - GAUSSIAN

    def slopes(self, x):
        shift = 0.5 * (8.0 - np.arange(1.0, 16.0)) - x[2]
        bell = np.exp(-0.5 * x[1] * shift**2)
        J = np.empty((15, 3))
        J[:, 0] = bell
        J[:, 1] = -0.5 * x[0] * bell * shift**2
        J[:, 2] = x[0] * x[1] * bell * shift
        return J

    def residual(self, x):
        return np.sqrt(2.0) * self.terms(x)

    def jacobian(self, x):
        return np.sqrt(2.0) * self.slopes(x)

    def gauss_newton(self, x):
        J = self.slopes(x)
        return 2.0 * (J.T @ J)

    def value(self, x):
        t = self.terms(x)
        return t @ t

    def gradient(self, x):
        return 2.0 * (self.slopes(x).T @ self.terms(x))


@problem
class BoxThreeDimensional(NamedTuple):
    """Box: exponentials that (1, 10, 1), (10, 1, -1) and the line x = y, z = 0 match exactly.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.BoxThreeDimensional().value(np.array([1.0, 10.0, 1.0])))
    0.0
    """

    convex = False
    shape = (3,)
    start = constant_array(0.0, 10.0, 20.0)
    minimum = 0.0
    minimizer = constant_array(1.0, 10.0, 1.0)

    def terms(self, x):
        t = 0.1 * np.arange(1.0, 11.0)
        model = np.exp(-t * x[0]) - np.exp(-t * x[1])
        return model - x[2] * (np.exp(-t) - np.exp(-10.0 * t))

    def slopes(self, x):
        t = 0.1 * np.arange(1.0, 11.0)
        J = np.empty((10, 3))
        J[:, 0] = -t * np.exp(-t * x[0])
        J[:, 1] = t * np.exp(-t * x[1])
        J[:, 2] = np.exp(-10.0 * t) - np.exp(-t)
        return J

    def residual(self, x):
        return np.sqrt(2.0) * self.terms(x)

    def jacobian(self, x):
        return np.sqrt(2.0) * self.slopes(x)

    def gauss_newton(self, x):
        J = self.slopes(x)
        return 2.0 * (J.T @ J)

    def value(self, x):
        t = self.terms(x)
        return t @ t

    def gradient(self, x):
        return 2.0 * (self.slopes(x).T @ self.terms(x))
