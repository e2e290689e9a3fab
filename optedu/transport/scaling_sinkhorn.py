"""Sinkhorn's algorithm as Sinkhorn wrote it: scale the rows, scale the columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.certificates import length
from optedu.kernels.transport import TINY
from optedu.parameters import require_positive
from optedu.protocol import method
from optedu.transport.constants import with_constants
from optedu.transport.scaling_rounds import scaling_round, sums_of


class ScalingSinkhornState(NamedTuple):
    x: np.ndarray  # the dual potentials, t log of the scalings on top of the start's
    origin: np.ndarray  # the start
    K: np.ndarray  # the plan of the start
    rows: np.ndarray  # K v
    lost: float  # what an entry of K is at most that underflow has made 0; 0 if there is none
    error: float  # how far the plan's sums are off, its gradient norm, or a bound on it


@method
class ScalingSinkhorn(NamedTuple):
    """Alternating scalings of the rows and columns of exp(-C / t).

    Problem      minimize t sum_ij P_ij - <a, f> - <b, g>, P_ij = exp((f_i + g_j - C_ij) / t).
    Update       u+ = a / (K v),  v+ = b / (K'u+),  K = exp(-C / t) at the start 0;
                 the plan is diag(u) K diag(v), the potentials are t log u and t log v.
    Guarantee    that of `Sinkhorn`, whose iterates these are.
    Cost         per round, two products with K, and no exponential.
    Use when     t is at least a hundredth of the largest cost.
    Fails when   t is small: entries of K underflow that the scalings would have brought back. The
                 certificate counts what may be missing, so that such a run never converges.

    Parameters
    ----------
    regularization : float, optional
        t; the problem's, and no other.
    marginals : numpy.ndarray, shape (n + m,), optional
        a and then b; by default the problem's.

    References
    ----------
    sinkhorn1967; cuturi2013.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> C = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> problem = oe.problems.EntropicTransport(C, [0.5, 0.5], [0.5, 0.5], 0.5)
    >>> problem.plan(oe.run(oe.ScalingSinkhorn(), problem).x).round(4)
    array([[0.4404, 0.0596],
           [0.0596, 0.4404]])
    """

    regularization: float | None = None
    marginals: np.ndarray | None = None

    certificate_name = "gradient norm"

    def check(self):
        """Refuse a number that is not positive."""
        require_positive(self, "regularization")

    def resolve(self, problem):
        """Take the problem's regularization and marginals."""
        return with_constants(self, problem)

    def init(self, problem, x):
        K = problem.plan(x)
        sums = sums_of(K)
        rows = sums[: K.shape[0]].copy()
        lost = TINY if np.min(K) == 0 else 0.0
        return ScalingSinkhornState(x, x, K, rows, lost, length(sums - self.marginals))

    def step(self, problem, state):
        scalings, rows, error = scaling_round(state.K, state.rows, self.marginals)
        if state.lost > 0:  # the mass of the zeros is at most this
            n = rows.size
            error += state.lost * np.sum(scalings[:n]) * np.sum(scalings[n:])
        x = state.origin + self.regularization * np.log(scalings)
        return ScalingSinkhornState(x, state.origin, state.K, rows, state.lost, error)

    def certificate(self, problem, state):
        """Return the gradient norm, which the products have told, and what underflow may hide."""
        return state.error
