"""Normalized gradient descent: the gradient's direction, a length of our own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.gradient.decaying_step import decaying_step, require_decaying_step, sums_of_steps
from optedu.guarantees import Guarantee
from optedu.line_search import inner, ratio
from optedu.parameters import known
from optedu.protocol import method


class NormalizedGradientDescentState(NamedTuple):
    x: np.ndarray  # the iterate
    k: float  # steps taken


@method
class NormalizedGradientDescent(NamedTuple):
    """Steps of given length in the direction of steepest descent.

    Problem      minimize f(x), f convex or quasiconvex, smooth or not.
    Update       x+ = x - t_k g / ||g||,  g = grad f(x),  t_k = step_size / (k + 1)^decay
    Guarantee    with R = ||x_0 - x*||, some x_i, i <= k, has the hyperplane through it, normal to
                 its gradient, within r = (R^2 + sum t_i^2) / (2 sum t_i) of x*; so
                 min over i <= k of f(x_i) - f* is at most L r^2 / 2 for L-Lipschitz gradients,
                 at most M r for subgradients bounded by M (nesterov2003, Section 3.2.3).
    Cost         one gradient per step.
    Use when     gradients vanish or explode far from the minimizer (plateaus, cliffs).
    Fails when   a constant step must end: every step has the same length, it bounces.

    Parameters
    ----------
    step_size : float
        Length of the first step, in the unit of x.
    decay : float
        0 keeps the length, 1/2 is the classic decay.

    References
    ----------
    shor1985; nesterov2003, Section 3.2.3; hazan2015.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> trace = oe.run(oe.NormalizedGradientDescent(step_size=0.5), problem, [9.0, 9.0])
    >>> bool(trace.values.min() - problem.minimum < 1e-3)
    True
    """

    step_size: float = 1.0
    decay: float = 0.5

    def check(self):
        """Refuse a step size that is not positive, or a negative decay."""
        require_decaying_step(self)

    def init(self, problem, x):
        return NormalizedGradientDescentState(x, 0.0)

    def step(self, problem, state):
        x, k = state.x, state.k
        g = problem.gradient(x)
        t = decaying_step(self.step_size, self.decay, k)
        return NormalizedGradientDescentState(x - ratio(t, np.sqrt(inner(g, g))) * g, k + 1.0)

    def guarantee(self, problem, k, x0):
        """Return the bound on the best gap so far."""
        constants = known(problem, "strong_convexity", "minimizer")
        if constants is None:
            return None
        total, squares = sums_of_steps(self.step_size, self.decay, k)
        r = (np.sum((x0 - constants[1]) ** 2) + squares) / (2 * total)
        L, M = getattr(problem, "smoothness", None), getattr(problem, "lipschitz", None)
        if L is None and M is None:
            return None
        bound = L * r**2 / 2 if L is not None else M * r
        return Guarantee("best_gap", bound, "nesterov2003, Section 3.2.3")
