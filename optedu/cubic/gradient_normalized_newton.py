"""Newton's method with a radius that follows the gradient: gradient-normalized smoothness."""

from __future__ import annotations

from typing import NamedTuple

from optedu.cubic.gradient_normalized_search import (
    gradient_normalized_start,
    gradient_normalized_step,
)
from optedu.parameters import require_positive
from optedu.protocol import method


@method
class GradientNormalizedNewton(NamedTuple):
    """Gradient-normalized smoothness with the exact Hessian.

    Problem      minimize f(x), convex and twice differentiable; no constant is needed.
    Update       x+ = x + h, h = -(H + lam I)^{-1} g, lam = ||g|| / gamma, H = hess f(x),
                 for the first gamma, gamma / 2, ... with
                 f(x) - f(x+) >= ||grad f(x+)||^2 / (8 lam);  then 2 gamma
    Guarantee    ||h|| <= gamma, and the decrease of the test; rates for many classes at once follow
                 from a lower bound on the gradient-normalized smoothness (semenov2025).
    Cost         one Hessian, one eigendecomposition; each trial one value, one gradient, O(d^2).
    Use when     a Newton method is wanted that needs no constant and no class of functions.
    Fails when   f is not convex: H is then shifted to H >= 0, and the theory is silent.

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
    >>> oe.run(oe.GradientNormalizedNewton(), problem, np.zeros(5), tol=1e-7).status.value
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
        return gradient_normalized_step(problem, state, problem.hessian(state.x))
