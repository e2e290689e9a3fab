"""Nonlinear regression of lower and average difficulty, with NIST's certified solutions.

From the Statistical Reference Datasets of the National Institute of Standards and Technology:
data, two starts, and the parameters of least residual sum of squares to eleven digits. We write
f = ||r||^2 / 2, so ``minimum`` is half the certified sum.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import constant_array
from optedu.problems.nist_data import (
    CHWIRUT2_T,
    CHWIRUT2_Y,
    DANWOOD_T,
    DANWOOD_Y,
    LANCZOS3_T,
    LANCZOS3_Y,
    MGH17_T,
    MGH17_Y,
    MISRA1A_T,
    MISRA1A_Y,
)
from optedu.protocol import problem


@problem
class Misra1a(NamedTuple):
    """Dental research: a monomolecular curve b_1 (1 - exp(-b_2 t)) through 14 points.

    Of lower difficulty, says NIST. ``starts`` are the two usual starts, the far one first.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Misra1a()
    >>> f"{2 * problem.value(problem.minimizer):.10E}"
    '1.2455138894E-01'
    """

    convex = False
    shape = (2,)
    starts = constant_array(
        [500.0, 0.0001],
        [250.0, 0.0005],
    )
    start = starts[0]
    minimizer = constant_array(2.3894212918e2, 5.5015643181e-4)
    minimum = 1.2455138894e-1 / 2

    def residual(self, x):
        t, y = MISRA1A_T, MISRA1A_Y
        return x[0] * (1.0 - np.exp(-x[1] * t)) - y

    def jacobian(self, x):
        t = MISRA1A_T
        J = np.empty((14, 2))
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
class Chwirut2(NamedTuple):
    """Ultrasonic calibration: exp(-b_1 t) / (b_2 + b_3 t) through 54 points.

    Of lower difficulty, says NIST. ``starts`` are the two usual starts, the far one first.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Chwirut2()
    >>> f"{2 * problem.value(problem.minimizer):.10E}"
    '5.1304802941E+02'
    """

    convex = False
    shape = (3,)
    starts = constant_array(
        [0.1, 0.01, 0.02],
        [0.15, 0.008, 0.01],
    )
    start = starts[0]
    minimizer = constant_array(1.6657666537e-1, 5.1653291286e-3, 1.2150007096e-2)
    minimum = 5.1304802941e2 / 2

    def residual(self, x):
        t, y = CHWIRUT2_T, CHWIRUT2_Y
        return np.exp(-x[0] * t) / (x[1] + x[2] * t) - y

    def jacobian(self, x):
        t = CHWIRUT2_T
        J = np.empty((54, 3))
        J[:, 0] = -t * np.exp(-x[0] * t) / (x[1] + x[2] * t)
        J[:, 1] = -np.exp(-x[0] * t) / (x[1] + x[2] * t) ** 2
        J[:, 2] = -t * np.exp(-x[0] * t) / (x[1] + x[2] * t) ** 2
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
class DanWood(NamedTuple):
    """Energy radiated by a carbon filament: b_1 t^b_2 through 6 points.

    Of lower difficulty, says NIST. ``starts`` are the two usual starts, the far one first.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.DanWood()
    >>> f"{2 * problem.value(problem.minimizer):.10E}"
    '4.3173084083E-03'
    """

    convex = False
    shape = (2,)
    starts = constant_array(
        [1.0, 5.0],
        [0.7, 4.0],
    )
    start = starts[0]
    minimizer = constant_array(7.6886226176e-1, 3.8604055871e0)
    minimum = 4.3173084083e-3 / 2

    def residual(self, x):
        t, y = DANWOOD_T, DANWOOD_Y
        return x[0] * t ** x[1] - y

    def jacobian(self, x):
        t = DANWOOD_T
        J = np.empty((6, 2))
        J[:, 0] = t ** x[1]
        J[:, 1] = x[0] * t ** x[1] * np.log(t)
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
class Lanczos3(NamedTuple):
    """Three exponentials b_1 exp(-b_2 t) + ... through 24 points of 5 digits.

    Of lower difficulty, says NIST. ``starts`` are the two usual starts, the far one first.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Lanczos3()
    >>> f"{2 * problem.value(problem.minimizer):.10E}"
    '1.6117193594E-08'
    """

    convex = False
    shape = (6,)
    starts = constant_array(
        [1.2, 0.3, 5.6, 5.5, 6.5, 7.6],
        [0.5, 0.7, 3.6, 4.2, 4.0, 6.3],
    )
    start = starts[0]
    minimizer = constant_array(
        8.6816414977e-2,
        9.5498101505e-1,
        8.4400777463e-1,
        2.9515951832e0,
        1.5825685901e0,
        4.9863565084e0,
    )
    minimum = 1.6117193594e-8 / 2

    def residual(self, x):
        t, y = LANCZOS3_T, LANCZOS3_Y
        return x[0] * np.exp(-x[1] * t) + x[2] * np.exp(-x[3] * t) + x[4] * np.exp(-x[5] * t) - y

    def jacobian(self, x):
        t = LANCZOS3_T
        J = np.empty((24, 6))
        J[:, 0] = np.exp(-x[1] * t)
        J[:, 1] = -x[0] * t * np.exp(-x[1] * t)
        J[:, 2] = np.exp(-x[3] * t)
        J[:, 3] = -x[2] * t * np.exp(-x[3] * t)
        J[:, 4] = np.exp(-x[5] * t)
        J[:, 5] = -x[4] * t * np.exp(-x[5] * t)
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
class MGH17(NamedTuple):
    """Osborne's two exponentials b_1 + b_2 exp(-b_4 t) + b_3 exp(-b_5 t), 33 points.

    Of average difficulty, says NIST. ``starts`` are the two usual starts, the far one first.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.MGH17()
    >>> f"{2 * problem.value(problem.minimizer):.10E}"
    '5.4648946975E-05'
    """

    convex = False
    shape = (5,)
    starts = constant_array(
        [50.0, 150.0, -100.0, 1.0, 2.0],
        [0.5, 1.5, -1.0, 0.01, 0.02],
    )
    start = starts[0]
    minimizer = constant_array(
        3.7541005211e-1, 1.9358469127e0, -1.4646871366e0, 1.2867534640e-2, 2.2122699662e-2
    )
    minimum = 5.4648946975e-5 / 2

    def residual(self, x):
        t, y = MGH17_T, MGH17_Y
        return x[0] + x[1] * np.exp(-x[3] * t) + x[2] * np.exp(-x[4] * t) - y

    def jacobian(self, x):
        t = MGH17_T
        J = np.empty((33, 5))
        J[:, 0] = 1.0
        J[:, 1] = np.exp(-x[3] * t)
        J[:, 2] = np.exp(-x[4] * t)
        J[:, 3] = -x[1] * t * np.exp(-x[3] * t)
        J[:, 4] = -x[2] * t * np.exp(-x[4] * t)
        return J

    def value(self, x):
        r = self.residual(x)
        return 0.5 * (r @ r)

    def gradient(self, x):
        return self.jacobian(x).T @ self.residual(x)

    def gauss_newton(self, x):
        J = self.jacobian(x)
        return J.T @ J
