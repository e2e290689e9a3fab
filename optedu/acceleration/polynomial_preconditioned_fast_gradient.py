"""Nesterov's method through a symmetric polynomial of the curvature matrix."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import initial_gap, nesterov_lambda
from optedu.acceleration.symmetric_polynomials import (
    check_curvature,
    curvature_of,
    polynomial_product,
    precondition,
    squared_metric_distance,
)
from optedu.guarantees import Guarantee
from optedu.parameters import known, require_between, require_positive
from optedu.protocol import method


class PolynomialPreconditionedFastGradientState(NamedTuple):
    x: np.ndarray  # the iterate
    y: np.ndarray  # the extrapolated point, where the gradient is taken
    alpha: float  # 1 / lambda_k of the momentum sequence, or sqrt(q)


@method
class PolynomialPreconditionedFastGradient(NamedTuple):
    """The fast gradient method with a symmetric polynomial preconditioner.

    Problem      minimize f(x), f convex, with mu B <= Hessian <= L B for a known matrix B
                 (``curvature``); mu may be 0.
    Update       x+ = y - step_size * P_tau grad f(y)
                 alpha+ solves alpha+^2 = (1 - alpha+) alpha^2 + q alpha+
                 y+ = x+ + alpha (1 - alpha) / (alpha^2 + alpha+) * (x+ - x)
                 with q = mu lambda_min(P_tau B) step_size, and alpha = sqrt(q) at the start, or 1
                 where q = 0; P_tau as in PolynomialPreconditionedGradient. This is Nesterov's
                 method in the metric of P_tau^{-1}; whether the paper runs the same sequence
                 alpha could not be compared.
    Guarantee    step_size <= 1 / (L lambda_max(P_tau B)), R^2 = <d, P_tau^{-1} d>, d = x_0 - x*:
                 q = 0: f(x_k) - f* <= R^2 / (2 step_size lambda_k^2) (beck2009, Theorem 4.4);
                 q > 0: f(x_k) - f* <= (1 - sqrt(q))^k (f(x_0) - f* + q R^2 / (2 step_size))
                 (daspremont2021, Corollary 4.15); both in the new metric.
    Cost         one gradient and tau products with B per step.
    Use when     as PolynomialPreconditionedGradient, and the remaining condition is still bad.
    Fails when   the large eigenvalues are many and close together: there is no gap to cut.

    Parameters
    ----------
    curvature : numpy.ndarray, shape (d, d), optional
        B, symmetric positive definite; by default the Hessian of a quadratic.
    degree : int, default 1
        tau; 0 is Nesterov's method.
    relative_smoothness : float, default 1.0
        L.
    relative_strong_convexity : float, optional
        mu; by default 1 on a quadratic whose own Hessian is B, else 0.
    step_size : float, optional
        By default 1 / (L lambda_max(P_tau B)).
    coefficients : numpy.ndarray, shape (degree + 1,), optional
        e_0, ..., e_tau; computed when a run starts.
    q : float, optional
        Inverse condition number; computed when a run starts.

    References
    ----------
    doikov2023; nesterov2003; beck2009, Theorem 4.4; daspremont2021, Corollary 4.15.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.Quadratic(np.diag([100.0, 2.0, 1.0]), np.ones(3))
    >>> plain, cut = oe.race(
    ...     [oe.PolynomialPreconditionedFastGradient(degree=t) for t in (0, 1)],
    ...     problem,
    ...     np.zeros(3),
    ... )
    >>> len(plain) > 6 * len(cut)
    True
    """

    curvature: np.ndarray | None = None
    degree: int = 1
    relative_smoothness: float = 1.0
    relative_strong_convexity: float | None = None
    step_size: float | None = None
    coefficients: np.ndarray | None = None
    q: float | None = None

    def check(self):
        """Refuse a curvature that is no symmetric matrix, and numbers out of range."""
        check_curvature(self)
        require_positive(self, "relative_smoothness", "step_size")
        require_between(self, "relative_strong_convexity", 0.0, np.inf)

    def resolve(self, problem):
        """Compute the coefficients and the condition number, and the step size if not given."""
        prepared = precondition(curvature_of(self, problem), self.degree)
        mu = self.relative_strong_convexity
        if mu is None:
            mu = 1.0 if self.curvature is None else 0.0
        step_size = self.step_size
        if step_size is None:
            step_size = 1 / (self.relative_smoothness * prepared.largest)
        return self._replace(
            curvature=prepared.B,
            coefficients=prepared.coefficients,
            step_size=step_size,
            relative_strong_convexity=mu,
            q=min(1.0, mu * prepared.smallest * step_size),
        )

    def init(self, problem, x):
        start = np.sqrt(self.q) if self.q > 0 else 1.0
        return PolynomialPreconditionedFastGradientState(x, x, start)

    def step(self, problem, state):
        x, y, a = state
        g = polynomial_product(self.curvature, self.coefficients, problem.gradient(y))
        x_new = y - self.step_size * g
        excess = a**2 - self.q
        a_new = (np.sqrt(excess**2 + 4 * a**2) - excess) / 2
        y_new = x_new + a * (1 - a) / (a**2 + a_new) * (x_new - x)
        return PolynomialPreconditionedFastGradientState(x_new, y_new, a_new)

    def guarantee(self, problem, k, x0):
        """Return Nesterov's bound in the metric of the preconditioner."""
        constants = known(problem, "minimizer", "strong_convexity")
        gap = initial_gap(problem, x0)
        if constants is None or gap is None:
            return None
        prepared = precondition(self.curvature, self.degree)
        if self.step_size * self.relative_smoothness * prepared.largest > 1 + 1e-9:
            return None
        distance = squared_metric_distance(prepared, x0 - constants[0])
        if self.q > 0:
            bound = (1 - np.sqrt(self.q)) ** k * (gap + self.q / self.step_size / 2 * distance)
            return Guarantee("gap", bound, "daspremont2021, Corollary 4.15; doikov2023")
        bound = distance / self.step_size / (2 * nesterov_lambda(k) ** 2)
        return Guarantee("gap", bound, "beck2009, Theorem 4.4; doikov2023")
