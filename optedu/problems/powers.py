"""Powers of p-norms: flat or steep at the minimizer, and smooth only for p = 2."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data, require_rows, require_vector
from optedu.protocol import problem


def _require_power(problem):
    require_nonnegative_data(problem, "p")
    if not problem.p > 1:
        raise ValueError(f"{type(problem).__name__}: p must exceed 1, got {problem.p}")


@problem
class PNorm(NamedTuple):
    """Minimize f(x) = sum_i |x_i - center_i|^p / p.

    Parameters
    ----------
    center : numpy.ndarray, shape (d,)
        The minimizer.
    p : float
        Above 1. Hessians exist everywhere for p >= 2.

    Raises
    ------
    ValueError
        If p is not above 1.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.PNorm(center=[1.0], p=4).value(np.array([3.0])))
    4.0
    """

    center: np.ndarray
    p: float = 4.0

    def check(self):
        """Refuse a p that is not above 1."""
        require_vector(self, "center")
        _require_power(self)

    def value(self, x):
        return np.sum(np.abs(x - self.center) ** self.p) / self.p

    def gradient(self, x):
        r = x - self.center
        return np.sign(r) * np.abs(r) ** (self.p - 1.0)

    def hessian(self, x):
        return (self.p - 1.0) * np.diag(np.abs(x - self.center) ** (self.p - 2.0))

    def hessian_product(self, x, v):
        return (self.p - 1.0) * np.abs(x - self.center) ** (self.p - 2.0) * v

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.center.shape

    @property
    def start(self):
        """The center moved by 1 along every axis."""
        return self.center + 1.0

    @property
    def smoothness(self):
        """1 for p = 2, else None: no constant holds everywhere."""
        return 1.0 if self.p == 2 else None

    @property
    def hessian_lipschitz(self):
        """0 for p = 2, and 2 for p = 3, else None: no constant holds everywhere."""
        return {2.0: 0.0, 3.0: 2.0}.get(self.p)

    @property
    def strong_convexity(self):
        """1 for p = 2, else 0."""
        return 1.0 if self.p == 2 else 0.0

    @property
    def minimizer(self):
        """The center."""
        return self.center.copy()

    @property
    def minimum(self):
        """f* = 0."""
        return 0.0


@problem
class PNormRegression(NamedTuple):
    """Minimize f(x) = sum_i |<a_i, x> - b_i|^p / p.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
    b : numpy.ndarray, shape (n,)
    p : float
        Above 1. Hessians exist everywhere for p >= 2.

    Raises
    ------
    ValueError
        If the shapes do not fit, or p is not above 1.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.PNormRegression([[2.0]], [1.0], p=3).value(np.array([2.0])))
    9.0
    """

    A: np.ndarray
    b: np.ndarray
    p: float = 4.0

    def check(self):
        """Refuse data of the wrong shape and a p that is not above 1."""
        require_rows(self, "A", "b")
        _require_power(self)

    def value(self, x):
        return np.sum(np.abs(self.A @ x - self.b) ** self.p) / self.p

    def gradient(self, x):
        r = self.A @ x - self.b
        return self.A.T @ (np.sign(r) * np.abs(r) ** (self.p - 1.0))

    def hessian(self, x):
        curvature = (self.p - 1.0) * np.abs(self.A @ x - self.b) ** (self.p - 2.0)
        weighted = self.A * curvature.reshape(-1, 1)
        return self.A.T @ weighted

    def hessian_product(self, x, v):
        curvature = (self.p - 1.0) * np.abs(self.A @ x - self.b) ** (self.p - 2.0)
        return self.A.T @ (curvature * (self.A @ v))

    def residual(self, x):
        r = self.A @ x - self.b
        return np.sign(r) * np.abs(r) ** (self.p - 1.0)

    def jacobian(self, x):
        return self.A

    def output_hessian(self, x):
        return np.diag((self.p - 1.0) * np.abs(self.A @ x - self.b) ** (self.p - 2.0))

    def gauss_newton(self, x):
        return self.hessian(x)

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
        """Largest eigenvalue of A'A for p = 2, else None: no constant holds everywhere."""
        return float(np.linalg.norm(self.A, 2) ** 2) if self.p == 2 else None

    @property
    def hessian_lipschitz(self):
        """0 for p = 2, 2 max_i ||a_i|| lambda_max(A'A) for p = 3, else None."""
        longest = np.sqrt((self.A**2).sum(axis=1).max())
        cubic = float(2 * longest * np.linalg.norm(self.A, 2) ** 2)
        return {2.0: 0.0, 3.0: cubic}.get(self.p)
