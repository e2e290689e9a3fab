"""Learning the cost of a linear program from its solutions, by the margin of optimality."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data
from optedu.protocol import problem


def reduced_cost_map(A: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Return the matrix R with R c = c_N - N'B^{-T} c_B, the reduced costs of a basis.

    Parameters
    ----------
    A : numpy.ndarray, shape (m, d)
        Of full row rank; the constraints are A x = b, x >= 0.
    basis : numpy.ndarray of int, shape (m,)
        Columns that are a basis; the other columns are N.

    Returns
    -------
    numpy.ndarray, shape (d - m, d)
        The basis is optimal for the cost c if and only if it is feasible and R c >= 0 (the latter
        sufficient, and necessary where the vertex is not degenerate).

    Examples
    --------
    >>> import numpy as np
    >>> reduced_cost_map(np.array([[1.0, 1.0]]), np.array([0])).tolist()
    [[-1.0, 1.0]]
    """
    m, d = A.shape
    others = np.setdiff1d(np.arange(d), basis)
    R = np.zeros((d - m, d))
    R[:, others] = np.eye(d - m)
    R[:, basis] = -np.linalg.solve(A[:, basis], A[:, others]).T
    return R


@problem
class OptimalityMargin(NamedTuple):
    """Minimize l2 ||W||^2 / 2 + mean over i of sum_j max(0, 1 - (R_i W z_i)_j).

    A linear model W z predicts the cost of a linear program from features z. R_i maps a cost to
    the reduced costs of the basis that was seen to be optimal for sample i. Reduced costs of at
    least 0 mean that the prediction makes it optimal again; the loss asks for at least 1. No cost
    was observed. It is convex in W, which enters as a vector, row by row.

    Parameters
    ----------
    R : numpy.ndarray, shape (n, p, d)
        One matrix of `reduced_cost_map` per sample.
    Z : numpy.ndarray, shape (n, k)
        Features.
    l2 : float
        Weight of the ridge.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    References
    ----------
    sun2023.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.OptimalityMargin([[[-1.0, 1.0]]], [[1.0]], 0.0)
    >>> float(problem.value(np.array([1.0, 3.0])))
    0.0
    """

    R: np.ndarray
    Z: np.ndarray
    l2: float = 0.0

    differentiable = False

    def check(self):
        """Refuse shapes that do not fit and a negative ridge."""
        if self.R.ndim != 3 or self.Z.ndim != 2 or self.R.shape[0] != self.Z.shape[0]:
            raise ValueError(
                f"OptimalityMargin: R (n, p, d) and Z (n, k) do not fit: {self.R.shape} and "
                f"{self.Z.shape}"
            )
        require_nonnegative_data(self, "l2")

    def reduced_costs(self, i, x):
        """Return R_i W z_i."""
        W = x.reshape(self.R.shape[2], self.Z.shape[1])
        return self.R[i] @ (W @ self.Z[i])

    def component_value(self, i, x):
        short = np.maximum(1.0 - self.reduced_costs(i, x), 0.0)
        return np.sum(short) + 0.5 * self.l2 * np.sum(x * x)

    def component_gradient(self, i, x):
        short = np.where(self.reduced_costs(i, x) < 1.0, -1.0, 0.0)
        return np.outer(self.R[i].T @ short, self.Z[i]).ravel() + self.l2 * x

    def value(self, x):
        total = 0.0
        for i in range(self.Z.shape[0]):
            total += self.component_value(i, x)
        return total / self.Z.shape[0]

    def gradient(self, x):
        total = np.zeros(x.size)
        for i in range(self.Z.shape[0]):
            total += self.component_gradient(i, x)
        return total / self.Z.shape[0]

    @property
    def components(self):
        """Number n of samples, whose mean is f."""
        return self.Z.shape[0]

    @property
    def shape(self):
        """Shape of an iterate: W, row by row."""
        return (self.R.shape[2] * self.Z.shape[1],)

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def strong_convexity(self):
        """The ridge."""
        return self.l2
