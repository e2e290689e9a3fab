"""SANIA Adam-SQR: a moving average of squared gradients as curvature, and Polyak's step length."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.adaptive.sania_step import divide, sania_factor
from optedu.line_search import inner
from optedu.oracles import value_and_gradient
from optedu.parameters import require_between
from optedu.protocol import method


class SaniaAdamSQRState(NamedTuple):
    x: np.ndarray  # the iterate
    v: np.ndarray  # moving average of squared gradients, entry by entry
    t: int  # steps taken


@method
class SaniaAdamSQR(NamedTuple):
    """Scale-invariant RMSProp without a step size, of the SANIA framework.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each at least ``lower``; made for
                 batches: `Minibatch(SaniaAdamSQR())`.
    Update       on a batch B:  v = b2 v + (1 - b2) g^2,  s = g / (v / (1 - b2^k)),  q = <g, s>
                 t = 1 - sqrt(1 - 2 (f_B(x) - lower) / q) where the root is real, else 1
                 x+ = x - t s
    Guarantee    exact invariance under diagonal rescaling of x, as `SaniaAdaGradSQR`
                 (abdukhakimov2023). No rate is known.
    Cost         one value and one gradient of the batch per step; memory for one more vector.
    Use when     as `SaniaAdaGradSQR`, where v has to forget.
    Fails when   the model cannot fit the batches: steps do not die, and the run does not settle.

    Parameters
    ----------
    square_decay : float, default 0.999
        b2, in [0, 1).
    lower : float, default 0.0
        A lower bound of the loss of every batch, in the unit of f.
    floor : float, default 0.0
        v / (1 - b2^k) is at least this in each entry; above zero the invariance is lost.

    References
    ----------
    abdukhakimov2023.

    Examples
    --------
    >>> import optedu as oe
    >>> A, b = [[1.0, 0.0], [0.6, 800.0], [0.0, 1000.0]], [1.0, 2.2, 2.0]
    >>> problem = oe.problems.LeastSquares(A, b)
    >>> method = oe.Minibatch(oe.SaniaAdamSQR())
    >>> oe.run(method, problem, [0.0, 0.0], max_iter=1000).x.round(4)
    array([1.   , 0.002])
    """

    square_decay: float = 0.999
    lower: float = 0.0
    floor: float = 0.0

    def check(self):
        """Refuse a decay outside [0, 1) and a negative floor."""
        require_between(self, "square_decay", 0.0, 1.0)
        require_between(self, "floor", 0.0, np.inf)

    def init(self, problem, x):
        return SaniaAdamSQRState(x, 0.0 * x, 0)

    def step(self, problem, state):
        x, t, b2 = state.x, state.t + 1, self.square_decay
        f, g = value_and_gradient(problem, x)
        v = b2 * state.v + (1.0 - b2) * g * g
        s = divide(g, np.maximum(v / (1.0 - b2**t), self.floor))
        return SaniaAdamSQRState(x - sania_factor(f - self.lower, inner(g, s)) * s, v, t)
