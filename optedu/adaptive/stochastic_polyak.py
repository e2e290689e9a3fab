"""The stochastic Polyak step: how long a step the loss of this batch pays for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.line_search import inner, ratio
from optedu.oracles import value_and_gradient
from optedu.parameters import require_positive
from optedu.protocol import method


class StochasticPolyakState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class StochasticPolyak(NamedTuple):
    """SPS_max of Loizou, Vaswani, Laradji and Lacoste-Julien.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each at least ``lower``; made for
                 batches: `Minibatch(StochasticPolyak())`. With all of f it is Polyak's method.
    Update       on a batch B:  t = min((f_B(x) - lower) / (scale ||g||^2), largest_step)
                 x+ = x - t g,  g = grad f_B(x)
    Guarantee    f_i convex and L_i-smooth, the mean of their strong convexities mu > 0, scale >=
                 1/2, lower = min f_B: E ||x_k - x*||^2 <= (1 - mu a)^k ||x_0 - x*||^2
                 + 2 largest_step s / (mu a), with a = min(1 / (2 scale max L_i), largest_step) and
                 s = f* - mean of min f_B (loizou2021). With s = 0, interpolation,
                 it converges linearly, and largest_step may be infinite.
    Cost         one value and one gradient of the batch per step.
    Use when     the model can fit every batch, so that each min f_B is known (often 0).
    Fails when   it cannot: steps jump between the batches' own minimizers, and with
                 largest_step infinite no run settles.

    Parameters
    ----------
    scale : float, default 0.5
        c; 1/2 is the longest step with a guarantee, 1 the usual choice for convex f.
    largest_step : float, default inf
        No step size is larger.
    lower : float, default 0.0
        A lower bound of the loss of every batch, in the unit of f.

    References
    ----------
    loizou2021; polyak1987.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.Minibatch(oe.StochasticPolyak()), problem, [0.0, 0.0], max_iter=100).x.round(4)
    array([1., 2.])
    """

    scale: float = 0.5
    largest_step: float = np.inf
    lower: float = 0.0

    def check(self):
        """Refuse factors that are not positive."""
        require_positive(self, "scale", "largest_step")

    def init(self, problem, x):
        return StochasticPolyakState(x)

    def step(self, problem, state):
        x = state.x
        f, g = value_and_gradient(problem, x)
        t = ratio(max(f - self.lower, 0.0), self.scale * inner(g, g))
        return StochasticPolyakState(x - min(t, self.largest_step) * g)
