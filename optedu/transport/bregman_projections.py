"""Sinkhorn's algorithm on the plan itself: alternating projections in relative entropy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.protocol import method


class BregmanProjectionsState(NamedTuple):
    x: np.ndarray  # the plan


@method
class BregmanProjections(NamedTuple):
    """Alternating projections, in relative entropy, of exp(-C / t) onto two sets of plans.

    Problem      minimize KL(P, P_0) over P with row sums a and column sums b, P_0 = x_0 exp(-C / t)
                 entry by entry; that is <C, P> + t KL(P, x_0), up to a constant.
    Update       P+ = diag(a / P 1) P, then P++ = P+ diag(b / P+'1).
    Guarantee    KL(P*, P_0) = KL(P*, P+) + KL(P+, P_0) at each projection: the distances gone
                 add up to that of the start. The plans are those of `Sinkhorn`.
    Cost         per round, two passes over the plan.
    Use when     the plan is to be seen.
    Fails when   t is small: entries below 1e-304 of the largest of their row are taken for that.

    Parameters
    ----------
    regularization : float
        t, positive, in the unit of the cost.

    References
    ----------
    bregman1967; benamou2015.

    Examples
    --------
    >>> import optedu as oe
    >>> cost = oe.problems.LinearCost([[0.0, 1.0], [1.0, 0.0]])
    >>> problem = oe.problems.TransportPolytope(cost, [0.7, 0.3], [0.4, 0.6])
    >>> oe.run(oe.BregmanProjections(0.2), problem, tol=1e-9).x.round(4)
    array([[0.4, 0.3],
           [0. , 0.3]])
    """

    regularization: float = 0.1

    certificate_name = "error of the sums"

    def check(self):
        """Refuse a regularization that is not positive."""
        require_positive(self, "regularization")

    def init(self, problem, x):
        C = problem.gradient(x)
        K = np.empty(C.shape)
        for i in range(C.shape[0]):  # a factor of a row is undone by the first projection
            K[i] = np.exp(np.maximum((np.min(C[i]) - C[i]) / self.regularization, -700.0))
        return BregmanProjectionsState(x * K)

    def step(self, problem, state):
        x = problem.bregman_project(0, state.x)
        return BregmanProjectionsState(problem.bregman_project(1, x))

    def certificate(self, problem, state):
        """Return ||(P 1 - a, P'1 - b)||, as the projections tell it."""
        rows = np.sum(problem.bregman_project(0, state.x) - state.x, axis=1)
        columns = np.sum(problem.bregman_project(1, state.x) - state.x, axis=0)
        return np.sqrt(np.sum(rows * rows) + np.sum(columns * columns))
