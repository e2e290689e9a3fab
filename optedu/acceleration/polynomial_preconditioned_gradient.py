"""Gradient descent through a symmetric polynomial of the curvature matrix."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.symmetric_polynomials import (
    check_curvature,
    curvature_of,
    polynomial_product,
    precondition,
    squared_metric_distance,
)
from optedu.guarantees import Guarantee
from optedu.parameters import known, require_positive
from optedu.protocol import method


class PolynomialPreconditionedGradientState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class PolynomialPreconditionedGradient(NamedTuple):
    """Gradient descent with a symmetric polynomial preconditioner of Doikov and Rodomanov.

    Problem      minimize f(x), f convex, with Hessian at most L B for a known matrix B
                 (``curvature``) with eigenvalues l_1 >= ... >= l_n > 0.
    Update       x+ = x - step_size * P_tau grad f(x)
                 P_0 = I, P_tau = e_tau I - B P_{tau-1}, e_tau the elementary symmetric polynomial
                 of l_1, ..., l_n, computed from the traces of the powers of B
    Guarantee    step_size <= 1 / (L lambda_max(P_tau B)), R^2 = <d, P_tau^{-1} d>, d = x_0 - x*:
                 f(x_k) - f* <= R^2 / (4 k + 2) / step_size, which is drori2014, Theorem 3.1, in
                 the metric of P_tau^{-1}. The condition number of P_tau B is that of B without the
                 gaps between its tau largest eigenvalues: about l_{tau+1} / l_n when those are far
                 apart (doikov2023).
    Cost         one gradient and tau products with B per step.
    Use when     a few large eigenvalues, unknown and widely spread, slow gradient descent down.
    Fails when   the large eigenvalues are many and close together: there is no gap to cut.
                 Rounding grows with l_1 / l_tau: keep tau at most the number of outliers.

    Parameters
    ----------
    curvature : numpy.ndarray, shape (d, d), optional
        B, symmetric positive definite; by default the Hessian of a quadratic.
    degree : int, default 1
        tau; 0 is gradient descent.
    relative_smoothness : float, default 1.0
        L, with Hessian <= L B everywhere.
    step_size : float, optional
        By default 1 / (L lambda_max(P_tau B)).
    coefficients : numpy.ndarray, shape (degree + 1,), optional
        e_0, ..., e_tau; computed when a run starts.

    References
    ----------
    doikov2023; drori2014, Theorem 3.1.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.Quadratic(np.diag([100.0, 2.0, 1.0]), np.ones(3))
    >>> plain, cut = oe.race(
    ...     [oe.PolynomialPreconditionedGradient(degree=t) for t in (0, 1)], problem, np.zeros(3)
    ... )
    >>> len(plain) > 20 * len(cut)
    True
    """

    curvature: np.ndarray | None = None
    degree: int = 1
    relative_smoothness: float = 1.0
    step_size: float | None = None
    coefficients: np.ndarray | None = None

    def check(self):
        """Refuse a curvature that is no symmetric matrix, and numbers out of range."""
        check_curvature(self)
        require_positive(self, "relative_smoothness", "step_size")

    def resolve(self, problem):
        """Compute the coefficients, and the step size where none is given."""
        prepared = precondition(curvature_of(self, problem), self.degree)
        step_size = self.step_size
        if step_size is None:
            step_size = 1 / (self.relative_smoothness * prepared.largest)
        return self._replace(
            curvature=prepared.B, coefficients=prepared.coefficients, step_size=step_size
        )

    def init(self, problem, x):
        return PolynomialPreconditionedGradientState(x)

    def step(self, problem, state):
        x = state.x
        g = polynomial_product(self.curvature, self.coefficients, problem.gradient(x))
        return PolynomialPreconditionedGradientState(x - self.step_size * g)

    def guarantee(self, problem, k, x0):
        """Return drori2014, Theorem 3.1, in the metric of the preconditioner."""
        constants = known(problem, "minimizer", "strong_convexity")
        if constants is None:
            return None
        prepared = precondition(self.curvature, self.degree)
        if self.step_size * self.relative_smoothness * prepared.largest > 1 + 1e-9:
            return None
        distance = squared_metric_distance(prepared, x0 - constants[0])
        return Guarantee(
            "gap", distance / (4 * k + 2) / self.step_size, "drori2014, Theorem 3.1; doikov2023"
        )
