"""RMSProp: AdaGrad that forgets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.adaptive.moments import moving_average, quotient, require_rates
from optedu.protocol import method


class RMSPropState(NamedTuple):
    x: np.ndarray  # the iterate
    v: np.ndarray  # moving average of squared gradients, entry by entry


@method
class RMSProp(NamedTuple):
    """RMSProp of Tieleman and Hinton: the sum of AdaGrad becomes a moving average.

    Problem      minimize f(x), f differentiable; for sums over data see `Minibatch`.
    Update       g = grad f(x),  v = b2 v + (1 - b2) g^2,  x+ = x - step_size g / (sqrt(v) + offset)
    Guarantee    none checked here. zhang2025 prove that step_size and 1 - b2 of the order eps^2
                 give a mean gradient norm of eps in O(eps^-4) steps, with noise that grows with
                 the gradient and curvature that grows with the slope.
    Cost         one gradient per step; memory for one more vector.
    Use when     scales of coordinates differ and change along the way.
    Fails when   accuracy is wanted of a constant step; and as `Adam`.

    Parameters
    ----------
    step_size : float, default 0.001
        In the unit of x; the first step has the length step_size / sqrt(1 - b2) per coordinate.
    square_decay : float, default 0.9
        b2, in [0, 1). With 0 each step has the length step_size in every coordinate.
    offset : float, default 1e-8
        Added to the scale; in units of the gradient.

    References
    ----------
    tieleman2012; zhang2025.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[300.0, 0.0], [0.0, 2.0]], [300.0, 1.0])
    >>> oe.run(oe.RMSProp(0.1, square_decay=0.75), problem, [7.0, -9.0], max_iter=1).x.round(6)
    array([ 6.8, -8.8])
    """

    step_size: float = 1e-3
    square_decay: float = 0.9
    offset: float = 1e-8

    def check(self):
        """Refuse numbers out of range."""
        require_rates(self)

    def init(self, problem, x):
        return RMSPropState(x, 0.0 * x)

    def step(self, problem, state):
        g = problem.gradient(state.x)
        v = moving_average(state.v, g * g, self.square_decay)
        move = self.step_size * quotient(g, np.sqrt(v) + self.offset)
        return RMSPropState(state.x - move, v)
