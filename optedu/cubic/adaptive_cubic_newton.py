"""Cubic Newton that finds its own weight of the cube."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.cubic.cubic_subproblem import cubic_step, decompose, model_value, norm
from optedu.line_search import ROUNDING
from optedu.parameters import require_positive
from optedu.protocol import method

TRIALS = 60
SMALLEST = 1e-12
FLOOR = 1e-15


class AdaptiveCubicNewtonState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    M: float  # the weight tried first in the next step


@method
class AdaptiveCubicNewton(NamedTuple):
    """Cubic Newton that doubles M until the model bounds f at the new point, then halves it.

    Problem      minimize f(x), twice differentiable; f need not be convex, no constant is needed.
    Update       x+ = x + h, h the cubic step for the first M, 2M, 4M, ... with
                 f(x + h) <= f(x) + <g, h> + <H h, h> / 2 + M ||h||^3 / 6;  then M / 2
    Guarantee    every M >= L passes, so that M <= 2 max(L, first_regularization) always, and f
                 falls by at least M ||h||^3 / 12 in each step (nesterov2006; cartis2011).
    Cost         one gradient, one Hessian, one eigendecomposition; each trial a value and O(d^2).
    Use when     a robust second-order method is wanted and nothing is known about f.
    Fails when   the Hessian is too expensive: AdaptiveLazyCubicNewton.

    Parameters
    ----------
    first_regularization : float
        M of the first trial, positive.

    References
    ----------
    nesterov2006; cartis2011.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> trace = oe.run(oe.AdaptiveCubicNewton(), oe.problems.Rosenbrock(), [-1.2, 1.0], tol=1e-9)
    >>> trace.x.round(6)
    array([1., 1.])
    """

    first_regularization: float = 1.0

    holds = ("f", "g")

    def check(self):
        """Refuse a weight that is not positive."""
        require_positive(self, "first_regularization")

    def init(self, problem, x):
        return AdaptiveCubicNewtonState(
            x, problem.value(x), problem.gradient(x), self.first_regularization
        )

    def step(self, problem, state):
        x, f, g, M = state
        eigenvalues, vectors = decompose(problem.hessian(x))
        for _ in range(TRIALS):
            h = cubic_step(eigenvalues, vectors, g.ravel(), M)
            x_new = x + h.reshape(x.shape)
            f_new = problem.value(x_new)
            if np.abs(f_new - f) <= ROUNDING * np.abs(f):  # values are blind: ask the gradient
                g_new = problem.gradient(x_new)
                if norm(g_new) <= M * np.sum(h * h) or norm(g_new) <= 0.5 * norm(g):
                    return AdaptiveCubicNewtonState(x_new, f_new, g_new, max(0.5 * M, SMALLEST))
            bound = f + model_value(eigenvalues, vectors, g.ravel(), h, M)
            if f_new <= bound + FLOOR * np.abs(f):
                g_new = problem.gradient(x_new)
                return AdaptiveCubicNewtonState(x_new, f_new, g_new, max(0.5 * M, SMALLEST))
            M = 2.0 * M
        return AdaptiveCubicNewtonState(x, f, g, M)
