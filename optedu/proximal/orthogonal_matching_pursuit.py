"""Orthogonal matching pursuit: take the column that helps most, and fit again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import method
from optedu.proximal.matching_pursuit import (
    EXHAUSTED,
    MatchingPursuitState,
    count_gains,
    fill_in,
    fit_squares,
    least_squares_data,
    least_squares_start,
    pick,
    require_pursuit,
)


@method
class OrthogonalMatchingPursuit(NamedTuple):
    """Greedy sparse regression: one more column per step, all coefficients refitted.

    Problem      find x with few entries that are not 0 and A x close to b, the data of
                 LeastSquares(A, b); G(x) = ||A x - b||^2 + penalty sum_j w_j^2 [x_j is not 0].
    Update       j = argmax of (<a_j, r>^2 / ||a_j||^2 - penalty w_j^2)_+ over j not in S,
                 r = b - A x: what j alone can lower G by;  S+ = S and j;
                 x+ = argmin of ||A x - b|| over x that are 0 outside S+
    Guarantee    penalty = 0, A x* = b with k entries, columns of norm 1 with inner products of
                 size < 1 / (2 k - 1): x_k = x*, all picks are right (tropp2004).
                 Each step lowers G by the gain at least.
    Cost         one residual, one Jacobian, and a least squares fit on S.
    Use when     few columns matter and they are nearly orthogonal.
    Fails when   columns are correlated: a wrong one, once taken, stays.

    Parameters
    ----------
    penalty : float
        Price of a coordinate of weight 1, in units of ||A x - b||^2.
    weights : numpy.ndarray, shape (d,), optional
        w, 0 or more; by default ones.
    sparsity : int, optional
        The most coordinates to take; by default all.

    References
    ----------
    mohammadtaheri2023, for the penalty and the weights; pati1993; tropp2004.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0, 0.6], [0.0, 1.0, 0.8]], [0.1, 2.0])
    >>> oe.run(oe.OrthogonalMatchingPursuit(sparsity=1), problem, [0.0, 0.0, 0.0]).x
    array([0., 2., 0.])
    """

    penalty: float = 0.0
    weights: np.ndarray | None = None
    sparsity: int | None = None

    certificate_name = "gain of the last coordinate, 0 when no other has one"

    def check(self):
        """Refuse a negative penalty, negative weights and an empty support."""
        require_pursuit(self)

    def resolve(self, problem):
        """Take weights of 1, and room for all coordinates, where none are given."""
        return fill_in(self, problem)

    def init(self, problem, x):
        return least_squares_start(problem, x)

    def step(self, problem, state):
        A, b = least_squares_data(problem, state.x)
        x = np.where(state.active, state.x, 0.0)
        gains = count_gains(A, b - A @ x, self.penalty * self.weights**2)
        active, gain = pick(state.active, gains, self.sparsity, EXHAUSTED * (b @ b))
        if gain > 0.0:
            x = fit_squares(A, b, active)
        return MatchingPursuitState(x, active, gain)

    def certificate(self, problem, state):
        """Return the gain of the last coordinate, 0 when no other has one."""
        return state.gain
