"""Transport with a square, and with few entries per column, by its semi-dual."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_positive_data
from optedu.problems.simplex import project_simplex
from optedu.problems.transport import require_masses
from optedu.protocol import portable, problem


@portable
def project_sparse_simplex(v, radius, k):
    """Return a nearest point of t >= 0, sum t = radius, with k entries or fewer that are not 0."""
    top = np.argsort(-v)[:k]
    t = np.zeros(v.size)
    t[top] = project_simplex(v[top], radius)
    return t


@problem
class SparseTransport(NamedTuple):
    """Minimize sum_j h_j(alpha - c_j) - <a, alpha>: transport with k entries per column at most.

    h_j(v) is the largest <v, t> - gamma ||t||^2 / 2 over t >= 0 with sum b_j and k entries or
    fewer that are not 0; c_j is column j of the cost. With k = n it is the semi-dual of transport
    with the square gamma ||P||^2 / 2, and smooth. With less it is that of the sparse problem's
    convex relaxation, and has kinks where the k-th and the next entry tie. The gradient is what the
    row sums of ``transport(alpha)`` lack to a, negative.

    Parameters
    ----------
    cost : numpy.ndarray, shape (n, m)
        Its columns are c_j.
    a : numpy.ndarray, shape (n,)
        Mass of the rows, positive.
    b : numpy.ndarray, shape (m,)
        Mass of the columns, positive, of the same total.
    gamma : float
        Weight of the square, positive.
    k : int
        Entries per column that may be other than 0.

    Raises
    ------
    ValueError
        If shapes do not fit, or a number is out of range.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> C = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> problem = oe.problems.SparseTransport(C, [0.5, 0.5], [0.5, 0.5], 0.1, 1)
    >>> problem.transport(np.zeros(2))
    array([[0.5, 0. ],
           [0. , 0.5]])
    """

    cost: np.ndarray
    a: np.ndarray
    b: np.ndarray
    gamma: float
    k: int

    def check(self):
        """Refuse masses that do not fit, a gamma that is not positive, and a k out of range."""
        require_masses("SparseTransport", self.cost, self.a, self.b)
        require_positive_data(self, "gamma")
        if not 1 <= self.k <= self.a.size:
            raise ValueError(
                f"SparseTransport: k must be between 1 and {self.a.size}, the number of rows, "
                f"got {self.k}"
            )

    def transport(self, x):
        """Return the plan whose columns attain the h_j, shape (n, m)."""
        T = np.empty(self.cost.shape)
        for j in range(self.b.size):
            v = (x - self.cost[:, j]) / self.gamma
            T[:, j] = project_sparse_simplex(v, self.b[j], self.k)
        return T

    def value(self, x):
        T = self.transport(x)
        profit = np.sum(T * (x.reshape((-1, 1)) - self.cost))
        return profit - 0.5 * self.gamma * np.sum(T * T) - np.sum(self.a * x)

    def gradient(self, x):
        return np.sum(self.transport(x), axis=1) - self.a

    def value_and_gradient(self, x):
        T = self.transport(x)
        profit = np.sum(T * (x.reshape((-1, 1)) - self.cost))
        value = profit - 0.5 * self.gamma * np.sum(T * T) - np.sum(self.a * x)
        return value, np.sum(T, axis=1) - self.a

    @property
    def smoothness(self):
        """M / gamma where k = n; None where there are kinks."""
        return self.b.size / self.gamma if self.k == self.a.size else None

    @property
    def shape(self):
        """Shape (n,) of alpha."""
        return (self.a.size,)

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.a.size)
