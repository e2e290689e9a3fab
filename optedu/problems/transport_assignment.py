"""Each row of a cost to one column, the least total: the assignment problem."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import portable, problem


@problem
class Assignment(NamedTuple):
    """Minimize <C, X> over the n by n permutation matrices X.

    While X is only a part of one, with some rows still zero, value charges each of them 1 more
    than the dearest entry of the row: <C, X> + sum_i (1 - sum_j X_ij) (1 + max_j C_ij). So it is
    more than the cost of every way to complete X, it is <C, X> once X is complete, and the
    gradient is C with 1 and the largest entry taken away from each row.

    Parameters
    ----------
    cost : numpy.ndarray, shape (n, n)
        C, of any sign.

    Raises
    ------
    ValueError
        If the cost is not square.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.Assignment([[4.0, 1.0, 3.0], [2.0, 0.0, 5.0], [3.0, 2.0, 2.0]])
    >>> trace = oe.run(oe.HungarianAssignment(), problem)
    >>> trace.x.astype(int), float(problem.value(trace.x))
    (array([[0, 1, 0],
           [1, 0, 0],
           [0, 0, 1]]), 5.0)
    """

    cost: np.ndarray

    def check(self):
        """Refuse a cost that is not square."""
        if self.cost.ndim != 2 or self.cost.shape[0] != self.cost.shape[1]:
            raise ValueError(f"Assignment: cost must be square, got shape {self.cost.shape}")

    def value(self, x):
        dearest = 0.0
        for i in range(self.cost.shape[0]):
            dearest += 1.0 + np.max(self.cost[i])
        return dearest + np.sum(self.gradient(x) * x)

    def gradient(self, x):
        D = self.cost.copy()
        for i in range(D.shape[0]):
            D[i] -= 1.0 + np.max(D[i])
        return D

    @property
    def shape(self):
        """Shape (n, n) of X."""
        return self.cost.shape

    @property
    def start(self):
        """Zeros: nothing is assigned."""
        return np.zeros(self.shape)


@portable
def assignment_gap(D, x, v):
    """Return what X costs more than the dual value of the column potentials v.

    With u_i = min_j D_ij - v_j, no permutation costs less than sum_i u_i + sum_j v_j.

    Parameters
    ----------
    D : numpy.ndarray, shape (n, n)
        The gradient of an `Assignment`.
    x : numpy.ndarray, shape (n, n)
        A permutation matrix or a part of one.
    v : numpy.ndarray, shape (n,)
        Any numbers.
    """
    bound = np.sum(v)
    for i in range(D.shape[0]):
        bound += np.min(D[i] - v)
    return np.sum(D * x) - bound


@portable
def partner_of(x):
    """Return the column of each row of a partial assignment, -1 where there is none."""
    column = np.full(x.shape[0], -1)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            if x[i, j] > 0.5:
                column[i] = j
    return column


def require_square(method, problem) -> None:
    """Refuse a problem whose iterate is not a square matrix.

    Raises
    ------
    ValueError
        Naming the method and the shape.
    """
    shape = getattr(problem, "shape", None)
    if shape is None or len(shape) != 2 or shape[0] != shape[1]:
        raise ValueError(
            f"{type(method).__name__} needs a square assignment matrix, got a problem of shape "
            f"{shape}. Try problems.Assignment"
        )
