"""The quadratic penalty method: pay for the violation, and raise the price."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.duality.multipliers import (
    augmented_newton,
    kkt_residual,
    resolve_equalities,
    shifted_multipliers,
)
from optedu.parameters import require_positive
from optedu.protocol import method


class QuadraticPenaltyState(NamedTuple):
    x: np.ndarray  # minimizer of f + (rho/2) ||violation||^2
    y: np.ndarray  # rho c(x), cut off at 0 for inequalities: estimates of the multipliers
    rho: float  # the next weight


@method
class QuadraticPenalty(NamedTuple):
    """Minimize f plus a growing multiple of the squared violation.

    Problem      minimize f(x) subject to c_E(x) = 0, c_I(x) <= 0; the first `equalities` entries
                 of c are c_E.
    Update       x+ = argmin f + (rho/2) (||c_E||^2 + ||max(c_I, 0)||^2), by Newton steps from x
                 y+ = rho c(x+), of inequalities the positive part
                 rho+ = min(growth * rho, largest)
    Guarantee    c affine of full row rank, equalities only, f a strictly convex quadratic with
                 Hessian P: with S = (A P^-1 A')^-1, c(x) = (rho I + S)^-1 y* and
                 y - y* = -S (rho I + S)^-1 y*: both errors are of order 1/rho. In general every
                 limit point of exact global minimizers is a solution (nocedal2006, Theorem 17.1).
    Cost         some Newton steps on a system whose condition number grows in proportion to rho.
    Use when     a rough answer will do, or a start for better methods is wanted.
    Fails when   accuracy is wanted: the violation is ||y*|| / rho and never 0, while the
                 conditioning of the subproblems is that of rho. Use AugmentedLagrangian.

    Parameters
    ----------
    weight : float
        The first rho.
    growth : float
        Factor of rho after each step.
    largest : float
        Where rho stops growing; far beyond it rounding errors are all that is left.
    accuracy : float
        Norm of the gradient at which Newton's method stops.
    inner_steps : int
        Largest number of Newton steps.
    equalities : int, optional
        Number of equality constraints; by default problem.equalities.

    References
    ----------
    nocedal2006, Section 17.1.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.QuadraticProgram(
    ...     [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], [[1.0, 1.0]], [2.0], equalities=1)
    >>> oe.run(oe.QuadraticPenalty(), problem, [0.0, 0.0], tol=1e-6).x.round(6)
    array([1., 1.])
    """

    weight: float = 1.0
    growth: float = 10.0
    largest: float = 1e8
    accuracy: float = 1e-9
    inner_steps: int = 50
    equalities: int | None = None

    certificate_name = "KKT residual"

    def check(self):
        """Refuse a weight, a growth or limits that are not positive."""
        require_positive(self, "weight", "growth", "largest", "accuracy", "inner_steps")

    def resolve(self, problem):
        """Read the number of equalities off the problem."""
        return resolve_equalities(self, problem)

    def init(self, problem, x):
        return QuadraticPenaltyState(x, 0.0 * problem.constraint(x), self.weight)

    def step(self, problem, state):
        rho, no_price = state.rho, 0.0 * state.y
        x = augmented_newton(
            problem, state.x, no_price, rho, self.equalities, self.accuracy, self.inner_steps
        )
        y = shifted_multipliers(problem.constraint(x), no_price, rho, self.equalities)
        return QuadraticPenaltyState(x, y, min(self.growth * rho, self.largest))

    def certificate(self, problem, state):
        """Return the KKT residual of the point and its estimated multipliers."""
        return kkt_residual(problem, state.x, state.y, self.equalities)
