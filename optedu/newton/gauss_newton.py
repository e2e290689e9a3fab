"""Gauss-Newton: linearize the residuals, solve least squares, repeat."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.newton.residual_model import require_least_squares
from optedu.parameters import require_positive
from optedu.protocol import method

DEPENDENT = 1e-14  # singular values below this part of the largest one are dropped


class GaussNewtonState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class GaussNewton(NamedTuple):
    """The Gauss-Newton method for nonlinear least squares, pure or relaxed.

    Problem      minimize f(x) = ||r(x)||^2 / 2, r differentiable with Jacobian J.
    Update       p = argmin of ||r + J p||, the shortest where there are several
                 x+ = x + relaxation * p
    Guarantee    none closed. It is Newton's method without the second derivatives of r: near a
                 minimizer with J of full rank, x+ - x* = (J'J)^-1 (J'J - H)(x - x*) + O(||x -
                 x*||^2), quadratic where r(x*) = 0, linear where r(x*) is small, and divergent
                 where it is large (nocedal2006, Section 10.3). Linear r: one step.
    Cost         one residual, one Jacobian and its singular value decomposition per step.
    Use when     the start is good and the residuals at the solution are small.
    Fails when   the start is far, or the residuals bend a lot: use LevenbergMarquardt.

    Parameters
    ----------
    relaxation : float
        Part of the step that is taken.

    References
    ----------
    nocedal2006, Section 10.3.

    Examples
    --------
    >>> import optedu as oe
    >>> trace = oe.run(oe.GaussNewton(), oe.problems.Rosenbrock(), [-1.2, 1.0])
    >>> len(trace) - 1, trace.x.round(12)
    (2, array([1., 1.]))
    """

    relaxation: float = 1.0

    def check(self):
        """Refuse a relaxation that is not positive."""
        require_positive(self, "relaxation")

    def resolve(self, problem):
        """Refuse a problem that is not a sum of squares."""
        require_least_squares(self, problem)
        return self

    def init(self, problem, x):
        return GaussNewtonState(x)

    def step(self, problem, state):
        x = state.x
        U, s, Vt = np.linalg.svd(problem.jacobian(x), full_matrices=False)
        kept = s > DEPENDENT * s[0]
        z = np.where(kept, (U.T @ problem.residual(x)) / np.where(kept, s, 1.0), 0.0)
        p = -(Vt.T @ z).reshape(x.shape)
        return GaussNewtonState(x + self.relaxation * p)
