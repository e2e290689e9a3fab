"""Linear least squares, plain or with a ridge."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data, require_rows
from optedu.protocol import problem


@problem
class LeastSquares(NamedTuple):
    """Minimize f(x) = ||A x - b||^2 / 2 + l2 ||x||^2 / 2.

    As a finite sum f is the mean of the n components
    f_i(x) = n (<a_i, x> - b_i)^2 / 2 + l2 ||x||^2 / 2. As a model its outputs are A x, its noise
    Gaussian of variance 1; Gauss-Newton and Fisher matrix are then the Hessian.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
        One row per observation.
    b : numpy.ndarray, shape (n,)
    l2 : float
        Weight of the ridge, 0 or more.

    Raises
    ------
    ValueError
        If A is not a matrix, b does not fit, or l2 is negative.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 2.0]], [1.0, 4.0])
    >>> problem.minimizer
    array([1., 2.])
    """

    A: np.ndarray
    b: np.ndarray
    l2: float = 0.0

    def check(self):
        """Refuse data of the wrong shape and a negative ridge."""
        require_rows(self, "A", "b")
        require_nonnegative_data(self, "l2")

    def value(self, x):
        r = self.A @ x - self.b
        return 0.5 * (r @ r) + 0.5 * self.l2 * (x @ x)

    def gradient(self, x):
        return self.A.T @ (self.A @ x - self.b) + self.l2 * x

    def value_and_gradient(self, x):
        r = self.A @ x - self.b
        value = 0.5 * (r @ r) + 0.5 * self.l2 * (x @ x)
        return value, self.A.T @ r + self.l2 * x

    def coordinate_gradient(self, i, x):
        return np.sum(self.A[:, i] * (self.A @ x - self.b)) + self.l2 * x[i]

    def hessian(self, x):
        return self.A.T @ self.A + self.l2 * np.eye(self.A.shape[1])

    def hessian_product(self, x, v):
        return self.A.T @ (self.A @ v) + self.l2 * v

    def residual(self, x):
        return self.A @ x - self.b

    def jacobian(self, x):
        return self.A

    def output_hessian(self, x):
        return np.eye(self.b.size)

    def gauss_newton(self, x):
        return self.hessian(x)

    def fisher(self, x):
        return self.hessian(x)

    def component_value(self, i, x):
        r = self.A[i] @ x - self.b[i]
        return 0.5 * self.b.size * r * r + 0.5 * self.l2 * (x @ x)

    def component_gradient(self, i, x):
        r = self.A[i] @ x - self.b[i]
        return (self.b.size * r) * self.A[i] + self.l2 * x

    def component_hessian(self, i, x):
        a = self.A[i]
        return self.b.size * np.outer(a, a) + self.l2 * np.eye(a.size)

    @property
    def components(self):
        """Number n of components, whose mean is f."""
        return self.b.size

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
        """L, the largest eigenvalue of A'A plus l2."""
        return float(np.linalg.norm(self.A, 2) ** 2 + self.l2)

    @property
    def coordinate_smoothness(self):
        """L_i, the squared norm of the i-th column of A, plus l2."""
        return (self.A**2).sum(axis=0) + self.l2

    @property
    def hessian_bound(self):
        """The Hessian A'A + l2 I."""
        return self.A.T @ self.A + self.l2 * np.eye(self.A.shape[1])

    @property
    def hessian_lipschitz(self):
        """0."""
        return 0.0

    @property
    def component_smoothness(self):
        """Largest Lipschitz constant of a component's gradient."""
        return float(self.b.size * (self.A**2).sum(axis=1).max() + self.l2)

    @property
    def strong_convexity(self):
        """mu, the smallest eigenvalue of A'A plus l2; l2 where A has dependent columns."""
        n, d = self.A.shape
        singular = np.linalg.svd(self.A, compute_uv=False)
        if n < d or singular[-1] <= np.finfo(float).eps * max(n, d) * singular[0]:
            return self.l2
        return float(singular[-1] ** 2 + self.l2)

    @property
    def minimizer(self):
        """The minimizer; of least norm where there are several."""
        if self.l2 == 0:
            return np.linalg.lstsq(self.A, self.b, rcond=None)[0]
        d = self.A.shape[1]
        stacked = np.vstack([self.A, np.sqrt(self.l2) * np.eye(d)])
        return np.linalg.lstsq(stacked, np.concatenate([self.b, np.zeros(d)]), rcond=None)[0]

    @property
    def minimum(self):
        """f* = f(minimizer)."""
        return float(self.value(self.minimizer))
