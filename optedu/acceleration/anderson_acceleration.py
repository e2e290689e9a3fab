"""Anderson acceleration of a fixed-point iteration."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.anderson_mixing import anderson_mix, appended
from optedu.parameters import require_positive
from optedu.protocol import method


class AndersonAccelerationState(NamedTuple):
    x: np.ndarray  # the iterate
    points: np.ndarray  # the last memory + 1 iterates, flat, the newest last
    residuals: np.ndarray  # their residuals T x - x
    count: int  # how many rows are filled


@method
class AndersonAcceleration(NamedTuple):
    """Anderson acceleration, type II, with limited memory.

    Problem      find x = T x.
    Update       r_k = T x_k - x_k;  w = argmin ||r_k - sum_j w_j dr_j||, over the last ``memory``
                 differences dr_j = r_{j+1} - r_j, dx_j = x_{j+1} - x_j
                 x+ = x_k + relaxation * r_k - sum_j w_j (dx_j + relaxation * dr_j)
    Guarantee    linear T, unlimited memory, relaxation = 1: x_{k+1} is T of the k-th iterate of
                 GMRES, until GMRES stagnates (walker2011, Theorem 2.2). For a contraction the
                 residual falls at least as fast as the plain iteration's, near the solution and
                 while the weights stay bounded (toth2015). No global bound.
    Cost         one operator per step, and a least-squares problem with ``memory`` columns.
    Use when     a slow fixed-point map is nearly linear: self-consistent fields, value iteration,
                 splitting methods.
    Fails when   T is far from linear, or not smooth: the extrapolation can leave the region where
                 T contracts. Nothing here guards against that.

    Parameters
    ----------
    memory : int, default 5
        Number of differences kept; 0 is the plain iteration.
    relaxation : float, default 1.0
        Weight of the mixed residual.

    References
    ----------
    anderson1965; walker2011, Theorem 2.2; toth2015.

    Examples
    --------
    >>> import optedu as oe
    >>> slow = oe.problems.AffineMap([[0.99, 0.1], [0.0, 0.9]], [0.0, 0.1])
    >>> trace = oe.run(oe.AndersonAcceleration(), slow, [0.0, 0.0])
    >>> trace.x.round(6), len(trace) <= 5
    (array([10.,  1.]), True)
    """

    memory: int = 5
    relaxation: float = 1.0

    def check(self):
        """Refuse a negative memory, or a relaxation that is not positive."""
        require_positive(self, "relaxation")
        if self.memory < 0:
            raise ValueError(f"AndersonAcceleration: memory must be 0 or more, got {self.memory}")

    def init(self, problem, x):
        empty = np.zeros((self.memory + 1, x.size))
        return AndersonAccelerationState(x, empty, empty, 0)

    def step(self, problem, state):
        x = state.x
        points = appended(state.points, x)
        residuals = appended(state.residuals, problem.operator(x) - x)
        count = min(state.count + 1, self.memory + 1)
        x_new = anderson_mix(points, residuals, count, self.relaxation).reshape(x.shape)
        return AndersonAccelerationState(x_new, points, residuals, count)
