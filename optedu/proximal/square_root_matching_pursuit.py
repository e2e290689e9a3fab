"""Matching pursuit that selects by the square-root lasso's loss."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import method
from optedu.proximal.matching_pursuit import (
    EXHAUSTED,
    MatchingPursuitState,
    fill_in,
    fit_squares,
    least_squares_data,
    least_squares_start,
    pick,
    require_pursuit,
    square_root_gains,
)


@method
class SquareRootMatchingPursuit(NamedTuple):
    """Orthogonal matching pursuit with the selection of the weighted square-root lasso.

    Problem      find x with few entries that are not 0 and A x close to b, the data of
                 LeastSquares(A, b); G(x) = ||A x - b|| + penalty sum_j w_j |x_j|.
    Update       with unit columns, rho_j = |<a_j, r>|, c_j = penalty w_j < 1, r = b - A x:
                 j = argmax of ||r|| - c_j rho_j - sqrt((1 - c_j^2) (||r||^2 - rho_j^2)) over the
                 j not in S with rho_j >= c_j ||r||: what j alone can lower G by;  S+ = S and j;
                 x+ = argmin of ||A x - b|| over x that are 0 outside S+
                 (selection once per index and a refit without the penalty)
    Guarantee    none is known. It ends where all rho_j <= c_j ||r||: the rule compares with the
                 residual itself, so that one penalty fits every size of the noise.
    Cost         one residual, one Jacobian, and a least squares fit on S.
    Use when     the size of the noise is not known.
    Fails when   columns are correlated: a wrong one, once taken, stays.

    Parameters
    ----------
    penalty : float
        Weight of the l1 norm in G; a coordinate of weight 1 and a unit column enter only below 1.
    weights : numpy.ndarray, shape (d,), optional
        w, 0 or more; by default ones.
    sparsity : int, optional
        The most coordinates to take; by default all.

    References
    ----------
    mohammadtaheri2023; belloni2011, for the loss.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0, 0.6], [0.0, 1.0, 0.8]], [0.1, 2.0])
    >>> oe.run(oe.SquareRootMatchingPursuit(0.9, sparsity=1), problem, [0.0, 0.0, 0.0]).x
    array([0., 2., 0.])
    """

    penalty: float = 0.1
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
        gains = square_root_gains(A, b - A @ x, self.penalty * self.weights)
        active, gain = pick(state.active, gains, self.sparsity, EXHAUSTED * np.sqrt(b @ b))
        if gain > 0.0:
            x = fit_squares(A, b, active)
        return MatchingPursuitState(x, active, gain)

    def certificate(self, problem, state):
        """Return the gain of the last coordinate, 0 when no other has one."""
        return state.gain
