"""Greenkhorn: scale the one row or column that is furthest off."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.certificates import length
from optedu.parameters import require_positive
from optedu.protocol import method, portable
from optedu.transport.constants import with_constants
from optedu.transport.scaling_rounds import FAR, sums_of

FRESH = 10
"""Every so many rounds the plan is made anew, and rounding errors with it."""


class GreedySinkhornState(NamedTuple):
    x: np.ndarray  # the dual potentials
    origin: np.ndarray  # those of them that K has absorbed
    K: np.ndarray  # the plan of the origin
    scalings: np.ndarray  # u and then v; the plan is diag(u) K diag(v)
    sums: np.ndarray  # of the plan, rows and then columns
    k: int  # steps since K was made


LOST = 1e-6
"""A sum that falls to less than this part of itself in a step is computed anew."""


@portable
def gains(s, p):
    """Return s - p + p log(p / s), to all digits where s is nearly p."""
    r = (s - p) / p
    small = np.abs(r) < 1e-4  # there the terms cancel: r^2 / 2 - r^3 / 3 is what is left
    return p * np.where(small, r * r * (0.5 - r / 3.0), r - np.log(1.0 + r))


@portable
def fresh(problem, x):
    """Return the state at x whose plan holds all of x."""
    K = problem.plan(x)
    return GreedySinkhornState(x, x, K, np.ones(x.size), sums_of(K), 0)


@method
class GreedySinkhorn(NamedTuple):
    """Greenkhorn: exact minimization over the one dual potential that gains the most.

    Problem      minimize t sum_ij P_ij - <a, f> - <b, g>, P_ij = exp((f_i + g_j - C_ij) / t).
    Update       s the sums of P, p = (a, b): i = argmax s_i - p_i + p_i log(p_i / s_i);
                 x_i+ = x_i + t log(p_i / s_i).
    Guarantee    each step lowers the objective by exactly t (s_i - p_i + p_i log(p_i / s_i)).
    Cost         per step O(n + m): the row or column of P, and the other sums.
    Use when     a rough plan is enough, or few rows and columns are off.
    Fails when   rows are cheap by the hundred, as they are for `StabilizedSinkhorn`.

    Parameters
    ----------
    regularization : float, optional
        t; the problem's, and no other.
    marginals : numpy.ndarray, shape (n + m,), optional
        a and then b; by default the problem's.

    References
    ----------
    altschuler2017.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> C = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> problem = oe.problems.EntropicTransport(C, [0.7, 0.3], [0.4, 0.6], 0.2)
    >>> problem.plan(oe.run(oe.GreedySinkhorn(), problem, tol=1e-9).x).round(4)
    array([[0.4, 0.3],
           [0. , 0.3]])
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
        return fresh(problem, problem.soft_transform(1, x, t))

    def step(self, problem, state):
        K, sums, p = state.K, state.sums, self.marginals
        n = K.shape[0]
        i = np.argmax(gains(sums, p))
        factor = p[i] / sums[i]
        change = np.zeros(p.size)
        change[i] = self.regularization * np.log(factor)
        x = state.x + change
        far = np.abs(x[i] - state.origin[i]) > FAR * self.regularization
        if far or state.k >= FRESH * p.size:
            return fresh(problem, x)
        u, v, old = state.scalings[:n], state.scalings[n:], state.sums
        grown = (factor - 1.0) * state.scalings[i]
        scalings, sums = state.scalings.copy(), sums.copy()
        scalings[i] += grown
        if i < n:
            sums[n:] += grown * K[i] * v
        else:
            sums[:n] += grown * K[:, i - n] * u
        sums[i] = p[i]
        if np.min(sums / old) < LOST:  # what is left of a sum is rounding errors
            return fresh(problem, x)
        return GreedySinkhornState(x, state.origin, K, scalings, sums, state.k + 1)

    def certificate(self, problem, state):
        """Return the gradient norm, from the sums."""
        return length(state.sums - self.marginals)
