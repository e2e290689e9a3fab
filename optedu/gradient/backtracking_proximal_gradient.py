"""Proximal gradient that finds its step size by trial."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee, over_steps
from optedu.line_search import inner
from optedu.parameters import known, require_between, require_positive
from optedu.protocol import method


class BacktrackingProximalGradientState(NamedTuple):
    x: np.ndarray  # the iterate
    g: np.ndarray  # the gradient of f there
    step_size: float  # the last step size accepted


@method
class BacktrackingProximalGradient(NamedTuple):
    """Proximal gradient whose step size shrinks while f turns too much along the step.

    Problem      minimize F(x) = f(x) + g(x), f convex and differentiable, g convex with a prox
                 that is cheap.
    Update       t = growth * (last t);  p = prox(x - t grad f(x), t);
                 while <grad f(p) - grad f(x), p - x> > ||p - x||^2 / (2 t):
                 t = shrink * t, p anew;  x+ = p
    Guarantee    every accepted t is at least h = min(first_step, shrink / (2 L)) and, f being
                 convex, has f(p) <= f(x) + <grad f(x), p - x> + ||p - x||^2 / (2 t); so
                 F(x_k) - F* <= ||x_0 - x*||^2 / (2 h k) (proof of beck2009, Theorem 3.1).
    Cost         one gradient and one prox per trial; comparing gradients asks for no values of f
                 alone and is safe from rounding.
    Use when     L is unknown, or far larger at the start than later.
    Fails when   f is not convex: the test may accept steps that do not decrease F.

    Parameters
    ----------
    first_step : float
        First trial of the first step.
    shrink : float
        Factor of the step size after a trial that failed, in (0, 1).
    growth : float
        First trial of a step over the last accepted step size, at least 1.

    References
    ----------
    beck2009, Theorem 3.1.

    Examples
    --------
    >>> import optedu as oe
    >>> smooth = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 2.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(smooth, oe.problems.L1(1.0))
    >>> oe.run(oe.BacktrackingProximalGradient(), problem).x.round(4)
    array([2., 0.])
    """

    first_step: float = 1.0
    shrink: float = 0.5
    growth: float = 2.0

    def check(self):
        """Refuse factors with which the search could not end."""
        require_positive(self, "first_step", "shrink")
        require_between(self, "shrink", 0.0, 1.0)
        require_between(self, "growth", 1.0, np.inf)

    def init(self, problem, x):
        first = self.first_step / self.growth
        return BacktrackingProximalGradientState(x, problem.gradient(x), first)

    def step(self, problem, state):
        x, g = state.x, state.g
        t = self.growth * state.step_size
        # A step so short that its turn of the gradient is rounding passes.
        rounding = 1e-14 * np.sqrt(inner(g, g))
        while True:
            p = problem.prox(x - t * g, t)
            g_p = problem.gradient(p)
            d = p - x
            square = inner(d, d)
            if inner(g_p - g, d) <= square / (2.0 * t) + rounding * np.sqrt(square):
                return BacktrackingProximalGradientState(p, g_p, t)
            if not t > 1e-300:
                return BacktrackingProximalGradientState(x, g, t)
            t = self.shrink * t

    def guarantee(self, problem, k, x0):
        """Return the bound on the gap."""
        constants = known(problem, "smoothness", "strong_convexity", "minimizer")
        if constants is None:
            return None
        L, _, minimizer = constants
        smallest = min(self.first_step, self.shrink / (2 * L))
        bound = over_steps(np.sum((x0 - minimizer) ** 2) / (2 * smallest), k)
        return Guarantee("gap", bound, "beck2009, Theorem 3.1")
