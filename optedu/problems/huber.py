"""Huber's function: of a norm, where gradient descent is slowest, and of residuals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import (
    require_nonnegative_data,
    require_positive_data,
    require_rows,
    require_vector,
)
from optedu.problems.norms import euclidean_norm
from optedu.protocol import problem


@problem
class HuberNorm(NamedTuple):
    """Minimize f(x) = L h(||x - center||), h(r) = r^2/2 up to delta, then delta r - delta^2/2.

    With ||x_0 - center|| = R and delta = R / (2 k + 1) no L-smooth convex function is worse for
    k steps of gradient descent of size 1/L: f(x_k) - f* = L R^2 / (4 k + 2).

    Parameters
    ----------
    L : float
        Curvature inside the ball.
    delta : float
        Radius of the ball in which f is quadratic.
    center : numpy.ndarray, shape (d,)
        The minimizer.

    Raises
    ------
    ValueError
        If L or delta is not positive.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.HuberNorm(L=1.0, delta=0.2, center=[0.0])
    >>> trace = oe.run(oe.GradientDescent(), problem, [1.0], max_iter=2)
    >>> float(round(trace.values[-1] * (4 * 2 + 2), 12))
    1.0
    """

    L: float
    delta: float
    center: np.ndarray

    def check(self):
        """Refuse numbers that are not positive."""
        require_vector(self, "center")
        require_positive_data(self, "L", "delta")

    def value(self, x):
        r = euclidean_norm(x - self.center)
        if r <= self.delta:
            return 0.5 * self.L * r * r
        return self.L * self.delta * (r - 0.5 * self.delta)

    def gradient(self, x):
        r = euclidean_norm(x - self.center)
        return (self.L * min(1.0, self.delta / max(r, self.delta))) * (x - self.center)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.center.shape

    @property
    def start(self):
        """The center moved by 1 along the first axis."""
        return self.center + np.eye(1, self.center.size)[0]

    @property
    def smoothness(self):
        """L."""
        return self.L

    @property
    def strong_convexity(self):
        """0: far from the center f is linear along each ray."""
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
class HuberRegression(NamedTuple):
    """Minimize f(x) = sum_i h(<a_i, x> - b_i), h(r) = r^2/2 up to delta, then delta|r| - delta^2/2.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
    b : numpy.ndarray, shape (n,)
    delta : float
        Residuals beyond it count linearly, so that outliers pull less.
    l2 : float
        Weight of an added ridge l2 ||x||^2 / 2, 0 or more.

    Raises
    ------
    ValueError
        If the shapes do not fit, delta is not positive, or l2 is negative.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.HuberRegression([[1.0], [1.0]], [0.0, 10.0], delta=1.0)
    >>> float(problem.value(problem.start))
    9.5
    """

    A: np.ndarray
    b: np.ndarray
    delta: float = 1.0
    l2: float = 0.0

    def check(self):
        """Refuse data of the wrong shape and numbers out of range."""
        require_rows(self, "A", "b")
        require_positive_data(self, "delta")
        require_nonnegative_data(self, "l2")

    def value(self, x):
        r = np.abs(self.A @ x - self.b)
        inner = np.minimum(r, self.delta)
        return np.sum(inner * (r - 0.5 * inner)) + 0.5 * self.l2 * (x @ x)

    def gradient(self, x):
        r = self.A @ x - self.b
        clipped = np.minimum(np.maximum(r, -self.delta), self.delta)
        return self.A.T @ clipped + self.l2 * x

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
        """L = lambda_max(A'A) + l2."""
        return float(np.linalg.norm(self.A, 2) ** 2 + self.l2)

    @property
    def strong_convexity(self):
        """The ridge weight l2."""
        return self.l2
