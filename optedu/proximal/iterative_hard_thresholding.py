"""Iterative hard thresholding: a gradient step, then the largest entries only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_between
from optedu.protocol import method, portable


class IterativeHardThresholdingState(NamedTuple):
    x: np.ndarray  # the iterate, sparse
    step_size: float  # the last step size


@portable
def exact_step(problem, x, g, support):
    """Return the step that minimizes the quadratic along g on the support; 0 where g is 0 there."""
    p = np.where(support, g, 0.0)
    squared = np.sum(p * p)
    curved = np.sum(p * problem.hessian_product(x, p))
    return squared / curved if curved > 0.0 else 0.0


@method
class IterativeHardThresholding(NamedTuple):
    """Projected gradient over sparse vectors, with the step size that the support suggests.

    Problem      minimize f(x) = ||A x - b||^2 / 2 over the x with at most k entries that are not 0:
                 Constrained(LeastSquares(A, b), L0Ball(k)).
    Update       x+ = project(x - h grad f(x)), project keeps the k largest entries
                 h is exact along the gradient on the support of x; where the support changes and
                 h > (1 - margin) ||x+ - x||^2 / ||A (x+ - x)||^2, h is divided by
                 2 / (1 - margin) and the step is taken again
    Guarantee    f does not rise (blumensath2010). With a constant step h and columns for which
                 ||I - h A'A|| <= delta on every 3k columns, ||x+ - x*|| <= 2 delta ||x - x*|| where
                 A x* = b with k entries (the chapter proves it); that is ProjectedGradientDescent.
    Cost         one gradient, two or more products with the Hessian, one projection.
    Use when     k is known and A mixes well: a random matrix with enough rows.
    Fails when   columns are correlated: it ends in a support that is not the best.

    Parameters
    ----------
    margin : float
        How far below the curvature's limit a step that changes the support must stay, in (0, 1).

    References
    ----------
    blumensath2010.

    Examples
    --------
    >>> import optedu as oe
    >>> loss = oe.problems.LeastSquares([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]], [2.0, 0.0])
    >>> problem = oe.problems.Constrained(loss, oe.problems.L0Ball(1))
    >>> oe.run(oe.IterativeHardThresholding(), problem, [0.0, 0.0, 0.0]).x
    array([2., 0., 0.])
    """

    margin: float = 0.01

    certificate_name = "residual of the step, per unit of step size"

    def check(self):
        """Refuse a margin outside (0, 1)."""
        require_between(self, "margin", 1e-12, 1.0)

    def init(self, problem, x):
        return IterativeHardThresholdingState(problem.project(x), 0.0)

    def step(self, problem, state):
        x = state.x
        g = problem.gradient(x)
        support = x != 0.0
        if not np.any(support):
            support = problem.project(g) != 0.0
        h = exact_step(problem, x, g, support)
        if h == 0.0:
            h = state.step_size if state.step_size > 0.0 else 1.0
        for _ in range(60):
            x_new = problem.project(x - h * g)
            s = x_new - x
            curved = np.sum(s * problem.hessian_product(x, s))
            unchanged = np.all((x_new != 0.0) == support)
            if unchanged or h * curved <= (1.0 - self.margin) * np.sum(s * s):
                break
            h = 0.5 * (1.0 - self.margin) * h
        return IterativeHardThresholdingState(x_new, h)

    def certificate(self, problem, state):
        """Return ||x - project(x - h grad f(x))|| / h, h the last step size."""
        h = state.step_size if state.step_size > 0.0 else 1.0
        r = state.x - problem.project(state.x - h * problem.gradient(state.x))
        return np.sqrt(np.sum(r * r)) / h
