"""Net-Trim: few weights that do what the weights of a trained layer do."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data
from optedu.problems.regularizers import soft_threshold
from optedu.protocol import problem


@problem
class NetTrim(NamedTuple):
    """Minimize sum_ij |U_ij| over weights U (N, M) that answer as a trained ReLU layer does.

    The layer turns the rows of X into the rows of Y = max(X W, 0). Asked is that

        ||X U - Y|| <= accuracy, summed over all entries with Y > 0,
        (X U)_ij <= 0 for those with Y_ij = 0,

    a convex set, on which ||max(X U, 0) - Y|| <= accuracy, Frobenius norm. In the form f(x) +
    g(K x): ``prox`` is that of f, the sum of moduli, which is also the ``value``; K U holds the
    entries of X U, row by row, and g keeps them in the set.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, N)
        What the layer receives, one row per sample.
    Y : numpy.ndarray, shape (n, M)
        What it answers, 0 or more.
    accuracy : float
        0 or more. With 0 the answers are kept as they are.

    Raises
    ------
    ValueError
        If the shapes do not fit, an answer or the accuracy is negative.

    References
    ----------
    aghasi2020.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> trim = oe.problems.NetTrim([[1.0, 0.0], [1.0, 1.0]], [[2.0], [0.0]], 0.5)
    >>> x = oe.run(oe.ChambollePock(), trim, max_iter=2000, tol=1e-10).x
    >>> x.round(4)
    array([[ 1.5],
           [-1.5]])
    """

    X: np.ndarray
    Y: np.ndarray
    accuracy: float = 0.1

    differentiable = False

    def check(self):
        """Refuse shapes that do not fit, negative answers and a negative accuracy."""
        require_nonnegative_data(self, "accuracy")
        if self.X.ndim != 2 or self.Y.ndim != 2 or len(self.X) != len(self.Y):
            raise ValueError(
                "NetTrim: X and Y must be matrices with one row per sample, got shapes "
                f"{self.X.shape} and {self.Y.shape}"
            )
        if (self.Y < 0).any():
            raise ValueError(
                "NetTrim: Y must hold what a ReLU layer answers, 0 or more; pass max(X W, 0)"
            )

    def responses(self, x):
        """Return what a layer with these weights answers, shape (n, M)."""
        return np.maximum(self.X @ x, 0.0)

    def violation(self, x):
        """Return by how much the two constraints are missed: the larger of the two numbers."""
        Z = self.X @ x
        fit = np.sqrt(np.sum(np.where(self.Y > 0.0, Z - self.Y, 0.0) ** 2))
        return max(0.0, fit - self.accuracy, np.max(np.where(self.Y > 0.0, 0.0, Z)))

    def value(self, x):
        return np.sum(np.abs(x))

    def prox(self, x, t):
        return soft_threshold(x, t)

    def linear_map(self, x):
        return (self.X @ x).ravel()

    def adjoint(self, y):
        return np.ascontiguousarray(self.X.T) @ y.reshape(self.Y.shape)

    def dual_prox(self, y, t):
        Z = y.reshape(self.Y.shape) / t
        miss = np.where(self.Y > 0.0, Z - self.Y, 0.0)
        length = np.sqrt(np.sum(miss * miss))
        scale = min(1.0, self.accuracy / max(length, 1e-300))
        nearest = np.where(self.Y > 0.0, self.Y + scale * miss, np.minimum(Z, 0.0))
        return (t * (Z - nearest)).ravel()

    def gram(self):
        """Return X'X, which stands for K'K: K treats each column of U by itself."""
        return self.X.T @ self.X

    @property
    def shape(self):
        """Shape (N, M) of U."""
        return (self.X.shape[1], self.Y.shape[1])

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def linear_norm(self):
        """||K||, which is that of X."""
        return float(np.linalg.norm(self.X, 2))
