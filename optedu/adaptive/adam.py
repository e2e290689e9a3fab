"""Adam: a mean of past gradients, divided by the root of a mean of their squares."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.adaptive.moments import moving_average, quotient, require_rates, unbiased
from optedu.parameters import require_between
from optedu.protocol import method


class AdamState(NamedTuple):
    x: np.ndarray  # the iterate
    m: np.ndarray  # moving average of gradients
    v: np.ndarray  # moving average of their squares, entry by entry
    t: int  # steps taken


@method
class Adam(NamedTuple):
    """Adaptive moment estimation of Kingma and Ba; with ``weight_decay``, AdamW.

    Problem      minimize f(x), f differentiable; for sums over data see `Minibatch`.
    Update       g = grad f(x),  t = t + 1
                 m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
                 x+ = (1 - step_size weight_decay) x
                      - step_size (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + offset)
    Guarantee    none. The regret bound of kingma2015 is refuted by a convex example (reddi2018).
    Cost         one gradient per step; memory for two more vectors.
    Use when     coordinates are badly scaled, gradients are noisy, and little can be tuned.
    Fails when   rare large gradients decide (v forgets them), or accuracy is wanted of a constant
                 step: near a minimizer it does not shrink.

    Parameters
    ----------
    step_size : float, default 0.001
        About the longest move of a coordinate in one step, in the unit of x.
    gradient_decay : float, default 0.9
        b1, in [0, 1).
    square_decay : float, default 0.999
        b2, in [0, 1).
    offset : float, default 1e-8
        Added to the scale; in units of the gradient. With 0, what has no gradient stands still.
    weight_decay : float, default 0.0
        Pulls x towards 0 by this times step_size, outside the scaling (loshchilov2019).

    References
    ----------
    kingma2015, Algorithm 1; loshchilov2019.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[300.0, 0.0], [0.0, 2.0]], [300.0, 1.0])
    >>> oe.run(oe.Adam(0.1), problem, [7.0, -9.0], max_iter=1).x.round(6)
    array([ 6.9, -8.9])
    """

    step_size: float = 1e-3
    gradient_decay: float = 0.9
    square_decay: float = 0.999
    offset: float = 1e-8
    weight_decay: float = 0.0

    def check(self):
        """Refuse numbers out of range."""
        require_rates(self)
        require_between(self, "weight_decay", 0.0, np.inf)

    def init(self, problem, x):
        return AdamState(x, 0.0 * x, 0.0 * x, 0)

    def step(self, problem, state):
        x, t, g = state.x, state.t + 1, problem.gradient(state.x)
        b1, b2 = self.gradient_decay, self.square_decay
        m = moving_average(state.m, g, b1)
        v = moving_average(state.v, g * g, b2)
        scale = np.sqrt(unbiased(v, b2, t)) + self.offset
        s = self.step_size * quotient(unbiased(m, b1, t), scale)
        return AdamState((1.0 - self.step_size * self.weight_decay) * x - s, m, v, t)
