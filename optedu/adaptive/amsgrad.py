"""AMSGrad: Adam whose scale never falls."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.adaptive.moments import moving_average, quotient, require_rates
from optedu.protocol import method


class AMSGradState(NamedTuple):
    x: np.ndarray  # the iterate
    m: np.ndarray  # moving average of gradients
    v: np.ndarray  # moving average of their squares
    top: np.ndarray  # the largest v so far, entry by entry


@method
class AMSGrad(NamedTuple):
    """AMSGrad of Reddi, Kale and Kumar, without bias correction, as published.

    Problem      minimize f(x), f differentiable; for sums over data see `Minibatch`.
    Update       g = grad f(x)
                 m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2,  top = max(top, v)
                 x+ = x - step_size m / (sqrt(top) + offset)
    Guarantee    none for a constant step. Convex, on a bounded set, with steps that fall as
                 1 / sqrt(k) and a b1 that falls, the regret of k rounds is O(sqrt(k))
                 (reddi2018).
    Cost         one gradient per step; memory for three more vectors.
    Use when     rare large gradients decide, and Adam forgets them.
    Fails when   one wild gradient comes early: the scale never falls again.

    Parameters
    ----------
    step_size : float, default 0.001
        In the unit of x.
    gradient_decay : float, default 0.9
        b1, in [0, 1).
    square_decay : float, default 0.999
        b2, in [0, 1).
    offset : float, default 1e-8
        Added to the scale; in units of the gradient.

    References
    ----------
    reddi2018.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[300.0, 0.0], [0.0, 2.0]], [300.0, 1.0])
    >>> oe.run(oe.AMSGrad(0.1, 0.0, 0.75), problem, [7.0, -9.0], max_iter=1).x.round(6)
    array([ 6.8, -8.8])
    """

    step_size: float = 1e-3
    gradient_decay: float = 0.9
    square_decay: float = 0.999
    offset: float = 1e-8

    def check(self):
        """Refuse numbers out of range."""
        require_rates(self)

    def init(self, problem, x):
        return AMSGradState(x, 0.0 * x, 0.0 * x, 0.0 * x)

    def step(self, problem, state):
        x, g = state.x, problem.gradient(state.x)
        m = moving_average(state.m, g, self.gradient_decay)
        v = moving_average(state.v, g * g, self.square_decay)
        top = np.maximum(state.top, v)
        s = self.step_size * quotient(m, np.sqrt(top) + self.offset)
        return AMSGradState(x - s, m, v, top)
