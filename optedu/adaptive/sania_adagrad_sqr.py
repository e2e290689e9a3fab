"""SANIA AdaGrad-SQR: squared gradients as curvature, no root, and Polyak's step length."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.adaptive.sania_step import divide, sania_factor
from optedu.line_search import inner
from optedu.oracles import value_and_gradient
from optedu.parameters import require_between
from optedu.protocol import method


class SaniaAdaGradSQRState(NamedTuple):
    x: np.ndarray  # the iterate
    v: np.ndarray  # sum of squared gradients, entry by entry


@method
class SaniaAdaGradSQR(NamedTuple):
    """Scale-invariant AdaGrad without a step size, of the SANIA framework.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each at least ``lower``; made for
                 batches: `Minibatch(SaniaAdaGradSQR())`.
    Update       on a batch B:  v = v + g^2,  s = g / v,  q = <g, s>
                 t = 1 - sqrt(1 - 2 (f_B(x) - lower) / q) where the root is real, else 1
                 x+ = x - t s
    Guarantee    exact invariance: with x = S y, S diagonal, the runs on f(x) and f(S y) have the
                 same values (abdukhakimov2023, for zero ``floor``). No rate is known.
    Cost         one value and one gradient of the batch per step; memory for one more vector.
    Use when     columns of the data have unknown units, and the model can fit the data.
    Fails when   the first gradients are huge: v never forgets them, and steps die. The scale of f
                 itself matters: g^2 has the unit of f^2, a curvature that of f.

    Parameters
    ----------
    lower : float, default 0.0
        A lower bound of the loss of every batch, in the unit of f.
    floor : float, default 0.0
        v is at least this in each entry; above zero the invariance is lost.

    References
    ----------
    abdukhakimov2023.

    Examples
    --------
    >>> import optedu as oe
    >>> A, b = [[1.0, 0.0], [0.6, 800.0], [0.0, 1000.0]], [1.0, 2.2, 2.0]
    >>> problem = oe.problems.LeastSquares(A, b)
    >>> oe.run(oe.SaniaAdaGradSQR(), problem, [0.0, 0.0], max_iter=3000).x.round(4)
    array([1.   , 0.002])
    """

    lower: float = 0.0
    floor: float = 0.0

    def check(self):
        """Refuse a negative floor."""
        require_between(self, "floor", 0.0, np.inf)

    def init(self, problem, x):
        return SaniaAdaGradSQRState(x, 0.0 * x)

    def step(self, problem, state):
        x = state.x
        f, g = value_and_gradient(problem, x)
        v = state.v + g * g
        s = divide(g, np.maximum(v, self.floor))
        return SaniaAdaGradSQRState(x - sania_factor(f - self.lower, inner(g, s)) * s, v)
