"""Optimistic AMSGrad: a second step, along a guess of the gradient that comes next."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.adaptive.moments import moving_average, quotient, require_rates
from optedu.protocol import method


class OptimisticAMSGradState(NamedTuple):
    x: np.ndarray  # the iterate: where the next gradient is taken
    z: np.ndarray  # the point that the gradients move
    m: np.ndarray  # moving average of gradients
    v: np.ndarray  # moving average of the squared errors of the guesses
    top: np.ndarray  # the largest v so far, entry by entry
    guess: np.ndarray  # what the next gradient may be: the last one; 0 at first


@method
class OptimisticAMSGrad(NamedTuple):
    """AMSGrad with a look ahead, as in optimistic mirror descent, by Wang, Li, Karimi and Li.

    Problem      minimize f(x), f differentiable; for sums over data see `Minibatch`.
    Update       g = grad f(x),  p = m,  m = b1 m + (1 - b1) g
                 v = b2 v + (1 - b2) (g - guess)^2,  top = max(top, v),  guess = g
                 z+ = z - step_size m / (sqrt(top) + offset)
                 x+ = z+ - step_size (b1 p + (1 - b1) guess) / (sqrt(top) + offset)
    Guarantee    none checked here (the regret bound of wang2021 is small where guesses are good).
    Cost         one gradient per step; memory for five more vectors.
    Use when     consecutive gradients are alike.
    Fails when   they are not: the second step is then taken on noise, and v is larger, too.

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
    wang2021. The guess is the last gradient; the paper extrapolates several.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[300.0, 0.0], [0.0, 2.0]], [300.0, 1.0])
    >>> oe.run(oe.OptimisticAMSGrad(0.1, 0.0, 0.75), problem, [7.0, -9.0], max_iter=1).x.round(6)
    array([ 6.6, -8.6])
    """

    step_size: float = 1e-3
    gradient_decay: float = 0.9
    square_decay: float = 0.999
    offset: float = 1e-8

    def check(self):
        """Refuse numbers out of range."""
        require_rates(self)

    def init(self, problem, x):
        none = 0.0 * x
        return OptimisticAMSGradState(x, x, none, none, none, none)

    def step(self, problem, state):
        g, b1 = problem.gradient(state.x), self.gradient_decay
        m = moving_average(state.m, g, b1)
        v = moving_average(state.v, (g - state.guess) ** 2, self.square_decay)
        top = np.maximum(state.top, v)
        scale = np.sqrt(top) + self.offset
        z = state.z - self.step_size * quotient(m, scale)
        ahead = moving_average(state.m, g, b1)
        x = z - self.step_size * quotient(ahead, scale)
        return OptimisticAMSGradState(x, z, m, v, top, g)
