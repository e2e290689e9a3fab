"""Factorization of a matrix: no local minimum traps, but saddle points wait."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import problem


@problem
class MatrixFactorization(NamedTuple):
    """Minimize f(U, V) = ||U V' - M||_F^2 / 2 over U of shape (m, r) and V of shape (n, r).

    The iterate X is U on top of V, of shape (m + n, r). The minimum is known from the singular
    values of M. Where they differ, each stationary point that is no minimizer is a strict
    saddle: its Hessian has a negative eigenvalue. At X = 0 the lowest one is minus the largest
    singular value.

    Parameters
    ----------
    M : numpy.ndarray, shape (m, n)
    rank : int
        r, the number of columns of U and V, at most min(m, n).
    seed : int
        For ``start``.

    Raises
    ------
    ValueError
        If M is not a matrix, or the rank is not between 1 and min(m, n).

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.MatrixFactorization(np.diag([3.0, 2.0, 1.0]), rank=1)
    >>> problem.minimum
    2.5
    >>> float(np.linalg.eigvalsh(problem.hessian(problem.saddle))[0].round(12))
    -3.0
    """

    M: np.ndarray
    rank: int = 1
    seed: int = 0

    convex = False

    def check(self):
        """Refuse what is not a matrix, and ranks that it cannot have."""
        if self.M.ndim != 2:
            raise ValueError(
                f"MatrixFactorization: M must be a matrix (m, n), got shape {self.M.shape}"
            )
        if not 1 <= self.rank <= min(self.M.shape):
            raise ValueError(
                f"MatrixFactorization: rank must be between 1 and {min(self.M.shape)}, "
                f"got {self.rank}"
            )

    def factors(self, x):
        """Return U and V."""
        m = self.M.shape[0]
        return x[:m], x[m:]

    def value(self, x):
        U, V = self.factors(x)
        return 0.5 * np.sum((U @ V.T - self.M) ** 2)

    def gradient(self, x):
        U, V = self.factors(x)
        E = U @ V.T - self.M
        return np.concatenate((E @ V, E.T @ U))

    def hessian_product(self, x, v):
        U, V = self.factors(x)
        dU, dV = self.factors(np.ascontiguousarray(v))
        E, dE = U @ V.T - self.M, dU @ V.T + U @ dV.T
        return np.concatenate((dE @ V + E @ dV, dE.T @ U + E.T @ dU))

    def hessian(self, x):
        m, r = self.M.shape[0], x.shape[1]
        U, V = self.factors(x)
        E, H = U @ V.T - self.M, self.gauss_newton(x)
        for i in range(m):
            for j in range(self.M.shape[1]):
                for k in range(r):
                    H[i * r + k, (m + j) * r + k] += E[i, j]
                    H[(m + j) * r + k, i * r + k] += E[i, j]
        return H

    def residual(self, x):
        U, V = self.factors(x)
        return (U @ V.T - self.M).ravel()

    def jacobian(self, x):
        m, n = self.M.shape
        r = x.shape[1]
        J = np.zeros((m * n, (m + n) * r))
        for i in range(m):
            for j in range(n):
                for k in range(r):
                    J[i * n + j, i * r + k] = x[m + j, k]
                    J[i * n + j, (m + j) * r + k] = x[i, k]
        return J

    def gauss_newton(self, x):
        J = self.jacobian(x)
        return J.T @ J

    @property
    def shape(self):
        """Shape (m + n, r) of an iterate."""
        return (sum(self.M.shape), self.rank)

    @property
    def start(self):
        """Normal numbers of deviation 1/10, near the saddle point 0."""
        return 0.1 * np.random.default_rng(self.seed).standard_normal(self.shape)

    @property
    def saddle(self):
        """The strict saddle point 0."""
        return np.zeros(self.shape)

    @property
    def minimizer(self):
        """The factors P sqrt(S) and Q sqrt(S) of the r leading singular triples P, S, Q."""
        P, s, Qt = np.linalg.svd(self.M, full_matrices=False)
        root = np.sqrt(s[: self.rank])
        return np.vstack([P[:, : self.rank] * root, Qt[: self.rank].T * root])

    @property
    def minimum(self):
        """Half the sum of the squares of the other singular values."""
        s = np.linalg.svd(self.M, compute_uv=False)
        return float(0.5 * np.sum(s[self.rank :] ** 2))
