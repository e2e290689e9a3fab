"""A quadratic whose linear term is only known with noise: the plainest stochastic problem."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import problem


@problem
class NoisyQuadratic(NamedTuple):
    """Minimize f(x) = <x, A x> / 2 - <b, x>, the mean of f_i with rows b_i of B in place of b.

    All terms have the Hessian A; the noise of a component gradient is b - b_i, the same at
    every x.

    Parameters
    ----------
    A : numpy.ndarray, shape (d, d)
        Symmetric.
    B : numpy.ndarray, shape (n, d)
        One b_i per row; b is their mean.

    Raises
    ------
    ValueError
        If A is not square and symmetric, or B does not fit.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> f = oe.problems.NoisyQuadratic([[1.0, 0.0], [0.0, 1.0]], [[2.0, 1.0], [0.0, 1.0]])
    >>> f.gradient(np.zeros(2)), f.component_gradient(0, np.zeros(2))
    (array([-1., -1.]), array([-2., -1.]))
    """

    A: np.ndarray
    B: np.ndarray

    def check(self):
        """Refuse a matrix that is not square and symmetric, or rows that do not fit."""
        if self.A.ndim != 2 or self.A.shape[0] != self.A.shape[1]:
            raise ValueError(f"NoisyQuadratic: A must be square, got shape {self.A.shape}")
        if self.B.ndim != 2 or self.B.shape[1] != self.A.shape[0]:
            raise ValueError(
                f"NoisyQuadratic: B must have shape (n, {self.A.shape[0]}) to fit A, got "
                f"{self.B.shape}"
            )
        if not np.allclose(self.A, self.A.T, rtol=1e-12, atol=1e-12 * np.abs(self.A).max()):
            raise ValueError("NoisyQuadratic: A must be symmetric; pass (A + A.T) / 2")

    def value(self, x):
        return 0.5 * (x @ (self.A @ x)) - np.sum(self.B @ x) / self.B.shape[0]

    def gradient(self, x):
        return self.A @ x - np.sum(self.B, axis=0) / self.B.shape[0]

    def hessian(self, x):
        return self.A

    def hessian_product(self, x, v):
        return self.A @ v

    def component_value(self, i, x):
        return 0.5 * (x @ (self.A @ x)) - self.B[i] @ x

    def component_gradient(self, i, x):
        return self.A @ x - self.B[i]

    @property
    def components(self):
        """Number n of components, whose mean is f."""
        return self.B.shape[0]

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.A.shape[1:]

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def smoothness(self):
        """L, the largest eigenvalue of A in absolute value."""
        return float(np.abs(np.linalg.eigvalsh(self.A)).max())

    @property
    def component_smoothness(self):
        """L: all terms have the Hessian A."""
        return self.smoothness

    @property
    def strong_convexity(self):
        """mu, the smallest eigenvalue of A; None where it is negative, and f not convex."""
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
        return np.linalg.solve(self.A, self.B.mean(axis=0))

    @property
    def minimum(self):
        """f* where A is positive definite, else None."""
        minimizer = self.minimizer
        return None if minimizer is None else float(self.value(minimizer))
