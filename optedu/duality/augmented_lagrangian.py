"""The augmented Lagrangian method: learn the price instead of raising the penalty."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.duality.multipliers import (
    augmented_newton,
    kkt_residual,
    resolve_equalities,
    shifted_multipliers,
    violation,
)
from optedu.parameters import require_between, require_positive
from optedu.protocol import method
from optedu.statuses import INFEASIBLE, UNBOUNDED

ZERO, CLEAR = 1e-8, 1e-5
"""A unit direction is a ray when what must vanish is below the first, what must not above the
second."""


class AugmentedLagrangianState(NamedTuple):
    x: np.ndarray  # the iterate
    y: np.ndarray  # the multipliers
    rho: float  # the penalty
    missed: float  # norm of the violation at x
    dx: np.ndarray  # the last change of x
    dy: np.ndarray  # the last change of y


@method
class AugmentedLagrangian(NamedTuple):
    """The method of multipliers of Hestenes and Powell, with equalities and inequalities.

    Problem      minimize f(x) subject to c_E(x) = 0, c_I(x) <= 0; the first `equalities` entries
                 of c are c_E.
    Update       x+ = argmin f + (||z(.)||^2 - ||y||^2) / (2 rho), by Newton steps from x,
                      z = y + rho c, of inequalities the positive part
                 y+ = z(x+)
                 rho+ = growth * rho where the violation is above `progress` times the last one
    Guarantee    f a strictly convex quadratic with Hessian P, A x = b of full row rank, rho fixed:
                 y+ - y* = S (rho I + S)^-1 (y - y*) with S = (A P^-1 A')^-1, a linear rate
                 s / (s + rho), s the largest eigenvalue of S, attained. In general near a
                 solution with second-order sufficiency: linear with factor O(1/rho)
                 (bertsekas1982).
    Cost         some Newton steps; warm starts make them few.
    Use when     constraints must be met exactly, and a subproblem can be solved.
    Fails when   rho is below the curvature that a nonconvex Lagrangian lacks: the subproblem has
                 no minimizer nearby; below twice that the multipliers diverge.
    Verdicts     f quadratic, c affine: infeasible, with the ray dy (J'dy = 0, dy_I >= 0,
                 <dy, c> > 0: Farkas); unbounded, with the ray dx along which f falls and c does
                 not rise. Both up to 1e-8.

    Parameters
    ----------
    weight : float
        The first rho.
    growth : float
        Factor of rho; 1 keeps it.
    progress : float
        In [0, 1).
    accuracy : float
        Norm of the gradient at which Newton's method stops.
    inner_steps : int
        Largest number of Newton steps.
    equalities : int, optional
        Number of equality constraints; by default problem.equalities.
    affine : bool, optional
        Whether f is quadratic and c affine, so that the rays prove something; by default
        problem.affine, else False.

    References
    ----------
    hestenes1969; powell1969; rockafellar1973; bertsekas1982; nocedal2006, Section 17.3.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.QuadraticProgram(
    ...     [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], [[1.0, 1.0]], [2.0], equalities=1)
    >>> trace = oe.run(oe.AugmentedLagrangian(), problem, [0.0, 0.0], tol=1e-8)
    >>> trace.x.round(6), trace.state.y.round(6)
    (array([1., 1.]), array([-1.]))
    """

    weight: float = 10.0
    growth: float = 10.0
    progress: float = 0.25
    accuracy: float = 1e-9
    inner_steps: int = 50
    equalities: int | None = None
    affine: bool | None = None

    certificate_name = "KKT residual"

    def check(self):
        """Refuse a weight, a growth or limits that are not positive, and progress beyond [0, 1)."""
        require_positive(self, "weight", "growth", "accuracy", "inner_steps")
        require_between(self, "progress", 0.0, 1.0)

    def resolve(self, problem):
        """Read off the problem how many equalities there are, and whether it is affine."""
        return resolve_equalities(self, problem)

    def init(self, problem, x):
        c = problem.constraint(x)
        missed = violation(c, self.equalities)
        return AugmentedLagrangianState(x, 0.0 * c, self.weight, missed, 0.0 * x, 0.0 * c)

    def step(self, problem, state):
        y, rho, p = state.y, state.rho, self.equalities
        x = augmented_newton(problem, state.x, y, rho, p, self.accuracy, self.inner_steps)
        c = problem.constraint(x)
        z, missed = shifted_multipliers(c, y, rho, p), violation(c, p)
        if missed > self.progress * state.missed:
            rho = self.growth * rho
        return AugmentedLagrangianState(x, z, rho, missed, x - state.x, z - y)

    def certificate(self, problem, state):
        """Return the KKT residual of the point and its multipliers."""
        return kkt_residual(problem, state.x, state.y, self.equalities)

    def verdict(self, problem, state):
        """Return infeasible or unbounded when dy or dx is a ray that proves it."""
        if not self.affine:
            return 0
        p, J, c = self.equalities, problem.constraint_jacobian(state.x), problem.constraint(state.x)
        size = np.sqrt(np.sum(state.dy * state.dy))
        if size > 0.0:
            w = state.dy / size
            flat = np.max(np.abs(J.T @ w)) <= ZERO and np.all(w[p:] >= -ZERO)
            if flat and np.sum(w * c) > CLEAR:
                return INFEASIBLE
        size = np.sqrt(np.sum(state.dx * state.dx))
        if size > 0.0 and state.missed <= CLEAR:
            v = state.dx / size
            Jv, Hv = J @ v, problem.lagrangian_hessian(state.x, state.y) @ v
            inside = np.all(np.abs(Jv[:p]) <= ZERO) and np.all(Jv[p:] <= ZERO)
            flat = np.max(np.abs(Hv)) <= ZERO
            if inside and flat and np.sum(problem.gradient(state.x) * v) < -CLEAR:
                return UNBOUNDED
        return 0
