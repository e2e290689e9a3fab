"""Gradient-normalized smoothness with the Gauss-Newton matrix in place of the Hessian."""

from __future__ import annotations

from typing import NamedTuple

from optedu.cubic.gradient_normalized_search import (
    gradient_normalized_start,
    gradient_normalized_step,
)
from optedu.parameters import require_positive
from optedu.protocol import method


@method
class GradientNormalizedGaussNewton(NamedTuple):
    """Gradient-normalized smoothness with the generalized Gauss-Newton matrix.

    Problem      minimize f(x), a convex loss of a model's outputs plus a regularizer.
    Update       x+ = x + h, h = -(H + lam I)^{-1} g, lam = ||g|| / gamma, H = J'QJ,
                 for the first gamma, gamma / 2, ... with
                 f(x) - f(x+) >= ||grad f(x+)||^2 / (8 lam);  then 2 gamma
    Guarantee    ||h|| <= gamma, and the decrease of the test; rates for many classes at once follow
                 from a lower bound on the gradient-normalized smoothness (semenov2025).
    Cost         one Gauss-Newton matrix and its eigenvalues; each trial one value, one gradient.
    Use when     the outputs are nonlinear in x: J'QJ is semidefinite, the Hessian need not be.
    Fails when   the residuals at the solution are large and the outputs strongly curved: slow.

    Parameters
    ----------
    first_radius : float
        gamma of the first trial, positive, in the unit of x.

    References
    ----------
    semenov2025; the constants 8, 2 and 1/2 are those of the authors' code.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.generators.random_logistic(seed=0)
    >>> oe.run(oe.GradientNormalizedGaussNewton(), problem, np.zeros(5), tol=1e-7).status.value
    'converged'
    """

    first_radius: float = 1.0

    holds = ("f", "g")

    def check(self):
        """Refuse a radius that is not positive."""
        require_positive(self, "first_radius")

    def init(self, problem, x):
        return gradient_normalized_start(problem, x, self.first_radius)

    def step(self, problem, state):
        return gradient_normalized_step(problem, state, problem.gauss_newton(state.x))
