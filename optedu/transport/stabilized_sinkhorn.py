"""Sinkhorn's algorithm by products, at any regularization: scalings that grow are absorbed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.certificates import length
from optedu.parameters import require_positive
from optedu.protocol import method, portable
from optedu.transport.constants import with_constants
from optedu.transport.scaling_rounds import FAR, scaling_round, sums_of


class StabilizedSinkhornState(NamedTuple):
    x: np.ndarray  # the dual potentials
    origin: np.ndarray  # those of them that K has absorbed
    K: np.ndarray  # the plan of the origin
    rows: np.ndarray  # K v
    error: float  # how far the plan's sums are off, its gradient norm


@portable
def absorbed(problem, x, marginals):
    """Return the state at x whose plan holds all of x."""
    K = problem.plan(x)
    sums = sums_of(K)
    rows = sums[: K.shape[0]].copy()
    return StabilizedSinkhornState(x, x, K, rows, length(sums - marginals))


@method
class StabilizedSinkhorn(NamedTuple):
    """Sinkhorn's scalings, relative to a plan that absorbs them before they overflow.

    Problem      minimize t sum_ij P_ij - <a, f> - <b, g>, P_ij = exp((f_i + g_j - C_ij) / t).
    Update       u+ = a / (K v),  v+ = b / (K'u+),  K = P(y) of potentials y;
                 x+ = y + t log (u+, v+); if an entry of log (u+, v+) is larger than 100,
                 y+ = x+, K+ = P(y+) and u = v = 1.
    Guarantee    that of `Sinkhorn`, whose iterates these are.
    Cost         per round, two products with K; a plan at the start, and for each absorption.
    Use when     the cost fits into memory: this is the fast form, and it has the range of the
                 logarithms.
    Fails when   as `Sinkhorn`: t is small and many rounds are needed.

    Parameters
    ----------
    regularization : float, optional
        t; the problem's, and no other.
    marginals : numpy.ndarray, shape (n + m,), optional
        a and then b; by default the problem's.

    References
    ----------
    schmitzer2019; chizat2018.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> C = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> problem = oe.problems.EntropicTransport(C, [0.5, 0.5], [0.5, 0.5], 1e-3)
    >>> problem.plan(oe.run(oe.StabilizedSinkhorn(), problem).x).round(4)
    array([[0.5, 0. ],
           [0. , 0.5]])
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
        t = self.regularization
        x = problem.soft_transform(0, x, t)  # now no row or column of the plan underflows
        return absorbed(problem, problem.soft_transform(1, x, t), self.marginals)

    def step(self, problem, state):
        scalings, rows, error = scaling_round(state.K, state.rows, self.marginals)
        logs = np.log(scalings)
        x = state.origin + self.regularization * logs
        if np.max(np.abs(logs)) > FAR:
            return absorbed(problem, x, self.marginals)
        return StabilizedSinkhornState(x, state.origin, state.K, rows, error)

    def certificate(self, problem, state):
        """Return the gradient norm, which the products have told."""
        return state.error
