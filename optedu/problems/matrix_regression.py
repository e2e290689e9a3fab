"""Linear regression whose unknown is a matrix."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import problem


@problem
class MatrixRegression(NamedTuple):
    """Minimize f(X) = ||A X B - C||^2 / 2 over matrices X, in the Frobenius norm.

    The Hessian is B B' kron A'A: curvature of the columns times curvature of the rows. It is one
    linear layer with weights X, for which K-FAC's two factors are all of the curvature.

    Parameters
    ----------
    A : numpy.ndarray, shape (p, m)
    B : numpy.ndarray, shape (n, q)
    C : numpy.ndarray, shape (p, q)

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> import optedu as oe
    >>> A, B, C = [[2.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 2.0]], [[2.0, 4.0], [1.0, 2.0]]
    >>> oe.problems.MatrixRegression(A, B, C).minimizer
    array([[1., 1.],
           [1., 1.]])
    """

    A: np.ndarray
    B: np.ndarray
    C: np.ndarray

    def check(self):
        """Refuse arrays that are not matrices, or do not fit."""
        for name in ("A", "B", "C"):
            if getattr(self, name).ndim != 2:
                raise ValueError(f"MatrixRegression: {name} must be a matrix")
        wanted = (self.A.shape[0], self.B.shape[1])
        if self.C.shape != wanted:
            raise ValueError(f"MatrixRegression: C must have shape {wanted}, got {self.C.shape}")

    def value(self, x):
        E = self.A @ x @ self.B - self.C
        return 0.5 * np.sum(E * E)

    def gradient(self, x):
        return self.A.T @ (self.A @ x @ self.B - self.C) @ self.B.T

    def hessian_product(self, x, v):
        return self.A.T @ (self.A @ v @ self.B) @ self.B.T

    def kronecker_factors(self, x):
        return self.B @ self.B.T, self.A.T @ self.A

    @property
    def shape(self):
        """Shape (m, n) of an iterate."""
        return (self.A.shape[1], self.B.shape[0])

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def smoothness(self):
        """L = (the largest singular values of A and B, multiplied)^2."""
        return float((np.linalg.norm(self.A, 2) * np.linalg.norm(self.B, 2)) ** 2)

    @property
    def strong_convexity(self):
        """mu, the least curvature; 0 where A has dependent columns or B dependent rows."""
        product = 1.0
        for matrix in (self.A, self.B.T):
            if matrix.shape[0] < matrix.shape[1]:
                return 0.0
            product *= np.linalg.svd(matrix, compute_uv=False)[-1]
        return float(product**2)

    @property
    def minimizer(self):
        """The minimizer; of least norm where there are several."""
        return np.linalg.pinv(self.A) @ self.C @ np.linalg.pinv(self.B)

    @property
    def minimum(self):
        """f* = f(minimizer)."""
        return float(self.value(self.minimizer))
