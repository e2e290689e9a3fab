"""Two-class logistic regression."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data, require_rows
from optedu.protocol import portable, problem


@portable
def log_one_plus_exp(t):
    """log(1 + exp(t)), without overflow for any t."""
    return np.maximum(t, 0.0) + np.log1p(np.exp(-np.abs(t)))


@portable
def sigmoid(t):
    """1 / (1 + exp(-t)), without overflow for any t."""
    e = np.exp(-np.abs(t))
    return np.where(t >= 0.0, 1.0, e) / (1.0 + e)


@problem
class LogisticRegression(NamedTuple):
    """Minimize f(x) = (1/n) sum_i log(1 + exp(-y_i <a_i, x>)) + l2 ||x||^2 / 2.

    As a finite sum f is the mean of the n components
    f_i(x) = log(1 + exp(-y_i <a_i, x>)) + l2 ||x||^2 / 2. As a model its outputs are z = A x, and
    y_i = 1 has probability 1 / (1 + exp(-z_i)); Gauss-Newton and Fisher matrix are then the
    Hessian.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
        One row per observation.
    y : numpy.ndarray, shape (n,)
        Labels, each -1 or +1.
    l2 : float
        Weight of the ridge, 0 or more.

    Raises
    ------
    ValueError
        If A is not a matrix, y does not fit or holds another label, or l2 is negative.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LogisticRegression([[1.0], [-2.0]], [1, -1], l2=0.5)
    >>> float(problem.smoothness)
    1.125
    """

    A: np.ndarray
    y: np.ndarray
    l2: float = 1e-3

    def check(self):
        """Refuse data of the wrong shape, other labels and a negative ridge."""
        require_rows(self, "A", "y")
        require_nonnegative_data(self, "l2")
        wrong = np.flatnonzero(np.abs(self.y) != 1)
        if wrong.size:
            raise ValueError(
                f"LogisticRegression: y must hold -1 and +1, got {self.y[wrong[0]]} at index "
                f"{wrong[0]}; labels 0 and 1 become 2 * y - 1"
            )

    def value(self, x):
        margins = self.y * (self.A @ x)
        return np.mean(log_one_plus_exp(-margins)) + 0.5 * self.l2 * (x @ x)

    def gradient(self, x):
        weights = self.y * sigmoid(-self.y * (self.A @ x))
        return -(self.A.T @ weights) / self.y.size + self.l2 * x

    def value_and_gradient(self, x):
        t = -self.y * (self.A @ x)
        e = np.exp(-np.abs(t))
        value = np.mean(np.maximum(t, 0.0) + np.log1p(e)) + 0.5 * self.l2 * (x @ x)
        weights = self.y * (np.where(t >= 0.0, 1.0, e) / (1.0 + e))
        return value, -(self.A.T @ weights) / self.y.size + self.l2 * x

    def coordinate_gradient(self, i, x):
        weights = self.y * sigmoid(-self.y * (self.A @ x))
        return -np.sum(self.A[:, i] * weights) / self.y.size + self.l2 * x[i]

    def hessian(self, x):
        p = sigmoid(self.A @ x)
        B = self.A * np.sqrt(p * (1.0 - p) / self.y.size).reshape(-1, 1)
        return B.T @ B + self.l2 * np.eye(self.A.shape[1])

    def hessian_product(self, x, v):
        p = sigmoid(self.A @ x)
        return self.A.T @ (p * (1.0 - p) * (self.A @ v)) / self.y.size + self.l2 * v

    def residual(self, x):
        return -self.y * sigmoid(-self.y * (self.A @ x)) / self.y.size

    def jacobian(self, x):
        return self.A

    def output_hessian(self, x):
        p = sigmoid(self.A @ x)
        return np.diag(p * (1.0 - p) / self.y.size)

    def gauss_newton(self, x):
        return self.hessian(x)

    def fisher(self, x):
        return self.hessian(x)

    def component_value(self, i, x):
        margin = self.y[i] * (self.A[i] @ x)
        return log_one_plus_exp(-margin) + 0.5 * self.l2 * (x @ x)

    def component_gradient(self, i, x):
        margin = self.y[i] * (self.A[i] @ x)
        e = np.exp(-np.abs(margin))
        if margin >= 0.0:
            probability = e / (1.0 + e)
        else:
            probability = 1.0 / (1.0 + e)
        return (-self.y[i] * probability) * self.A[i] + self.l2 * x

    def component_hessian(self, i, x):
        a = self.A[i]
        e = np.exp(-np.abs(a @ x))
        return e / (1.0 + e) ** 2 * np.outer(a, a) + self.l2 * np.eye(a.size)

    @property
    def components(self):
        """Number n of components, whose mean is f."""
        return self.y.size

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
        """L = lambda_max(A'A) / (4 n) + l2."""
        return float(np.linalg.norm(self.A, 2) ** 2 / (4 * self.y.size) + self.l2)

    @property
    def coordinate_smoothness(self):
        """L_i, the squared norm of the i-th column of A over 4 n, plus l2."""
        return (self.A**2).sum(axis=0) / (4 * self.y.size) + self.l2

    @property
    def hessian_bound(self):
        """A'A / (4 n) + l2 I, which no Hessian exceeds."""
        return self.A.T @ self.A / (4 * self.y.size) + self.l2 * np.eye(self.A.shape[1])

    @property
    def hessian_lipschitz(self):
        """max_i ||a_i|| lambda_max(A'A) / (6 sqrt(3) n).

        The third derivative is (1/n) sum_i s''(<a_i, x>) <a_i, v>^2 <a_i, w>, s the sigmoid, and
        |s''| <= 1 / (6 sqrt(3)).
        """
        longest = np.sqrt((self.A**2).sum(axis=1).max())
        curvature = np.linalg.norm(self.A, 2) ** 2 / self.y.size
        return float(longest * curvature / (6 * np.sqrt(3)))

    @property
    def component_smoothness(self):
        """Largest Lipschitz constant of a component's gradient."""
        return float((self.A**2).sum(axis=1).max() / 4 + self.l2)

    @property
    def strong_convexity(self):
        """The ridge weight l2."""
        return self.l2
