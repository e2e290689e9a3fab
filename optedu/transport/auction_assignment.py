"""The auction: rows bid for columns, and prices rise until all have one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.problems.transport_assignment import assignment_gap, partner_of, require_square
from optedu.protocol import method
from optedu.statuses import STALLED


class AuctionAssignmentState(NamedTuple):
    x: np.ndarray  # the partial assignment
    p: np.ndarray  # prices of the columns
    raised: float  # epsilon, by which each bid raises the price more than it need


@method
class AuctionAssignment(NamedTuple):
    """Bertsekas's auction with scaled epsilon, one round of bids per step.

    Problem      minimize <C, X> over the permutation matrices X.
    Update       each free row i bids p_j + (w' - w) + epsilon for its cheapest column j, w and w'
                 the least and the second least of C_i. + p; each column goes to its highest
                 bidder, at that price, and whoever had it is free. When no row is free,
                 epsilon shrinks by `scaling`, and rows that now pay too much are free again.
    Guarantee    a complete X costs at most n epsilon more than the best; integer costs and
                 epsilon < 1 / n: it is the best (bertsekas1988).
    Cost         one gradient (the cost); n operations per bid.
    Use when     bids may run side by side, or costs change a little and the prices are kept.
    Fails when   epsilon is small from the start: rows outbid each other by epsilon, for very long.

    Parameters
    ----------
    epsilon : float
        The last epsilon, in the unit of the cost.
    first_epsilon : float
        The first; 0 stands for a quarter of the largest spread of costs in a row.
    scaling : float
        How much epsilon shrinks between two phases, above 1.

    References
    ----------
    bertsekas1988.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Assignment([[4.0, 1.0, 3.0], [2.0, 0.0, 5.0], [3.0, 2.0, 2.0]])
    >>> float(problem.value(oe.run(oe.AuctionAssignment(epsilon=0.3), problem).x))
    5.0
    """

    epsilon: float = 1e-9
    first_epsilon: float = 0.0
    scaling: float = 5.0

    certificate_name = "duality gap"
    may_rest = True

    def check(self):
        """Refuse an epsilon that is not positive, and a scaling that shrinks nothing."""
        require_positive(self, "epsilon")
        if not self.first_epsilon >= 0:
            raise ValueError(
                f"AuctionAssignment: first_epsilon must be 0 or more, got {self.first_epsilon}"
            )
        if not self.scaling > 1:
            raise ValueError(f"AuctionAssignment: scaling must be above 1, got {self.scaling}")

    def resolve(self, problem):
        """Refuse a problem whose iterate is not a square matrix."""
        require_square(self, problem)
        return self

    def init(self, problem, x):
        first = -0.25 * (1.0 + np.min(problem.gradient(x)))
        if self.first_epsilon > 0:
            first = self.first_epsilon
        return AuctionAssignmentState(np.zeros(x.shape), np.zeros(x.shape[0]), first)

    def step(self, problem, state):
        x, p, epsilon = state.x.copy(), state.p.copy(), max(state.raised, self.epsilon)
        D, column, n = problem.gradient(state.x), partner_of(state.x), p.size
        if np.min(column) >= 0:
            epsilon = max(epsilon / self.scaling, self.epsilon)
            for i in range(n):
                if D[i, column[i]] + p[column[i]] > np.min(D[i] + p) + epsilon:
                    x[i] = 0.0
            return AuctionAssignmentState(x, p, epsilon)
        highest, bidder = np.full(n, -np.inf), np.full(n, -1)
        for i in range(n):
            if column[i] < 0:
                w = D[i] + state.p
                j = np.argmin(w)
                cheapest = w[j]
                w[j] = np.inf
                spare = np.min(w) - cheapest if n > 1 else 0.0
                if p[j] + spare + epsilon > highest[j]:
                    highest[j], bidder[j] = p[j] + spare + epsilon, i
        for j in range(n):
            if bidder[j] >= 0:
                x[:, j] = 0.0
                x[bidder[j], j], p[j] = 1.0, highest[j]
        return AuctionAssignmentState(x, p, epsilon)

    def verdict(self, problem, state):
        """Say that the last phase is over: every row has a column, at the last epsilon."""
        over = state.raised <= self.epsilon and np.min(partner_of(state.x)) >= 0
        return STALLED if over else 0

    def certificate(self, problem, state):
        """Return what X costs more than the dual value of -p; no assignment costs less."""
        return assignment_gap(problem.gradient(state.x), state.x, -state.p)
