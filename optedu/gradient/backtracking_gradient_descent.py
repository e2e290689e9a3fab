"""Gradient descent that finds its step size by trial: Armijo backtracking."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee, over_steps
from optedu.line_search import armijo_step
from optedu.parameters import known, require_between, require_positive
from optedu.protocol import method


class BacktrackingGradientDescentState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    step_size: float  # the last step size accepted


@method
class BacktrackingGradientDescent(NamedTuple):
    """Gradient descent that shrinks its step until f falls enough (Armijo's condition).

    Problem      minimize f(x), f differentiable.
    Update       t = growth * (last t);  while f(x - t g) > f(x) - decrease * t ||g||^2:
                 t = shrink * t;  x+ = x - t g, with g = grad f(x).
    Guarantee    every accepted t is at least h = min(first_step, 2 shrink (1 - decrease) / L).
                 Convex f, decrease >= 1/2: f(x_k) - f* <= ||x_0 - x*||^2 / (2 h k).
                 Any f: min over i < k of ||grad f(x_i)||^2 <= (f(x_0) - f*) / (decrease h k).
                 Proof: sum what each step gains (nocedal2006, Section 3.1; beck2009, Theorem 3.1).
    Cost         one gradient per step, one value per trial.
    Use when     L is unknown, or far larger at the start than later.
    Fails when   f is so flat that rounding hides its decrease; there slopes are compared.

    Parameters
    ----------
    first_step : float
        First trial of the first step.
    shrink : float
        Factor of the step size after a trial that failed, in (0, 1).
    decrease : float
        Part of the decrease promised by the gradient that must be realized, in (0, 1).
    growth : float
        First trial of a step over the last accepted step size, at least 1.

    References
    ----------
    armijo1966; nocedal2006, Section 3.1; beck2009, Theorem 3.1.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.BacktrackingGradientDescent(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    first_step: float = 1.0
    shrink: float = 0.5
    decrease: float = 0.5
    growth: float = 2.0

    holds = ("f",)

    def check(self):
        """Refuse factors with which the search could not end."""
        require_positive(self, "first_step", "shrink", "decrease")
        require_between(self, "shrink", 0.0, 1.0)
        require_between(self, "decrease", 0.0, 1.0)
        require_between(self, "growth", 1.0, np.inf)

    def init(self, problem, x):
        return BacktrackingGradientDescentState(x, problem.value(x), self.first_step / self.growth)

    def step(self, problem, state):
        x, f = state.x, state.f
        g = problem.gradient(x)
        t = self.growth * state.step_size
        t, x, f = armijo_step(problem, x, f, g, -g, t, self.decrease, self.shrink)
        return BacktrackingGradientDescentState(x, f, t)

    def guarantee(self, problem, k, x0):
        """Return the bound on the gap; without convexity, on the smallest gradient norm."""
        constants = known(problem, "smoothness", "minimum")
        if constants is None:
            return None
        L, minimum = constants
        smallest = min(self.first_step, 2 * self.shrink * (1 - self.decrease) / L)
        convex = known(problem, "strong_convexity", "minimizer")
        if convex is not None and self.decrease >= 0.5:
            bound = over_steps(np.sum((x0 - convex[1]) ** 2) / (2 * smallest), k)
            return Guarantee("gap", bound, "beck2009, Theorem 3.1")
        bound = over_steps((problem.value(x0) - minimum) / (self.decrease * smallest), k) ** 0.5
        return Guarantee("best_gradient_norm", bound, "nocedal2006, Section 3.1")
