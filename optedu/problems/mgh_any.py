"""Test functions of More, Garbow and Hillstrom (1981) in any number of variables.

All are sums of squares f(x) = ||t(x)||^2 of the article's functions, ``terms(x)``, whose Jacobian
is ``slopes(x)``. We write f = ||r||^2 / 2, so the oracle ``residual`` is r = sqrt(2) t.
``start`` and ``minimum`` are those of the article.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import problem


def _require_dimension(problem):
    if problem.d < 1:
        raise ValueError(f"{type(problem).__name__}: d must be at least 1, got {problem.d}")


@problem
class PenaltyI(NamedTuple):
    """Penalty I: pulled to the vector of ones, weakly, and to ||x||^2 = 1/4, strongly.

    Parameters
    ----------
    d : int
        Dimension.

    Raises
    ------
    ValueError
        If d is less than 1.

    Examples
    --------
    >>> import optedu as oe
    >>> f"{oe.problems.PenaltyI(d=4).minimum:.5e}"
    '2.24998e-05'
    """

    d: int = 4

    convex = False

    def check(self):
        """Refuse a dimension less than 1."""
        _require_dimension(self)

    def terms(self, x):
        r = np.empty(self.d + 1)
        r[: self.d] = np.sqrt(1e-5) * (x - 1.0)
        r[self.d] = x @ x - 0.25
        return r

    def slopes(self, x):
        J = np.zeros((self.d + 1, self.d))
        for i in range(self.d):
            J[i, i] = np.sqrt(1e-5)
        J[self.d] = 2.0 * x
        return J

    def residual(self, x):
        return np.sqrt(2.0) * self.terms(x)

    def jacobian(self, x):
        return np.sqrt(2.0) * self.slopes(x)

    def gauss_newton(self, x):
        J = self.slopes(x)
        return 2.0 * (J.T @ J)

    def value(self, x):
        t = self.terms(x)
        return t @ t

    def gradient(self, x):
        return 2.0 * (self.slopes(x).T @ self.terms(x))

    @property
    def shape(self):
        """Shape of an iterate."""
        return (self.d,)

    @property
    def start(self):
        """(1, 2, ..., d)."""
        return np.arange(1.0, self.d + 1)

    @property
    def minimizer(self):
        """Equal coordinates, the largest root of 2 d t^3 + (1e-5 - 1/2) t = 1e-5."""
        roots = np.roots([2.0 * self.d, 0.0, 1e-5 - 0.5, -1e-5])
        return np.full(self.d, roots.real.max())

    @property
    def minimum(self):
        """f* = f(minimizer)."""
        return float(self.value(self.minimizer))


@problem
class VariablyDimensioned(NamedTuple):
    """The variably dimensioned function: x_i - 1, s = sum_j j (x_j - 1), and s^2.

    Parameters
    ----------
    d : int
        Dimension.

    Raises
    ------
    ValueError
        If d is less than 1.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.VariablyDimensioned(d=3).value(np.ones(3)))
    0.0
    """

    d: int = 10

    def check(self):
        """Refuse a dimension less than 1."""
        _require_dimension(self)

    def terms(self, x):
        s = np.sum(np.arange(1.0, self.d + 1.0) * (x - 1.0))
        r = np.empty(self.d + 2)
        r[: self.d] = x - 1.0
        r[self.d] = s
        r[self.d + 1] = s * s
        return r

    def slopes(self, x):
        j = np.arange(1.0, self.d + 1.0)
        J = np.zeros((self.d + 2, self.d))
        for i in range(self.d):
            J[i, i] = 1.0
        J[self.d] = j
        J[self.d + 1] = 2.0 * np.sum(j * (x - 1.0)) * j
        return J

    def residual(self, x):
        return np.sqrt(2.0) * self.terms(x)

    def jacobian(self, x):
        return np.sqrt(2.0) * self.slopes(x)

    def gauss_newton(self, x):
        J = self.slopes(x)
        return 2.0 * (J.T @ J)

    def value(self, x):
        t = self.terms(x)
        return t @ t

    def gradient(self, x):
        return 2.0 * (self.slopes(x).T @ self.terms(x))

    @property
    def shape(self):
        """Shape of an iterate."""
        return (self.d,)

    @property
    def start(self):
        """x_i = 1 - i / d."""
        return 1.0 - np.arange(1.0, self.d + 1) / self.d

    @property
    def strong_convexity(self):
        """2, from the terms (x_i - 1)^2."""
        return 2.0

    @property
    def minimizer(self):
        """Ones."""
        return np.ones(self.d)

    @property
    def minimum(self):
        """f* = 0."""
        return 0.0


@problem
class Trigonometric(NamedTuple):
    """The trigonometric function: r_i = d - sum_j cos x_j + i (1 - cos x_i) - sin x_i.

    Parameters
    ----------
    d : int
        Dimension.

    Raises
    ------
    ValueError
        If d is less than 1.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.Trigonometric(d=3).value(np.zeros(3)))
    0.0
    """

    d: int = 10

    convex = False

    def check(self):
        """Refuse a dimension less than 1."""
        _require_dimension(self)

    def terms(self, x):
        i = np.arange(1.0, self.d + 1.0)
        cosines = np.cos(x)
        return self.d - np.sum(cosines) + i * (1.0 - cosines) - np.sin(x)

    def slopes(self, x):
        J = np.empty((self.d, self.d))
        for i in range(self.d):
            J[i] = np.sin(x)
            J[i, i] += (i + 1.0) * np.sin(x[i]) - np.cos(x[i])
        return J

    def residual(self, x):
        return np.sqrt(2.0) * self.terms(x)

    def jacobian(self, x):
        return np.sqrt(2.0) * self.slopes(x)

    def gauss_newton(self, x):
        J = self.slopes(x)
        return 2.0 * (J.T @ J)

    def value(self, x):
        t = self.terms(x)
        return t @ t

    def gradient(self, x):
        return 2.0 * (self.slopes(x).T @ self.terms(x))

    @property
    def shape(self):
        """Shape of an iterate."""
        return (self.d,)

    @property
    def start(self):
        """x_i = 1 / d."""
        return np.full(self.d, 1.0 / self.d)

    @property
    def minimizer(self):
        """Zeros."""
        return np.zeros(self.d)

    @property
    def minimum(self):
        """f* = 0."""
        return 0.0


@problem
class BroydenTridiagonal(NamedTuple):
    """Broyden's tridiagonal function: r_i = (3 - 2 x_i) x_i - x_{i-1} - 2 x_{i+1} + 1.

    Its minimum is 0, at a point without a formula.

    Parameters
    ----------
    d : int
        Dimension.

    Raises
    ------
    ValueError
        If d is less than 1.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.BroydenTridiagonal(d=3)
    >>> problem.terms(problem.start)
    array([-2., -1., -3.])
    """

    d: int = 10

    convex = False

    def check(self):
        """Refuse a dimension less than 1."""
        _require_dimension(self)

    def terms(self, x):
        r = (3.0 - 2.0 * x) * x + 1.0
        r[1:] -= x[:-1]
        r[:-1] -= 2.0 * x[1:]
        return r

    def slopes(self, x):
        J = np.zeros((self.d, self.d))
        for i in range(self.d):
            J[i, i] = 3.0 - 4.0 * x[i]
            if i > 0:
                J[i, i - 1] = -1.0
                J[i - 1, i] = -2.0
        return J

    def residual(self, x):
        return np.sqrt(2.0) * self.terms(x)

    def jacobian(self, x):
        return np.sqrt(2.0) * self.slopes(x)

    def gauss_newton(self, x):
        J = self.slopes(x)
        return 2.0 * (J.T @ J)

    def value(self, x):
        t = self.terms(x)
        return t @ t

    def gradient(self, x):
        return 2.0 * (self.slopes(x).T @ self.terms(x))

    @property
    def shape(self):
        """Shape of an iterate."""
        return (self.d,)

    @property
    def start(self):
        """Minus ones."""
        return np.full(self.d, -1.0)

    @property
    def minimum(self):
        """f* = 0."""
        return 0.0
