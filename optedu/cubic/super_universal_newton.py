"""Newton's method regularized by a power of the gradient, with a search for the factor."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.cubic.cubic_subproblem import decompose, norm, regularized_step
from optedu.parameters import require_positive
from optedu.protocol import method

TRIALS = 40
SMALLEST = 1e-5


class SuperUniversalNewtonState(NamedTuple):
    x: np.ndarray  # the iterate
    g: np.ndarray  # its gradient
    H: float  # the factor tried first in the next step


@method
class SuperUniversalNewton(NamedTuple):
    """The super-universal regularized Newton method, by Doikov, Mishchenko and Nesterov.

    Problem      minimize f(x), f convex and twice differentiable; no constant is needed.
    Update       x+ = x + h, h = -(hess f(x) + lam I)^{-1} g, lam = F ||g||^a, for the first
                 F, 4F, 16F, ... with <grad f(x+), -h> >= ||grad f(x+)||^2 / (4 lam); then F / 4
    Guarantee    f(x) - f(x+) >= ||grad f(x+)||^2 / (4 lam), from the test and convexity; rates for
                 all Hoelder classes of second and third derivatives at once (doikov2024).
    Cost         one Hessian, one eigendecomposition; each trial one gradient and O(d^2).
    Use when     f is convex and nobody knows which class it belongs to.
    Fails when   f is not convex: the test may never pass; AdaptiveCubicNewton.

    Parameters
    ----------
    first_factor : float
        F of the first trial, positive.
    exponent : float
        a, the power of the gradient's norm; 1/2 is that of a Lipschitz Hessian. Default: 1.

    References
    ----------
    doikov2024; the constants 4 and 1/4 are those of the authors' code.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.generators.random_logistic(seed=0)
    >>> oe.run(oe.SuperUniversalNewton(), problem, np.zeros(5), tol=1e-10).status.value
    'converged'
    """

    first_factor: float = 1.0
    exponent: float = 1.0

    holds = ("g",)

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "first_factor", "exponent")

    def init(self, problem, x):
        return SuperUniversalNewtonState(x, problem.gradient(x), self.first_factor)

    def step(self, problem, state):
        x, g, factor = state
        eigenvalues, vectors = decompose(problem.hessian(x))
        for _ in range(TRIALS):
            weight = factor * norm(g) ** self.exponent
            h = regularized_step(eigenvalues, vectors, g.ravel(), weight)
            x_new = x + h.reshape(x.shape)
            g_new = problem.gradient(x_new)
            if -4.0 * weight * np.sum(g_new.ravel() * h) >= norm(g_new) ** 2:
                return SuperUniversalNewtonState(x_new, g_new, max(0.25 * factor, SMALLEST))
            factor = 4.0 * factor
        return SuperUniversalNewtonState(x, g, factor)
