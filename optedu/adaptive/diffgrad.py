"""diffGrad: Adam whose step halves where the gradient does not change."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.adaptive.moments import moving_average, quotient, require_rates, unbiased
from optedu.protocol import method


class DiffGradState(NamedTuple):
    x: np.ndarray  # the iterate
    m: np.ndarray  # moving average of gradients
    v: np.ndarray  # moving average of their squares, entry by entry
    g: np.ndarray  # the last gradient; 0 at first
    t: int  # steps taken


@method
class DiffGrad(NamedTuple):
    """Adam with a friction factor between 1/2 and 1 in each coordinate.

    Problem      minimize f(x), f differentiable; for sums over data see `Minibatch`.
    Update       g+ = grad f(x),  t = t + 1
                 m = b1 m + (1 - b1) g+,  v = b2 v + (1 - b2) g+^2,  q = 1 / (1 + exp(-|g - g+|))
                 x+ = x - step_size q (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + offset)
    Guarantee    none checked here.
    Cost         one gradient per step; memory for three more vectors.
    Use when     Adam runs across a narrow minimum; q is 1/2 where the gradient changes little.
    Fails when   f is multiplied by a number: q alone is not invariant, and becomes 1/2 or 1.

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
    dubey2020.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[300.0, 0.0], [0.0, 2.0]], [300.0, 1.0])
    >>> oe.run(oe.DiffGrad(0.1), problem, [7.0, -9.0], max_iter=1).x.round(4)
    array([ 6.9, -8.9])
    """

    step_size: float = 1e-3
    gradient_decay: float = 0.9
    square_decay: float = 0.999
    offset: float = 1e-8

    def check(self):
        """Refuse numbers out of range."""
        require_rates(self)

    def init(self, problem, x):
        return DiffGradState(x, 0.0 * x, 0.0 * x, 0.0 * x, 0)

    def step(self, problem, state):
        x, t, g = state.x, state.t + 1, problem.gradient(state.x)
        b1, b2 = self.gradient_decay, self.square_decay
        m = moving_average(state.m, g, b1)
        v = moving_average(state.v, g * g, b2)
        friction = 1.0 / (1.0 + np.exp(-np.abs(state.g - g)))
        scale = np.sqrt(unbiased(v, b2, t)) + self.offset
        s = self.step_size * friction * quotient(unbiased(m, b1, t), scale)
        return DiffGradState(x - s, m, v, g, t)
