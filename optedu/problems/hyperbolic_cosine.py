"""A convex loss whose curvature grows as fast as its slope."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_rows
from optedu.protocol import problem


@problem
class HyperbolicCosine(NamedTuple):
    """Minimize f(x) = (1/n) sum_i cosh(<a_i, x> - b_i).

    As a finite sum f is the mean of the n components f_i(x) = cosh(<a_i, x> - b_i). No number
    bounds its curvature, but the slope does: cosh <= 1 + |sinh|. Written out for independent rows,

        ||Hess f(x)|| <= L0 + L1 ||grad f(x)||,  L0 = s_1^2 / n,  L1 = s_1^2 / s_n,

    with s_1 and s_n the largest and the smallest singular value of A.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
        One row per term.
    b : numpy.ndarray, shape (n,)

    Raises
    ------
    ValueError
        If A is not a matrix, or b does not fit.

    References
    ----------
    zhang2020; chen2023.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.HyperbolicCosine([[1.0, 0.0], [0.0, 1.0]], [20.0, -3.0])
    >>> problem.generalized_smoothness
    (0.5, 1.0)
    """

    A: np.ndarray
    b: np.ndarray

    def check(self):
        """Refuse data of the wrong shape."""
        require_rows(self, "A", "b")

    def value(self, x):
        return np.mean(np.cosh(self.A @ x - self.b))

    def gradient(self, x):
        return self.A.T @ np.sinh(self.A @ x - self.b) / self.b.size

    def hessian(self, x):
        curved = self.A * np.cosh(self.A @ x - self.b).reshape(-1, 1)
        return self.A.T @ curved / self.b.size

    def hessian_product(self, x, v):
        r = self.A @ x - self.b
        return self.A.T @ (np.cosh(r) * (self.A @ v)) / self.b.size

    def component_value(self, i, x):
        return np.cosh(self.A[i] @ x - self.b[i])

    def component_gradient(self, i, x):
        return np.sinh(self.A[i] @ x - self.b[i]) * self.A[i]

    def component_hessian(self, i, x):
        a = self.A[i]
        return np.cosh(a @ x - self.b[i]) * np.outer(a, a)

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
    def generalized_smoothness(self):
        """(L0, L1) with ||Hess f|| <= L0 + L1 ||grad f||; None where rows are dependent."""
        values = np.linalg.svd(self.A, compute_uv=False)
        n = self.b.size
        if n > self.A.shape[1] or values[-1] <= 1e-12 * values[0]:
            return None
        return float(values[0] ** 2 / n), float(values[0] ** 2 / values[-1])

    @property
    def strong_convexity(self):
        """s^2 / n with s the smallest of d singular values: cosh is at least 1."""
        n, d = self.A.shape
        if n < d:
            return 0.0
        return float(np.linalg.svd(self.A, compute_uv=False)[-1] ** 2 / n)

    @property
    def minimizer(self):
        """The least-norm solution of A x = b where there is one, else None."""
        x = np.linalg.lstsq(self.A, self.b, rcond=None)[0]
        fits = np.abs(self.A @ x - self.b).max() <= 1e-10 * (1 + np.abs(self.b).max())
        return x if fits else None

    @property
    def minimum(self):
        """1 where A x = b has a solution, else None."""
        return None if self.minimizer is None else 1.0
