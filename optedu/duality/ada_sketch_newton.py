"""AdaSketch-Newton: Newton's method for a KKT pair, its linear systems solved by random rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.duality.exact_merit import (
    kaczmarz,
    least_squares_multipliers,
    merit,
    merit_gradient,
    newton_system,
    sketch_and_project,
)
from optedu.duality.multipliers import kkt_residual
from optedu.parameters import require_between, require_positive
from optedu.protocol import method

SMALLEST_ACCURACY = 1e-6
LARGEST_ROUNDS = 30
ROUNDING, SINGLE_ROUNDING = 1e-14, 1e-6
"""Relative residuals below which rounding stops a solver, in double and in single precision."""


class AdaSketchNewtonState(NamedTuple):
    x: np.ndarray  # the iterate
    y: np.ndarray  # the multipliers
    e1: float  # weight of ||c||^2 / 2 in the merit function
    e2: float  # weight of ||grad_x L||^2 / 2
    delta: float  # accuracy asked for
    alpha: float  # the last step size
    rows: int  # rows projected onto, sketched or not, in all


@method
class AdaSketchNewton(NamedTuple):
    """Inexact Newton on the Lagrangian system, with an exact augmented Lagrangian as merit.

    Problem      minimize f(x) subject to c(x) = 0, c with a Jacobian J of full row rank.
    Update       b = -(grad_x L, c), K = [[B, J'], [J, 0]], B the Hessian of L (shifted where it is
                 not positive on the kernel of J); z by random projections onto rows of K z = b,
                 or onto S'K z = S'b with random S,
                 until ||K|| psi ||K z - b|| <= theta delta ||b||
                 if <grad M, z> > -(e2/2) ||b||^2:  e1 *= nu^2, e2 /= nu, delta /= nu^4, go on
                 (x, y)+ = (x, y) + alpha z, alpha from {1, 1/2, ...} by Armijo's rule on M
    Guarantee    convergence of the KKT residual to 0 almost surely from any start; locally
                 alpha = 1 and linear, superlinear when theta falls to 0 (hong2023). With
                 exact=True it is SQP: locally quadratic.
    Cost         one Jacobian and Hessian of L, and many row operations of d + m
                 multiplications; here a matrix decomposition too, for psi and the shift.
    Use when     equality constraints, rows that are cheap to come by.
    Fails when   J loses rank: psi is without bound.
    Differs      the gradient of M uses the Hessian of L, which is what differentiation gives,
                 where the authors' program has that of f. y starts as least-squares multipliers.

    Parameters
    ----------
    e1, e2 : float
        First weights of the merit function.
    delta : float
        First accuracy.
    theta : float
        Further factor of the accuracy.
    sharpen : bool
        Multiply theta by min(1, ||b||), which makes convergence superlinear.
    exact : bool
        Solve the system by elimination.
    kind : int
        Sketch: 0 for one random row, 1 for normal S, 2 for a CountSketch.
    columns : int
        Of S, where the kind is 1 or 2.
    decrease : float
        Armijo's constant, below 1/2.
    nu : float
        Above 1.
    curvature : float
        Part of the shift.
    row_limit : int
        Largest number of rows in one round.

    References
    ----------
    hong2023; strohmer2009; gower2015.

    Examples
    --------
    >>> import optedu as oe
    >>> trace = oe.run(oe.AdaSketchNewton(), oe.problems.HS7(), tol=1e-8, seed=0)
    >>> trace.status.value, round(float(trace.x[1]), 6)
    ('converged', 1.732051)
    """

    e1: float = 1.0
    e2: float = 0.1
    delta: float = 0.1
    theta: float = 1.0
    sharpen: bool = False
    exact: bool = False
    kind: int = 0
    columns: int = 2
    decrease: float = 0.1
    nu: float = 2.0
    curvature: float = 0.1
    row_limit: int = 100_000

    certificate_name = "KKT residual"

    def check(self):
        """Refuse weights that are not positive, nu up to 1, and decrease from 1/2 on."""
        require_positive(self, "e1", "e2", "delta", "theta", "curvature", "row_limit")
        require_positive(self, "columns")
        require_between(self, "kind", 0, 3)
        require_between(self, "decrease", 1e-12, 0.5)
        if not self.nu > 1:
            raise ValueError(f"AdaSketchNewton: nu must be above 1, got {self.nu}")

    def init(self, problem, x, rng):
        y = least_squares_multipliers(problem.constraint_jacobian(x), problem.gradient(x))
        return AdaSketchNewtonState(x, y, self.e1, self.e2, self.delta, 1.0, 0)

    def step(self, problem, state, rng):
        x, y, e1, e2, delta, _, rows = state
        J, c = problem.constraint_jacobian(x), problem.constraint(x)
        H, r = problem.lagrangian_hessian(x, y), problem.gradient(x) + J.T @ y
        if not np.isfinite(np.sum(H) + np.sum(r) + np.sum(J) + np.sum(c)):
            return AdaSketchNewtonState(np.nan * x, y, e1, e2, delta, 0.0, rows)
        K, psi = newton_system(J, H, self.curvature)
        b = -np.concatenate((r, c))
        size, norm = np.sqrt(np.sum(b * b)), np.sqrt(np.sum(K * K))
        theta = self.theta * min(1.0, size) if self.sharpen else self.theta
        scale = max(np.sqrt(max(np.sum(J * J), np.sum(H * H))), 1.0) ** 2 * psi**2
        room = (0.5 - self.decrease) / scale
        rounding = ROUNDING if K.itemsize == 8 else SINGLE_ROUNDING
        delta = max(min(delta, room * e2 / (1 + e1 + e2)), SMALLEST_ACCURACY)
        z, slope = 0.0 * b, 0.0
        for _ in range(LARGEST_ROUNDS):
            if self.exact:
                z = np.linalg.solve(K, b)
            else:
                accuracy = max(theta * delta / (norm * psi), rounding) * size
                if self.kind == 0:
                    z, used = kaczmarz(K, b, z, accuracy, self.row_limit, rng)
                else:
                    z, used = sketch_and_project(
                        K, b, z, accuracy, self.row_limit, self.kind, self.columns, rng
                    )
                rows += used
            slope = np.sum(merit_gradient(r, c, H, J, e1, e2) * z)
            if slope <= -0.5 * e2 * size**2:
                break
            e1, e2 = self.nu**2 * e1, e2 / self.nu
            bound = room * e2 / (1 + e1 + e2)
            delta = max(min(delta / self.nu**4, bound), SMALLEST_ACCURACY)
        before, alpha, d = merit(problem, x, y, e1, e2), 1.0, x.size
        noise = 1e-14 * (1.0 + abs(before))
        while alpha > 1e-10 and not (
            merit(problem, x + alpha * z[:d], y + alpha * z[d:], e1, e2)
            <= before + alpha * self.decrease * slope + noise
        ):
            alpha = 0.5 * alpha
        x, y = x + alpha * z[:d], y + alpha * z[d:]
        return AdaSketchNewtonState(x, y, e1, e2, delta, alpha, rows)

    def certificate(self, problem, state):
        """Return the KKT residual ||(grad_x L, c)||."""
        return kkt_residual(problem, state.x, state.y, state.y.size)
