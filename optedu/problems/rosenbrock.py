"""Rosenbrock's curved valley."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import constant_array, require_positive_data
from optedu.protocol import problem


@problem
class Rosenbrock(NamedTuple):
    """Minimize f(x, y) = (a - x)^2 + b (y - x^2)^2.

    It is nonlinear least squares, f = ||r||^2 / 2 with r = sqrt(2) (a - x, sqrt(b) (y - x^2)).

    Parameters
    ----------
    a, b : float
        Place of the minimizer (a, a^2), and steepness of the valley's walls, positive.

    Raises
    ------
    ValueError
        If b is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.Rosenbrock().value(np.array([-1.2, 1.0])).round(6))
    24.2
    """

    a: float = 1.0
    b: float = 100.0

    convex = False
    shape = (2,)
    start = constant_array(-1.2, 1.0)
    minimum = 0.0
    extent = (-2.0, 2.0, -1.0, 3.0)

    def check(self):
        """Refuse a b that is not positive."""
        require_positive_data(self, "b")

    def value(self, x):
        return (self.a - x[0]) ** 2 + self.b * (x[1] - x[0] ** 2) ** 2

    def gradient(self, x):
        height = x[1] - x[0] ** 2
        return np.array(
            [-2.0 * (self.a - x[0]) - 4.0 * self.b * x[0] * height, 2.0 * self.b * height]
        )

    def hessian(self, x):
        cross = -4.0 * self.b * x[0]
        xx = 2.0 - 4.0 * self.b * (x[1] - 3.0 * x[0] ** 2)
        return np.array([[xx, cross], [cross, 2.0 * self.b]])

    def hessian_product(self, x, v):
        cross = -4.0 * self.b * x[0]
        xx = 2.0 - 4.0 * self.b * (x[1] - 3.0 * x[0] ** 2)
        return np.array([xx * v[0] + cross * v[1], cross * v[0] + 2.0 * self.b * v[1]])

    def residual(self, x):
        steep = np.sqrt(2.0 * self.b)
        return np.array([np.sqrt(2.0) * (self.a - x[0]), steep * (x[1] - x[0] ** 2)])

    def jacobian(self, x):
        steep = np.sqrt(2.0 * self.b)
        return np.array([[-np.sqrt(2.0), 0.0], [-2.0 * steep * x[0], steep]])

    def output_hessian(self, x):
        return np.eye(2)

    def gauss_newton(self, x):
        cross = -4.0 * self.b * x[0]
        return np.array([[2.0 - 2.0 * x[0] * cross, cross], [cross, 2.0 * self.b]])

    @property
    def minimizer(self):
        """(a, a^2)."""
        return np.array([self.a, self.a**2])

    @property
    def minimizers(self):
        """The only minimizer, as a row."""
        return self.minimizer[None]
