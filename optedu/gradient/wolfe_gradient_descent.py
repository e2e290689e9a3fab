"""Gradient descent whose step sizes satisfy the strong Wolfe conditions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee, over_steps
from optedu.line_search import require_wolfe_constants, wolfe_step
from optedu.parameters import known
from optedu.protocol import method


class WolfeGradientDescentState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    step_size: float  # the last one, where the next search begins


@method
class WolfeGradientDescent(NamedTuple):
    """Gradient descent with steps that are neither too long nor too short.

    Problem      minimize f(x), f differentiable and bounded below.
    Update       x+ = x + t p, p = -grad f(x), with t such that, for phi(t) = f(x + t p),
                 phi(t) <= phi(0) + decrease * t * phi'(0)      (not too long: Armijo)
                 abs(phi'(t)) <= curvature * abs(phi'(0))       (not too short)
    Guarantee    L-Lipschitz gradient: min over i < k of ||grad f(x_i)||^2 <=
                 L (f(x_0) - f*) / (decrease (1 - curvature) k)  (Zoutendijk's condition;
                 nocedal2006, Theorem 3.2).
    Cost         one value and one gradient per trial; most steps need one or two.
    Use when     a search must serve other directions too (conjugate gradients, quasi-Newton).
    Fails when   f is unbounded below along the ray: the search gives up, the run stalls.

    Parameters
    ----------
    first_step : float
        First trial of the first search.
    decrease : float
        Constant of the first condition, in (0, curvature).
    curvature : float
        Constant of the second condition, in (decrease, 1).

    References
    ----------
    wolfe1969; nocedal2006, Theorem 3.2 and Algorithms 3.5, 3.6.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.WolfeGradientDescent(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    first_step: float = 1.0
    decrease: float = 1e-4
    curvature: float = 0.5

    holds = ("f", "g")

    def check(self):
        """Refuse constants for which no step may exist."""
        require_wolfe_constants(self)

    def init(self, problem, x):
        return WolfeGradientDescentState(x, problem.value(x), problem.gradient(x), self.first_step)

    def step(self, problem, state):
        x, f, g = state.x, state.f, state.g
        first = state.step_size
        t, x, f, g = wolfe_step(problem, x, f, g, -g, first, self.decrease, self.curvature)
        return WolfeGradientDescentState(x, f, g, t)

    def guarantee(self, problem, k, x0):
        """Return the bound on the smallest gradient norm so far."""
        constants = known(problem, "smoothness", "minimum")
        if constants is None:
            return None
        L, minimum = constants
        total = L * (problem.value(x0) - minimum) / (self.decrease * (1 - self.curvature))
        bound = over_steps(total, k) ** 0.5
        return Guarantee("best_gradient_norm", bound, "nocedal2006, Theorem 3.2")
