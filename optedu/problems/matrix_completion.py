"""Matrix completion: squared error on the entries that were seen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import problem


@problem
class MatrixCompletion(NamedTuple):
    """Minimize f(X) = sum of w_ij (X_ij - Y_ij)^2 / 2 over matrices X.

    Parameters
    ----------
    Y : numpy.ndarray, shape (m, n)
        The entries; those with weight 0 do not matter.
    weights : numpy.ndarray, shape (m, n)
        w, 1 where an entry was seen and 0 where not, or any numbers >= 0.

    Raises
    ------
    ValueError
        If the shapes differ, or a weight is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> seen = oe.problems.MatrixCompletion([[1.0, 9.0], [3.0, 4.0]], [[1.0, 0.0], [1.0, 1.0]])
    >>> float(seen.value(np.zeros((2, 2))))
    13.0
    """

    Y: np.ndarray
    weights: np.ndarray

    def check(self):
        """Refuse arrays that do not fit, and negative weights."""
        if self.Y.ndim != 2 or self.Y.shape != self.weights.shape:
            raise ValueError(
                f"MatrixCompletion: Y and weights must be matrices of one shape, got "
                f"{self.Y.shape} and {self.weights.shape}"
            )
        if self.weights.min() < 0:
            raise ValueError(
                f"MatrixCompletion: weights must not be negative, got {self.weights.min()}"
            )

    def value(self, x):
        E = x - self.Y
        return 0.5 * np.sum(self.weights * E * E)

    def gradient(self, x):
        return self.weights * (x - self.Y)

    def hessian_product(self, x, v):
        return self.weights * v

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.Y.shape

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def smoothness(self):
        """L, the largest weight."""
        return float(self.weights.max())

    @property
    def strong_convexity(self):
        """mu, the least weight, 0 where an entry was not seen."""
        return float(self.weights.min())

    @property
    def minimum(self):
        """0, at Y."""
        return 0.0

    @property
    def minimizer(self):
        """Y, which is the only one where every weight is positive."""
        return self.Y
