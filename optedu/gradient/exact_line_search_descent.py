"""Steepest descent: go against the gradient as far as f falls."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee
from optedu.line_search import EXACT, wolfe_step
from optedu.parameters import known, require_positive
from optedu.protocol import method


class ExactLineSearchDescentState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    step_size: float  # the last one, where the next search begins


@method
class ExactLineSearchDescent(NamedTuple):
    """Gradient descent with the best step size along each ray (Cauchy's method).

    Problem      minimize f(x), f differentiable and convex.
    Update       t = argmin over t > 0 of f(x - t grad f(x)),  x+ = x - t grad f(x);
                 successive gradients are orthogonal.
    Guarantee    tight, for f mu-strongly convex with L-Lipschitz gradient:
                 f(x_k) - f* <= ((L - mu) / (L + mu))^(2k) (f(x_0) - f*)
                 (deklerk2017, Theorem 1.2), attained by <x, diag(mu, L) x> / 2 from (1/mu, 1/L).
    Cost         one value and one gradient per trial; two trials on a quadratic, where the
                 secant of the slope is exact, a few more elsewhere.
    Use when     no step size is known and f is cheap along a line.
    Fails when   f is ill conditioned: it zigzags at the rate above, however good each step is.

    Parameters
    ----------
    first_step : float
        First trial of the first search.

    References
    ----------
    deklerk2017, Theorem 1.2.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> trace = oe.run(oe.ExactLineSearchDescent(), problem, [0.0, 0.0])
    >>> trace.x.round(4), bool(abs(trace.state.g @ problem.gradient(trace.iterates[-2])) < 1e-15)
    (array([0.2, 0.4]), True)
    """

    first_step: float = 1.0

    holds = ("f", "g")

    def check(self):
        """Refuse a first trial that is not positive."""
        require_positive(self, "first_step")

    def init(self, problem, x):
        return ExactLineSearchDescentState(
            x, problem.value(x), problem.gradient(x), self.first_step
        )

    def step(self, problem, state):
        x, f, g = state.x, state.f, state.g
        t, x, f, g = wolfe_step(problem, x, f, g, -g, state.step_size, 0.0, EXACT)
        return ExactLineSearchDescentState(x, f, g, t)

    def guarantee(self, problem, k, x0):
        """Return the bound of deklerk2017, Theorem 1.2, on the gap."""
        constants = known(problem, "smoothness", "strong_convexity", "minimum")
        if constants is None or constants[1] == 0:
            return None
        L, mu, minimum = constants
        rate = ((L - mu) / (L + mu)) ** (2 * np.asarray(k))
        return Guarantee("gap", rate * (problem.value(x0) - minimum), "deklerk2017, Theorem 1.2")
