"""The smooth maximum of linear functions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_positive_data, require_rows
from optedu.protocol import problem


@problem
class LogSumExp(NamedTuple):
    """Minimize f(x) = mu log sum_i exp((<a_i, x> - b_i) / mu).

    It lies between max_i (<a_i, x> - b_i) and that plus mu log n. Its outputs are A x - b; with p
    their softmax, the Hessian and the Gauss-Newton matrix are A' (diag(p) - p p') A / mu. The
    oracle ``fisher`` is A' diag(p) A / mu, called the weighted Gauss-Newton matrix: it lies above
    the Hessian, by A' p p' A / mu. It is the information in independent Poisson counts whose
    means are proportional to p.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
    b : numpy.ndarray, shape (n,)
    mu : float
        Positive; the smaller, the closer to the maximum and the less smooth.

    Raises
    ------
    ValueError
        If the shapes do not fit, or mu is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.LogSumExp([[1.0], [-1.0]], [0.0, 0.0], mu=0.01)
    >>> float(problem.value(np.array([3.0])))
    3.0
    """

    A: np.ndarray
    b: np.ndarray
    mu: float = 1.0

    def check(self):
        """Refuse data of the wrong shape and a mu that is not positive."""
        require_rows(self, "A", "b")
        require_positive_data(self, "mu")

    def weights(self, x):
        """Return the softmax of the linear functions at x."""
        z = (self.A @ x - self.b) / self.mu
        e = np.exp(z - np.max(z))
        return e / np.sum(e)

    def value(self, x):
        z = self.A @ x - self.b
        largest = np.max(z)
        return largest + self.mu * np.log(np.sum(np.exp((z - largest) / self.mu)))

    def gradient(self, x):
        return self.A.T @ self.weights(x)

    def hessian(self, x):
        p = self.weights(x)
        centered = self.A - self.A.T @ p
        return centered.T @ (centered * p.reshape(-1, 1)) / self.mu

    def hessian_product(self, x, v):
        p = self.weights(x)
        u = self.A @ v
        return self.A.T @ (p * (u - p @ u)) / self.mu

    def residual(self, x):
        return self.weights(x)

    def jacobian(self, x):
        return self.A

    def output_hessian(self, x):
        p = self.weights(x)
        return (np.diag(p) - np.outer(p, p)) / self.mu

    def gauss_newton(self, x):
        return self.hessian(x)

    def fisher(self, x):
        weighted = self.A * self.weights(x).reshape(-1, 1)
        return self.A.T @ weighted / self.mu

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
        """L = min(lambda_max(A'A) / 2, max_i ||a_i||^2) / mu."""
        largest_row = (self.A**2).sum(axis=1).max()
        return float(min(np.linalg.norm(self.A, 2) ** 2 / 2, largest_row) / self.mu)

    @property
    def hessian_lipschitz(self):
        """max_{i,j} ||a_i - a_j||^3 / (6 sqrt(3) mu^2).

        The third derivative along v is the third central moment of <a_i, v> under the softmax,
        over mu^2; a variable on an interval of length R has one of R^3 / (6 sqrt(3)) at the most.
        """
        squares = (self.A**2).sum(axis=1)
        apart = squares[:, None] + squares - 2 * self.A @ self.A.T
        return float(max(apart.max(), 0.0) ** 1.5 / (6 * np.sqrt(3) * self.mu**2))

    @property
    def lipschitz(self):
        """Lipschitz constant of f, the largest norm of a row."""
        return float(np.sqrt((self.A**2).sum(axis=1).max()))

    @property
    def strong_convexity(self):
        """0."""
        return 0.0
