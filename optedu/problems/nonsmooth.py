"""Convex functions with kinks, for the subgradient and proximal methods."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_positive_data, require_rows, require_vector
from optedu.problems.regularizers import soft_threshold
from optedu.protocol import problem


@problem
class AbsoluteValue(NamedTuple):
    """Minimize f(x) = weight sum_i |x_i - center_i|.

    Parameters
    ----------
    center : numpy.ndarray, shape (d,)
        The minimizer.
    weight : float
        Positive.

    Raises
    ------
    ValueError
        If the weight is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.AbsoluteValue(center=[1.0]).value(np.array([-1.0])))
    2.0
    """

    center: np.ndarray
    weight: float = 1.0

    differentiable = False

    def check(self):
        """Refuse a weight that is not positive."""
        require_vector(self, "center")
        require_positive_data(self, "weight")

    def value(self, x):
        return self.weight * np.sum(np.abs(x - self.center))

    def gradient(self, x):
        return self.weight * np.sign(x - self.center)

    def prox(self, x, t):
        return self.center + soft_threshold(x - self.center, t * self.weight)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.center.shape

    @property
    def start(self):
        """The center moved by 1 along every axis."""
        return self.center + 1.0

    @property
    def lipschitz(self):
        """Lipschitz constant of f, the largest norm of a subgradient: weight sqrt(d)."""
        return float(self.weight * np.sqrt(self.center.size))

    @property
    def strong_convexity(self):
        """0."""
        return 0.0

    @property
    def minimizer(self):
        """The center."""
        return self.center.copy()

    @property
    def minimum(self):
        """f* = 0."""
        return 0.0


@problem
class MaxLinear(NamedTuple):
    """Minimize f(x) = max_i (<a_i, x> + b_i).

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
    b : numpy.ndarray, shape (n,)

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.MaxLinear([[1.0], [-1.0]], [0.0, 2.0])
    >>> problem.minimum, problem.minimizer
    (1.0, array([1.]))
    """

    A: np.ndarray
    b: np.ndarray

    differentiable = False

    def check(self):
        """Refuse data of the wrong shape."""
        require_rows(self, "A", "b")

    def value(self, x):
        return np.max(self.A @ x + self.b)

    def gradient(self, x):
        return self.A[np.argmax(self.A @ x + self.b)].copy()

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.A.shape[1:]

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def lipschitz(self):
        """Lipschitz constant of f, the largest norm of a row."""
        return float(np.sqrt((self.A**2).sum(axis=1).max()))

    @property
    def strong_convexity(self):
        """0."""
        return 0.0

    @property
    def minimizer(self):
        """A minimizer, by linear programming; None where f is unbounded below."""
        from scipy.optimize import linprog

        n, d = self.A.shape
        solved = linprog(
            np.eye(1, d + 1, d)[0],
            A_ub=np.hstack([self.A, -np.ones((n, 1))]),
            b_ub=-self.b,
            bounds=(None, None),
        )
        return solved.x[:d] if solved.status == 0 else None

    @property
    def minimum(self):
        """f* where f is bounded below, else None."""
        minimizer = self.minimizer
        return None if minimizer is None else float(self.value(minimizer))


@problem
class NesterovNonsmooth(NamedTuple):
    """The worst function for subgradients: f(x) = slope max_{i <= k} x_i + (mu/2) ||x||^2.

    From zero, a subgradient may show one coordinate at a time, as `gradient` does: the first
    of those where the maximum is attained.

    Parameters
    ----------
    k : int
        Number of coordinates under the maximum; 1 <= k <= d.
    d : int
        Dimension.
    slope, mu : float
        Positive.

    Raises
    ------
    ValueError
        If k is not between 1 and d, or a number is not positive.

    Examples
    --------
    >>> import optedu as oe
    >>> oe.problems.NesterovNonsmooth(k=2, d=3).minimizer
    array([-0.5, -0.5,  0. ])
    """

    k: int
    d: int
    slope: float = 1.0
    mu: float = 1.0

    differentiable = False

    def check(self):
        """Refuse a k beyond the dimension, and numbers that are not positive."""
        require_positive_data(self, "slope", "mu")
        if not 1 <= self.k <= self.d:
            raise ValueError(
                f"NesterovNonsmooth: k must be between 1 and d, got k = {self.k}, d = {self.d}"
            )

    def value(self, x):
        return self.slope * np.max(x[: self.k]) + 0.5 * self.mu * (x @ x)

    def gradient(self, x):
        g = self.mu * x
        g[np.argmax(x[: self.k])] += self.slope
        return g

    @property
    def shape(self):
        """Shape of an iterate."""
        return (self.d,)

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.d)

    @property
    def strong_convexity(self):
        """The parameter mu."""
        return self.mu

    @property
    def minimizer(self):
        """-slope / (mu k) in the first k coordinates, 0 in the others."""
        return np.where(np.arange(self.d) < self.k, -self.slope / (self.mu * self.k), 0.0)

    @property
    def minimum(self):
        """f* = -slope^2 / (2 mu k)."""
        return -(self.slope**2) / (2 * self.mu * self.k)


@problem
class NonNegativeLinear(NamedTuple):
    """Minimize <c, x> over x >= 0, with c > 0; on it the proximal point method is slowest.

    ``value`` is infinite where an entry is negative.

    Parameters
    ----------
    c : numpy.ndarray, shape (d,)
        Slopes, positive.

    Raises
    ------
    ValueError
        If a slope is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.NonNegativeLinear([1.0]).prox(np.array([3.0]), 2.0)
    array([1.])
    """

    c: np.ndarray

    def check(self):
        """Refuse slopes that are not positive."""
        require_vector(self, "c")
        if not (self.c > 0).all():
            raise ValueError(f"NonNegativeLinear: c must be positive, got {self.c.min()}")

    def value(self, x):
        if np.min(x) < 0.0:
            return np.inf
        return self.c @ x

    def prox(self, x, t):
        return np.maximum(x - t * self.c, 0.0)

    def project(self, x):
        return np.maximum(x, 0.0)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.c.shape

    @property
    def start(self):
        """Ones."""
        return np.ones(self.shape)

    @property
    def minimizer(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def minimum(self):
        """f* = 0."""
        return 0.0
