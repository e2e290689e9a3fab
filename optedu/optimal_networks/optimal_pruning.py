"""Optimal pruning: take away one unit after the other, and change nothing that counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_between
from optedu.protocol import method, portable


class OptimalPruningState(NamedTuple):
    x: np.ndarray  # the units, row by row
    M: np.ndarray  # the outputs of each of them on the data, column by column
    c: np.ndarray  # M c = 0, zeros if only c = 0 does it
    spare: int  # how many units can still go


@portable
def dependence(M, threshold):
    """Return c with M c = 0, and how many columns depend on those before them.

    c is that of the first such column j: c_j = 1, and c = 0 after it and where column i is zero. A
    column that is zero altogether is no unit, and is passed over.
    """
    n, k = M.shape
    basis, factors = np.zeros((n, min(n, k))), np.zeros((min(n, k), k))
    chosen, rank, spare = np.zeros(k, dtype=np.int64), 0, 0
    c = np.zeros(k)
    for j in range(k):
        column = M[:, j].copy()
        size = np.sqrt(np.sum(column * column))
        if size == 0.0:
            continue
        Q = np.ascontiguousarray(basis[:, :rank])
        parts = Q.T @ column
        rest = column - Q @ parts
        again = Q.T @ rest  # once is not enough for orthogonal columns
        parts, rest = parts + again, rest - Q @ again
        length = np.sqrt(np.sum(rest * rest))
        if rank < n and length > threshold * size:
            basis[:, rank] = rest / length
            factors[:rank, j], factors[rank, j] = parts, length
            chosen[rank] = j
            rank += 1
            continue
        if spare == 0:
            for i in range(rank - 1, -1, -1):
                later = 0.0
                for m in range(i + 1, rank):
                    later += factors[i, chosen[m]] * c[chosen[m]]
                c[chosen[i]] = (-parts[i] - later) / factors[i, chosen[i]]
            c[j] = 1.0
        spare += 1
    return c, spare


@method
class OptimalPruning(NamedTuple):
    """Remove one unit of an optimal network per step; fit and penalty stay.

    Problem      minimize loss(sum_i A_i x_i) + beta sum_i ||x_i||, x_i the rows of x, each perhaps
                 in a cone of its own: UnitSizes, GatedReLU; ConvexReLU by `prune`. The start is a
                 minimizer.
    Update       c with sum_i c_i A_i x_i = 0, and m where |c_i| is largest;
                 x_i+ = (1 - c_i / c_m) x_i
    Guarantee    every factor is in [0, 2], and 0 for i = m: the fit stays, rows stay in their
                 cones, a unit vanishes. From a minimizer each x_k is one, and at the end the
                 outputs A_i x_i are independent: at most rank(A) <= n units are left
                 (mishkin2023, Section 4). From any other start only the fit stays.
    Cost         one Jacobian in all; per step a factorization of the outputs, 2 n k^2, k units.
    Use when     a convex program was solved with many patterns and a small network is wanted.
    Fails when   outputs are nearly dependent: those that are left over by less than `threshold`
                 count as dependent, and the fit moves by that much. A minimal network need not be
                 the smallest: which one is reached depends on the start.

    Parameters
    ----------
    threshold : float
        A unit is spare if what the others cannot imitate of its outputs is at most this part.

    References
    ----------
    mishkin2023, Section 4. That the first unit goes which the ones before it can imitate is our
    choice; the scaling by the largest |c_i| is that of the authors' code.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.UnitSizes([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]], [1.0, 0.8], 0.1)
    >>> oe.run(oe.OptimalPruning(), problem, [0.7, 0.5, 0.4]).x.round(6)
    array([0.9, 0.7, 0. ])
    """

    threshold: float = 1e-9

    certificate_name = "units that can still be removed"

    def check(self):
        """Refuse a threshold outside [0, 1)."""
        require_between(self, "threshold", 0.0, 1.0)

    def init(self, problem, x):
        J = problem.jacobian(x)
        units, width = x.shape[0], x.size // x.shape[0]
        M, flat = np.zeros((J.shape[0], units)), x.reshape((units, width))
        for i in range(units):
            part = np.ascontiguousarray(J[:, i * width : (i + 1) * width])
            M[:, i] = part @ flat[i]
        c, spare = dependence(M, self.threshold)
        return OptimalPruningState(x, M, c, spare)

    def step(self, problem, state):
        x, M, c, spare = state
        if spare == 0:
            return state
        factors = 1.0 - c / c[np.argmax(np.abs(c))]
        flat = x.reshape((x.shape[0], -1)) * factors.reshape((-1, 1))
        M = M * factors
        c, spare = dependence(M, self.threshold)
        return OptimalPruningState(flat.reshape(x.shape), M, c, spare)

    def certificate(self, problem, state):
        """Return how many units can still be removed."""
        return 1.0 * state.spare
