"""FISTA that finds its step size by trial."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import nesterov_lambda, squared_distance
from optedu.guarantees import Guarantee
from optedu.parameters import known, require_between, require_positive
from optedu.protocol import method


class BacktrackingFISTAState(NamedTuple):
    x: np.ndarray  # the iterate
    y: np.ndarray  # the extrapolated point, where the gradient is taken
    t: float  # the momentum sequence
    step_size: float  # the step size found so far; it never grows


@method
class BacktrackingFISTA(NamedTuple):
    """FISTA for an unknown Lipschitz constant.

    Problem      minimize F(x) = f(x) + g(x), f convex with Lipschitz gradient, g convex with a
                 prox.
    Update       shrink h until p = prox(y - h grad f(y), h) has
                 <grad f(p) - grad f(y), p - y> <= ||p - y||^2 / (2 h);  x+ = p
                 t+ = (1 + sqrt(1 + 4 t^2)) / 2,  y+ = x+ + (t - 1) / t+ * (x+ - x)
                 For convex f the test implies f(p) <= f(y) + <grad f(y), p - y> +
                 ||p - y||^2 / (2 h), the test of the paper, and needs no value of f alone.
    Guarantee    k >= 1: F(x_k) - F* <= ||x_0 - x*||^2 / (2 h_k t_k^2), and every h_k is at least
                 min(first_step, shrink / (2 L)) (beck2009, Theorem 4.4, with this test in place
                 of the paper's).
    Cost         one gradient per step, one gradient and one prox per trial.
    Use when     L is unknown or its bound is loose.
    Fails when   the curvature is large at the start only: h never grows again.

    Parameters
    ----------
    first_step : float, default 1.0
        The first trial of the step size.
    shrink : float, default 0.5
        Factor after a failed trial, in (0, 1).

    References
    ----------
    beck2009, Section 4 and Theorem 4.4.

    Examples
    --------
    >>> import optedu as oe
    >>> smooth = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(smooth, oe.problems.L1(1.0))
    >>> oe.run(oe.BacktrackingFISTA(), problem, [0.0, 0.0]).x.round(5)
    array([2., 0.])
    """

    first_step: float = 1.0
    shrink: float = 0.5

    def check(self):
        """Refuse a first step that is not positive, or a factor outside (0, 1)."""
        require_positive(self, "first_step", "shrink")
        require_between(self, "shrink", 0.0, 1.0)

    def init(self, problem, x):
        return BacktrackingFISTAState(x, x, 1.0, self.first_step)

    def step(self, problem, state):
        x, y, t, h = state
        g = problem.gradient(y)
        p = problem.prox(y - h * g, h)
        # a movement at the level of rounding says nothing about the curvature
        resolution = 1e-24 * max(1.0, np.sum(y * y))
        while True:
            d = p - y
            square = np.sum(d * d)
            curvature = np.sum((problem.gradient(p) - g) * d)
            if not (curvature > square / (2 * h) and square > resolution):  # NaN ends it too
                break
            h = self.shrink * h
            p = problem.prox(y - h * g, h)
        t_new = (1 + np.sqrt(1 + 4 * t**2)) / 2
        y_new = p + (t - 1) / t_new * (p - x)
        return BacktrackingFISTAState(p, y_new, t_new, h)

    def guarantee(self, problem, k, x0):
        """Return the bound of beck2009, Theorem 4.4, with the smallest possible step size."""
        constants = known(problem, "smoothness", "strong_convexity")
        distance = squared_distance(problem, x0)
        if constants is None or distance is None:
            return None
        h = min(self.first_step, self.shrink / (2 * constants[0]))
        bound = distance / (2 * h * nesterov_lambda(k) ** 2)
        bound = np.where(np.asarray(k) > 0, bound, np.inf)
        return Guarantee("gap", bound, "beck2009, Theorem 4.4")
