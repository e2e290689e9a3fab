"""The quadratic, the field's fruit fly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import problem


@problem
class Quadratic(NamedTuple):
    """Minimize f(x) = <x, A x> / 2 - <b, x>.

    Parameters
    ----------
    A : numpy.ndarray, shape (d, d)
        Symmetric.
    b : numpy.ndarray, shape (d,)

    Raises
    ------
    ValueError
        If A is not square and symmetric, or b does not fit.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> problem.minimizer
    array([0.2, 0.4])
    """

    A: np.ndarray
    b: np.ndarray

    def check(self):
        """Refuse a matrix that is not square and symmetric, or a vector that does not fit."""
        if self.A.ndim != 2 or self.A.shape[0] != self.A.shape[1]:
            raise ValueError(f"Quadratic: A must be square, got shape {self.A.shape}")
        if self.b.shape != self.A.shape[:1]:
            raise ValueError(
                f"Quadratic: b must have shape {self.A.shape[:1]} to fit A, got {self.b.shape}"
            )
        if not np.allclose(self.A, self.A.T, rtol=1e-12, atol=1e-12 * np.abs(self.A).max()):
            raise ValueError("Quadratic: A must be symmetric; pass (A + A.T) / 2")

    def value(self, x):
        return 0.5 * (x @ (self.A @ x)) - self.b @ x

    def gradient(self, x):
        return self.A @ x - self.b

    def value_and_gradient(self, x):
        Ax = self.A @ x
        return 0.5 * (x @ Ax) - self.b @ x, Ax - self.b

    def coordinate_gradient(self, i, x):
        return self.A[i] @ x - self.b[i]

    def hessian(self, x):
        return self.A

    def hessian_product(self, x, v):
        return self.A @ v

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.b.shape

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def smoothness(self):
        """L, the largest eigenvalue in absolute value."""
        return float(np.abs(np.linalg.eigvalsh(self.A)).max())

    @property
    def coordinate_smoothness(self):
        """L_i = |A_ii|, the Lipschitz constant of the i-th partial derivative along e_i."""
        return np.abs(np.diag(self.A))

    @property
    def hessian_bound(self):
        """A, where f is convex, else None."""
        return self.A if self.convex else None

    @property
    def hessian_lipschitz(self):
        """0."""
        return 0.0

    @property
    def strong_convexity(self):
        """mu, the smallest eigenvalue; None where it is negative, and f not convex."""
        return float(max(np.linalg.eigvalsh(self.A)[0], 0.0)) if self.convex else None

    @property
    def convex(self):
        """Whether no eigenvalue is negative, up to rounding."""
        eigenvalues = np.linalg.eigvalsh(self.A)
        return bool(eigenvalues[0] >= -1e-12 * np.abs(eigenvalues).max())

    @property
    def minimizer(self):
        """A^{-1} b where A is positive definite, else None."""
        if np.linalg.eigvalsh(self.A)[0] <= 0:
            return None
        return np.linalg.solve(self.A, self.b)

    @property
    def minimum(self):
        """f* where A is positive definite, else None."""
        return None if self.minimizer is None else float(-0.5 * (self.b @ self.minimizer))
