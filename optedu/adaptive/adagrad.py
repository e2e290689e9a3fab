"""AdaGrad: each coordinate's step is divided by the length of all its gradients so far."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.adaptive.moments import quotient, require_rates
from optedu.protocol import method


class AdaGradState(NamedTuple):
    x: np.ndarray  # the iterate
    s: np.ndarray  # sums of squared gradients, entry by entry


@method
class AdaGrad(NamedTuple):
    """AdaGrad of Duchi, Hazan and Singer, diagonal, without constraints.

    Problem      minimize f(x), f convex with subgradients; for sums over data see `Minibatch`.
    Update       g = grad f(x),  s+ = s + g^2,  x+ = x - step_size g / (sqrt(s+) + offset)
    Guarantee    with offset 0, for any gradients g_k at the iterates x_k, noisy or not, and any u:
                 sum_k <g_k, x_k - u> <= (D^2 / (2 step_size) + step_size) sum_i sqrt(s_i),
                 D the largest entry of any |x_k - u| (duchi2011, Theorem 5). For convex f the
                 left side is at least the sum of f(x_k) - f(u).
    Cost         one gradient per step; memory for one more vector.
    Use when     coordinates live on different scales or are rarely seen; for noisy gradients.
    Fails when   the first gradients are large and say little: s never falls, and so every later
                 step is short.

    Parameters
    ----------
    step_size : float, default 1.0
        Length of each coordinate's first step, in the unit of x.
    offset : float, default 1e-10
        Added to the scale; in units of the gradient.

    References
    ----------
    duchi2011, Theorem 5.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[300.0, 0.0], [0.0, 2.0]], [300.0, 1.0])
    >>> oe.run(oe.AdaGrad(), problem, [7.0, -9.0], max_iter=2000).x.round(4)
    array([1. , 0.5])
    """

    step_size: float = 1.0
    offset: float = 1e-10

    def check(self):
        """Refuse a step size that is not positive and a negative offset."""
        require_rates(self)

    def init(self, problem, x):
        return AdaGradState(x, 0.0 * x)

    def step(self, problem, state):
        g = problem.gradient(state.x)
        s = state.s + g * g
        move = self.step_size * quotient(g, np.sqrt(s) + self.offset)
        return AdaGradState(state.x - move, s)

    def regret_bound(self, s: Any, largest: float) -> float:
        """Return the bound of the sum of <g_k, x_k - u>.

        Parameters
        ----------
        s : array_like
            The sums of squared gradients at the end.
        largest : float
            D, the largest entry of any |x_k - u|.
        """
        half = largest**2 / (2.0 * self.step_size)
        return float((half + self.step_size) * np.sum(np.sqrt(s)))
