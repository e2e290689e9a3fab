"""Test functions of More, Garbow and Hillstrom (1981) in four and more variables.

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
class PowellSingular(NamedTuple):
    """Powell's singular function: its Hessian at the minimizer 0 has rank 2.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.PowellSingular()
    >>> float(problem.value(problem.start).round(6))
    215.0
    """

    convex = False
    shape = (4,)
    start = constant_array(3.0, -1.0, 0.0, 1.0)
    minimum = 0.0
    minimizer = constant_array(0.0, 0.0, 0.0, 0.0)

    def terms(self, x):
        return np.array(
            [
                x[0] + 10.0 * x[1],
                np.sqrt(5.0) * (x[2] - x[3]),
                (x[1] - 2.0 * x[2]) ** 2,
                np.sqrt(10.0) * (x[0] - x[3]) ** 2,
            ]
        )

    def slopes(self, x):
        p, q = 2.0 * (x[1] - 2.0 * x[2]), 2.0 * np.sqrt(10.0) * (x[0] - x[3])
        five = np.sqrt(5.0)
        return np.array(
            [
                [1.0, 10.0, 0.0, 0.0],
                [0.0, 0.0, five, -five],
                [0.0, p, -2.0 * p, 0.0],
                [q, 0.0, 0.0, -q],
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


@problem
class Wood(NamedTuple):
    """Wood's function: two curved valleys, coupled.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Wood()
    >>> float(problem.value(problem.start).round(6))
    19192.0
    """

    convex = False
    shape = (4,)
    start = constant_array(-3.0, -1.0, -3.0, -1.0)
    minimum = 0.0
    minimizer = constant_array(1.0, 1.0, 1.0, 1.0)

    def terms(self, x):
        return np.array(
            [
                10.0 * (x[1] - x[0] ** 2),
                1.0 - x[0],
                np.sqrt(90.0) * (x[3] - x[2] ** 2),
                1.0 - x[2],
                np.sqrt(10.0) * (x[1] + x[3] - 2.0),
                (x[1] - x[3]) / np.sqrt(10.0),
            ]
        )

    def slopes(self, x):
        ten, ninety = np.sqrt(10.0), np.sqrt(90.0)
        return np.array(
            [
                [-20.0 * x[0], 10.0, 0.0, 0.0],
                [-1.0, 0.0, 0.0, 0.0],
                [0.0, 0.0, -2.0 * ninety * x[2], ninety],
                [0.0, 0.0, -1.0, 0.0],
                [0.0, ten, 0.0, ten],
                [0.0, 1.0 / ten, 0.0, -1.0 / ten],
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


KOWALIK_Y = constant_array(
    0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246
)
KOWALIK_U = constant_array(4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625)


@problem
class KowalikOsborne(NamedTuple):
    """Kowalik and Osborne: an enzyme's rate at 11 concentrations; minimum 3.075e-4.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.KowalikOsborne()
    >>> float(problem.value(problem.minimizer).round(8))
    0.00030751
    """

    convex = False
    shape = (4,)
    start = constant_array(0.25, 0.39, 0.415, 0.39)
    minimum = 0.00030750560384923655
    minimizer = constant_array(
        0.19280693457903791, 0.19128232873436649, 0.12305650692632064, 0.13606233068379464
    )

    def terms(self, x):
        u = KOWALIK_U
        return KOWALIK_Y - x[0] * (u * u + u * x[1]) / (u * u + u * x[2] + x[3])

    def slopes(self, x):
        u = KOWALIK_U
        above, below = u * u + u * x[1], u * u + u * x[2] + x[3]
        J = np.empty((11, 4))
        J[:, 0] = -above / below
        J[:, 1] = -x[0] * u / below
        J[:, 2] = x[0] * above * u / below**2
        J[:, 3] = x[0] * above / below**2
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
class BrownDennis(NamedTuple):
    """Brown and Dennis: residuals in the thousands at the minimum, 85822.2.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.BrownDennis()
    >>> float(problem.value(problem.minimizer).round(1))
    85822.2
    """

    convex = False
    shape = (4,)
    start = constant_array(25.0, 5.0, -5.0, -1.0)
    minimum = 85822.20162635634
    minimizer = constant_array(
        -11.594439904762163, 13.203630051207202, -0.4034394881768596, 0.23677877445573633
    )

    def terms(self, x):
        t = 0.2 * np.arange(1.0, 21.0)
        p = x[0] + t * x[1] - np.exp(t)
        q = x[2] + x[3] * np.sin(t) - np.cos(t)
        return p * p + q * q

    def slopes(self, x):
        t = 0.2 * np.arange(1.0, 21.0)
        p = 2.0 * (x[0] + t * x[1] - np.exp(t))
        q = 2.0 * (x[2] + x[3] * np.sin(t) - np.cos(t))
        J = np.empty((20, 4))
        J[:, 0] = p
        J[:, 1] = p * t
        J[:, 2] = q
        J[:, 3] = q * np.sin(t)
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
class BiggsExp6(NamedTuple):
    """Biggs: six parameters of three exponentials; minimum 0, and a local one 5.66e-3 that traps.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.BiggsExp6()
    >>> float(problem.value(problem.minimizer))
    0.0
    """

    convex = False
    shape = (6,)
    start = constant_array(1.0, 2.0, 1.0, 1.0, 1.0, 1.0)
    minimum = 0.0
    minimizer = constant_array(1.0, 10.0, 1.0, 5.0, 4.0, 3.0)

    def terms(self, x):
        t = 0.1 * np.arange(1.0, 14.0)
        y = np.exp(-t) - 5.0 * np.exp(-10.0 * t) + 3.0 * np.exp(-4.0 * t)
        model = x[2] * np.exp(-t * x[0]) - x[3] * np.exp(-t * x[1]) + x[5] * np.exp(-t * x[4])
        return model - y

    def slopes(self, x):
        t = 0.1 * np.arange(1.0, 14.0)
        J = np.empty((13, 6))
        J[:, 0] = -t * x[2] * np.exp(-t * x[0])
        J[:, 1] = t * x[3] * np.exp(-t * x[1])
        J[:, 2] = np.exp(-t * x[0])
        J[:, 3] = -np.exp(-t * x[1])
        J[:, 4] = -t * x[5] * np.exp(-t * x[4])
        J[:, 5] = np.exp(-t * x[4])
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
