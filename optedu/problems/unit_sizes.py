"""Networks whose units are known up to their sizes: a Lasso with coefficients that are positive."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data, require_rows
from optedu.problems.convex_relu import fit_conjugate, fit_curvature, fit_loss, fit_slope
from optedu.protocol import problem


@problem
class UnitSizes(NamedTuple):
    """Minimize loss(A x) + beta sum_j x_j over x >= 0.

    What is left of `GatedReLU` and `ConvexReLU` when the directions of the units are known: column
    j of A holds the outputs of a unit of norm 1, and x_j is its size. The loss is ||z - y||^2 / 2,
    or with ``logistic`` sum_i log(1 + exp(-y_i z_i)).

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
        Outputs of the units on the data.
    y : numpy.ndarray, shape (n,)
        Targets; with ``logistic`` labels, each -1 or +1.
    beta : float
        Weight of the sizes, 0 or more.
    logistic : bool
        Which loss.

    Raises
    ------
    ValueError
        If shapes do not fit, or beta is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.UnitSizes([[1.0, 1.0]], [1.0], 0.25)
    >>> [float(problem.value(np.array(x))) for x in ([0.5, 0.25], [0.0, 0.75])]
    [0.21875, 0.21875]
    """

    A: np.ndarray
    y: np.ndarray
    beta: float = 0.1
    logistic: bool = False

    def check(self):
        """Refuse data that do not fit."""
        require_rows(self, "A", "y")
        require_nonnegative_data(self, "beta")

    def value(self, x):
        """Return the loss and the sizes |x_j|; whether x >= 0 is not looked at."""
        return fit_loss(self.A @ x, self.y, self.logistic) + self.beta * np.sum(np.abs(x))

    def gradient(self, x):
        return self.A.T @ fit_slope(self.A @ x, self.y, self.logistic)

    def hessian_product(self, x, v):
        return self.A.T @ (fit_curvature(self.A @ x, self.y, self.logistic) * (self.A @ v))

    def residual(self, x):
        return fit_slope(self.A @ x, self.y, self.logistic)

    def output_curvature(self, x):
        return fit_curvature(self.A @ x, self.y, self.logistic)

    def jacobian(self, x):
        return self.A

    def prox(self, x, t):
        return np.maximum(x - t * self.beta, 0.0)

    def duality_gap(self, x):
        z = self.A @ x
        slope = fit_slope(z, self.y, self.logistic)
        largest = np.max(-(self.A.T @ slope))
        scale = self.beta / largest if largest > self.beta else 1.0
        conjugate = fit_conjugate(scale * slope, self.y, self.logistic)
        return fit_loss(z, self.y, self.logistic) + self.beta * np.sum(np.abs(x)) + conjugate

    @property
    def shape(self):
        """Shape (d,) of x."""
        return self.A.shape[1:]

    @property
    def smoothness(self):
        """L of the loss: ||A||^2, a quarter of it for `logistic`."""
        return float(np.linalg.norm(self.A, 2)) ** 2 / (4 if self.logistic else 1)
