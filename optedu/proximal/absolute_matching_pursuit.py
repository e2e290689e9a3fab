"""Matching pursuit that selects and fits by absolute deviations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.protocol import method
from optedu.proximal.matching_pursuit import (
    EXHAUSTED,
    MatchingPursuitState,
    absolute_gains,
    fill_in,
    fit_absolute,
    pick,
    require_pursuit,
)


@method
class AbsoluteMatchingPursuit(NamedTuple):
    """Matching pursuit for data of which some are wrong altogether: the LAD-lasso's loss.

    Problem      find x with few entries that are not 0 and A x = b but for some rows, the data of
                 AbsoluteDeviations(A, b); G(x) = ||A x - b||_1 + penalty sum_j w_j |x_j|.
    Update       j = argmax of G(x) - min over t of G(x + t e_j) over j not in S, by a weighted
                 median of 0 and the r_i / a_ij;  S+ = S and j;
                 x+ = argmin of ||A x - b||_1 over x that are 0 outside S+
                 (selection once per index and a refit without the penalty)
    Guarantee    none is known.
    Cost         one constraint and its Jacobian, d weighted medians, which sort n numbers each,
                 and `rounds` least squares fits on S.
    Use when     a few rows of b are corrupted, however much.
    Fails when   many rows are; or columns are correlated.

    Parameters
    ----------
    penalty : float
        Weight of the l1 norm in G.
    weights : numpy.ndarray, shape (d,), optional
        w, 0 or more; by default ones.
    sparsity : int, optional
        The most coordinates to take; by default all.
    rounds : int
        Reweighted least squares fits for one set of columns.

    References
    ----------
    mohammadtaheri2023.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.AbsoluteDeviations([[1.0], [1.0], [1.0]], [2.0, 2.0, 99.0])
    >>> oe.run(oe.AbsoluteMatchingPursuit(), problem, [0.0]).x.round(6)
    array([2.])
    """

    penalty: float = 0.1
    weights: np.ndarray | None = None
    sparsity: int | None = None
    rounds: int = 150

    certificate_name = "gain of the last coordinate, 0 when no other has one"

    def check(self):
        """Refuse a negative penalty, negative weights and an empty support."""
        require_pursuit(self)
        require_positive(self, "rounds")

    def resolve(self, problem):
        """Take weights of 1, and room for all coordinates, where none are given."""
        return fill_in(self, problem)

    def init(self, problem, x):
        return MatchingPursuitState(x, np.zeros(x.size) > 0.0, np.inf)

    def step(self, problem, state):
        A, b = problem.constraint_jacobian(state.x), -problem.constraint(0.0 * state.x)
        x = np.where(state.active, state.x, 0.0)
        gains = absolute_gains(A, b - A @ x, self.penalty * self.weights)
        smallest = 1e3 * EXHAUSTED * np.sum(np.abs(b))  # the fits are exact to nine digits or so
        active, gain = pick(state.active, gains, self.sparsity, smallest)
        if gain > 0.0:
            x = fit_absolute(A, b, active, self.rounds)
        return MatchingPursuitState(x, active, gain)

    def certificate(self, problem, state):
        """Return the gain of the last coordinate, 0 when no other has one."""
        return state.gain
