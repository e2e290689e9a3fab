"""AdaMax: Adam with a maximum in place of the mean of squares."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.adaptive.moments import moving_average, quotient, require_rates, unbiased
from optedu.protocol import method


class AdaMaxState(NamedTuple):
    x: np.ndarray  # the iterate
    m: np.ndarray  # moving average of gradients
    u: np.ndarray  # largest fading entry of a gradient so far
    t: int  # steps taken


@method
class AdaMax(NamedTuple):
    """Adam in the limit of p-th powers, p to infinity, in place of squares.

    Problem      minimize f(x), f differentiable; for sums over data see `Minibatch`.
    Update       g = grad f(x),  t = t + 1
                 m = b1 m + (1 - b1) g,  u = max(b2 u, |g|)
                 x+ = x - step_size (m / (1 - b1^t)) / (u + offset)
    Guarantee    none.
    Cost         one gradient per step; memory for two more vectors.
    Use when     rare large gradients should be remembered, and let go slowly.
    Fails when   one wild gradient comes: u keeps it for about 1 / (1 - b2) steps. And as `Adam`.

    Parameters
    ----------
    step_size : float, default 0.002
        No coordinate moves further in one step when b1 = 0; in the unit of x.
    gradient_decay : float, default 0.9
        b1, in [0, 1).
    square_decay : float, default 0.999
        b2, in [0, 1).
    offset : float, default 0.0
        Added to the scale; in units of the gradient.

    References
    ----------
    kingma2015, Algorithm 2.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[300.0, 0.0], [0.0, 2.0]], [300.0, 1.0])
    >>> oe.run(oe.AdaMax(0.1), problem, [7.0, -9.0], max_iter=1).x.round(6)
    array([ 6.9, -8.9])
    """

    step_size: float = 2e-3
    gradient_decay: float = 0.9
    square_decay: float = 0.999
    offset: float = 0.0

    def check(self):
        """Refuse numbers out of range."""
        require_rates(self)

    def init(self, problem, x):
        return AdaMaxState(x, 0.0 * x, 0.0 * x, 0)

    def step(self, problem, state):
        x, t, g = state.x, state.t + 1, problem.gradient(state.x)
        m = moving_average(state.m, g, self.gradient_decay)
        u = np.maximum(self.square_decay * state.u, np.abs(g))
        s = self.step_size * quotient(unbiased(m, self.gradient_decay, t), u + self.offset)
        return AdaMaxState(x - s, m, u, t)
