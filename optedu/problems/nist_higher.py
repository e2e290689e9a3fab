"""Nonlinear regression of higher difficulty, with NIST's certified solutions.

From the Statistical Reference Datasets of the National Institute of Standards and Technology:
data, two starts, and the parameters of least residual sum of squares to eleven digits. We write
f = ||r||^2 / 2, so ``minimum`` is half the certified sum.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import constant_array
from optedu.problems.nist_data import (
    BOXBOD_T,
    BOXBOD_Y,
    ECKERLE4_T,
    ECKERLE4_Y,
    MGH09_T,
    MGH09_Y,
    MGH10_T,
    MGH10_Y,
    RAT42_T,
    RAT42_Y,
    RAT43_T,
    RAT43_Y,
    THURBER_T,
    THURBER_Y,
)
from optedu.protocol import problem


@problem
class MGH09(NamedTuple):
    """Kowalik and Osborne: b_1 (t^2 + b_2 t) / (t^2 + b_3 t + b_4) through 11 points.

    Of higher difficulty, says NIST. ``starts`` are the two usual starts, the far one first.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.MGH09()
    >>> f"{2 * problem.value(problem.minimizer):.10E}"
    '3.0750560385E-04'
    """

    convex = False
    shape = (4,)
    starts = constant_array(
        [25.0, 39.0, 41.5, 39.0],
        [0.25, 0.39, 0.415, 0.39],
    )
    start = starts[0]
    minimizer = constant_array(1.9280693458e-1, 1.9128232873e-1, 1.2305650693e-1, 1.3606233068e-1)
    minimum = 3.0750560385e-4 / 2

    def residual(self, x):
        t, y = MGH09_T, MGH09_Y
        return x[0] * (t * t + t * x[1]) / (t * t + t * x[2] + x[3]) - y

    def jacobian(self, x):
        t = MGH09_T
        J = np.empty((11, 4))
        J[:, 0] = (t * t + t * x[1]) / (t * t + t * x[2] + x[3])
        J[:, 1] = x[0] * t / (t * t + t * x[2] + x[3])
        J[:, 2] = -x[0] * (t * t + t * x[1]) * t / (t * t + t * x[2] + x[3]) ** 2
        J[:, 3] = -x[0] * (t * t + t * x[1]) / (t * t + t * x[2] + x[3]) ** 2
        return J

    def value(self, x):
        r = self.residual(x)
        return 0.5 * (r @ r)

    def gradient(self, x):
        return self.jacobian(x).T @ self.residual(x)

    def gauss_newton(self, x):
        J = self.jacobian(x)
        return J.T @ J


@problem
class MGH10(NamedTuple):
    """Meyer: a thermistor's b_1 exp(b_2 / (t + b_3)) through 16 points, badly scaled.

    Of higher difficulty, says NIST. ``starts`` are the two usual starts, the far one first.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.MGH10()
    >>> f"{2 * problem.value(problem.minimizer):.10E}"
    '8.7945855171E+01'
    """

    convex = False
    shape = (3,)
    starts = constant_array(
        [2.0, 400000.0, 25000.0],
        [0.02, 4000.0, 250.0],
    )
    start = starts[0]
    minimizer = constant_array(5.6096364710e-3, 6.1813463463e3, 3.4522363462e2)
    minimum = 8.7945855171e1 / 2

    def residual(self, x):
        t, y = MGH10_T, MGH10_Y
        return x[0] * np.exp(x[1] / (t + x[2])) - y

    def jacobian(self, x):
        t = MGH10_T
        J = np.empty((16, 3))
        J[:, 0] = np.exp(x[1] / (t + x[2]))
        J[:, 1] = x[0] / (t + x[2]) * np.exp(x[1] / (t + x[2]))
        J[:, 2] = -x[0] * x[1] / (t + x[2]) ** 2 * np.exp(x[1] / (t + x[2]))
        return J

    def value(self, x):
        r = self.residual(x)
        return 0.5 * (r @ r)

    def gradient(self, x):
        return self.jacobian(x).T @ self.residual(x)

    def gauss_newton(self, x):
        J = self.jacobian(x)
        return J.T @ J


@problem
class Thurber(NamedTuple):
    """Electron mobility: a cubic over a cubic through 37 points.

    Of higher difficulty, says NIST. ``starts`` are the two usual starts, the far one first.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Thurber()
    >>> f"{2 * problem.value(problem.minimizer):.10E}"
    '5.6427082397E+03'
    """

    convex = False
    shape = (7,)
    starts = constant_array(
        [1000.0, 1000.0, 400.0, 40.0, 0.7, 0.3, 0.03],
        [1300.0, 1500.0, 500.0, 75.0, 1.0, 0.4, 0.05],
    )
    start = starts[0]
    minimizer = constant_array(
        1.2881396800e3,
        1.4910792535e3,
        5.8323836877e2,
        7.5416644291e1,
        9.6629502864e-1,
        3.9797285797e-1,
        4.9727297349e-2,
    )
    minimum = 5.6427082397e3 / 2

    def residual(self, x):
        t, y = THURBER_T, THURBER_Y
        above = x[0] + t * (x[1] + t * (x[2] + t * x[3]))
        below = 1.0 + t * (x[4] + t * (x[5] + t * x[6]))
        return above / below - y

    def jacobian(self, x):
        t = THURBER_T
        above = x[0] + t * (x[1] + t * (x[2] + t * x[3]))
        below = 1.0 + t * (x[4] + t * (x[5] + t * x[6]))
        J = np.empty((37, 7))
        for k in range(4):
            J[:, k] = t**k / below
        for k in range(1, 4):
            J[:, k + 3] = -above * t**k / below**2
        return J

    def value(self, x):
        r = self.residual(x)
        return 0.5 * (r @ r)

    def gradient(self, x):
        return self.jacobian(x).T @ self.residual(x)

    def gauss_newton(self, x):
        J = self.jacobian(x)
        return J.T @ J


@problem
class BoxBOD(NamedTuple):
    """Biochemical oxygen demand: b_1 (1 - exp(-b_2 t)) through 6 points.

    Of higher difficulty, says NIST. ``starts`` are the two usual starts, the far one first.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.BoxBOD()
    >>> f"{2 * problem.value(problem.minimizer):.10E}"
    '1.1680088766E+03'
    """

    convex = False
    shape = (2,)
    starts = constant_array(
        [1.0, 1.0],
        [100.0, 0.75],
    )
    start = starts[0]
    minimizer = constant_array(2.1380940889e2, 5.4723748542e-1)
    minimum = 1.1680088766e3 / 2

    def residual(self, x):
        t, y = BOXBOD_T, BOXBOD_Y
        return x[0] * (1.0 - np.exp(-x[1] * t)) - y

    def jacobian(self, x):
        t = BOXBOD_T
        J = np.empty((6, 2))
        J[:, 0] = 1.0 - np.exp(-x[1] * t)
        J[:, 1] = x[0] * t * np.exp(-x[1] * t)
        return J

    def value(self, x):
        r = self.residual(x)
        return 0.5 * (r @ r)

    def gradient(self, x):
        return self.jacobian(x).T @ self.residual(x)

    def gauss_newton(self, x):
        J = self.jacobian(x)
        return J.T @ J


@problem
class Rat42(NamedTuple):
    """Pasture yield: a sigmoid b_1 / (1 + exp(b_2 - b_3 t)) through 9 points.

    Of higher difficulty, says NIST. ``starts`` are the two usual starts, the far one first.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Rat42()
    >>> f"{2 * problem.value(problem.minimizer):.10E}"
    '8.0565229338E+00'
    """

    convex = False
    shape = (3,)
    starts = constant_array(
        [100.0, 1.0, 0.1],
        [75.0, 2.5, 0.07],
    )
    start = starts[0]
    minimizer = constant_array(7.2462237576e1, 2.6180768402e0, 6.7359200066e-2)
    minimum = 8.0565229338e0 / 2

    def residual(self, x):
        t, y = RAT42_T, RAT42_Y
        return x[0] / (1.0 + np.exp(x[1] - x[2] * t)) - y

    def jacobian(self, x):
        t = RAT42_T
        J = np.empty((9, 3))
        J[:, 0] = 1.0 / (1.0 + np.exp(x[1] - x[2] * t))
        J[:, 1] = -x[0] * np.exp(x[1] - x[2] * t) / (1.0 + np.exp(x[1] - x[2] * t)) ** 2
        J[:, 2] = x[0] * t * np.exp(x[1] - x[2] * t) / (1.0 + np.exp(x[1] - x[2] * t)) ** 2
        return J

    def value(self, x):
        r = self.residual(x)
        return 0.5 * (r @ r)

    def gradient(self, x):
        return self.jacobian(x).T @ self.residual(x)

    def gauss_newton(self, x):
        J = self.jacobian(x)
        return J.T @ J


@problem
class Rat43(NamedTuple):
    """Onion bulbs: b_1 / (1 + exp(b_2 - b_3 t))^(1 / b_4) through 15 points.

    Of higher difficulty, says NIST. ``starts`` are the two usual starts, the far one first.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Rat43()
    >>> f"{2 * problem.value(problem.minimizer):.10E}"
    '8.7864049080E+03'
    """

    convex = False
    shape = (4,)
    starts = constant_array(
        [100.0, 10.0, 1.0, 1.0],
        [700.0, 5.0, 0.75, 1.3],
    )
    start = starts[0]
    minimizer = constant_array(6.9964151270e2, 5.2771253025e0, 7.5962938329e-1, 1.2792483859e0)
    minimum = 8.7864049080e3 / 2

    def residual(self, x):
        t, y = RAT43_T, RAT43_Y
        return x[0] / (1.0 + np.exp(x[1] - x[2] * t)) ** (1.0 / x[3]) - y

    def jacobian(self, x):
        t = RAT43_T
        e = np.exp(x[1] - x[2] * t)
        curve = (1.0 + e) ** (-1.0 / x[3])
        J = np.empty((15, 4))
        J[:, 0] = curve
        J[:, 1] = -x[0] / x[3] * curve * e / (1.0 + e)
        J[:, 2] = x[0] / x[3] * curve * t * e / (1.0 + e)
        J[:, 3] = x[0] / x[3] ** 2 * curve * np.log(1.0 + e)
        return J

    def value(self, x):
        r = self.residual(x)
        return 0.5 * (r @ r)

    def gradient(self, x):
        return self.jacobian(x).T @ self.residual(x)

    def gauss_newton(self, x):
        J = self.jacobian(x)
        return J.T @ J


@problem
class Eckerle4(NamedTuple):
    """Transmittance: a bell b_1 / b_2 exp(-((t - b_3) / b_2)^2 / 2) through 35 points.

    Of higher difficulty, says NIST. ``starts`` are the two usual starts, the far one first.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Eckerle4()
    >>> f"{2 * problem.value(problem.minimizer):.10E}"
    '1.4635887487E-03'
    """

    convex = False
    shape = (3,)
    starts = constant_array(
        [1.0, 10.0, 500.0],
        [1.5, 5.0, 450.0],
    )
    start = starts[0]
    minimizer = constant_array(1.5543827178e0, 4.0888321754e0, 4.5154121844e2)
    minimum = 1.4635887487e-3 / 2

    def residual(self, x):
        t, y = ECKERLE4_T, ECKERLE4_Y
        return x[0] / x[1] * np.exp(-0.5 * ((t - x[2]) / x[1]) ** 2) - y

    def jacobian(self, x):
        z = (ECKERLE4_T - x[2]) / x[1]
        bell = np.exp(-0.5 * z * z) / x[1]
        J = np.empty((35, 3))
        J[:, 0] = bell
        J[:, 1] = x[0] * bell * (z * z - 1.0) / x[1]
        J[:, 2] = x[0] * bell * z / x[1]
        return J

    def value(self, x):
        r = self.residual(x)
        return 0.5 * (r @ r)

    def gradient(self, x):
        return self.jacobian(x).T @ self.residual(x)

    def gauss_newton(self, x):
        J = self.jacobian(x)
        return J.T @ J
