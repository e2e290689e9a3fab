"""Multi-class logistic regression; its iterate is a matrix."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optedu.problems.checks import require_nonnegative_data, require_rows
from optedu.protocol import portable, problem


@portable
def softmax_rows(Z):
    """exp(Z) with each row divided by its sum, without overflow."""
    P = np.empty(Z.shape)
    for i in range(Z.shape[0]):
        e = np.exp(Z[i] - np.max(Z[i]))
        P[i] = e / np.sum(e)
    return P


@problem
class SoftmaxRegression(NamedTuple):
    """Minimize f(X) = (1/n) sum_i (log sum_j exp(<a_i, x_j>) - <a_i, x_{y_i}>) + l2 ||X||^2 / 2.

    The iterate X has one column x_j per class. As a finite sum f is the mean of the n terms. As a
    model its outputs are A X, read row by row, and class j of row i has the probability
    softmax(X' a_i)_j; Gauss-Newton and Fisher matrix are then the Hessian.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
        One row per observation.
    y : numpy.ndarray of int, shape (n,)
        Class of each observation, counted from 0 to c - 1.
    l2 : float
        Weight of the ridge, 0 or more.

    Raises
    ------
    ValueError
        If the shapes do not fit, a class is negative, or l2 is.

    Examples
    --------
    >>> import optedu as oe
    >>> oe.problems.SoftmaxRegression([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [0, 1, 2]).shape
    (2, 3)
    """

    A: np.ndarray
    y: NDArray[np.int64]
    l2: float = 1e-3

    def check(self):
        """Refuse data of the wrong shape, negative classes and a negative ridge."""
        require_rows(self, "A", "y")
        require_nonnegative_data(self, "l2")
        if self.y.min() < 0:
            raise ValueError(
                f"SoftmaxRegression: y must hold classes counted from 0, got {self.y.min()} at "
                f"index {self.y.argmin()}"
            )

    def value(self, x):
        Z = self.A @ x
        total = 0.0
        for i in range(self.y.size):
            largest = np.max(Z[i])
            total += np.log(np.sum(np.exp(Z[i] - largest))) + largest - Z[i, self.y[i]]
        return total / self.y.size + 0.5 * self.l2 * np.sum(x * x)

    def gradient(self, x):
        P = softmax_rows(self.A @ x)
        for i in range(self.y.size):
            P[i, self.y[i]] -= 1.0
        return self.A.T @ P / self.y.size + self.l2 * x

    def hessian_product(self, x, v):
        P = softmax_rows(self.A @ x)
        weighted = P * (self.A @ v)
        means = np.sum(weighted, axis=1).reshape(-1, 1)
        return self.A.T @ (weighted - P * means) / self.y.size + self.l2 * v

    def hessian(self, x):
        P = softmax_rows(self.A @ x)
        d, c = x.shape
        H = np.zeros((d * c, d * c))
        for j in range(c):
            for k in range(c):
                weights = -P[:, j] * P[:, k]
                if j == k:
                    weights = weights + P[:, j]
                H[j::c, k::c] = self.A.T @ (self.A * weights.reshape(-1, 1)) / self.y.size
        return H + self.l2 * np.eye(d * c)

    def residual(self, x):
        P = softmax_rows(self.A @ x)
        for i in range(self.y.size):
            P[i, self.y[i]] -= 1.0
        return P.ravel() / self.y.size

    def jacobian(self, x):
        n, d = self.A.shape
        c = x.shape[1]
        J = np.zeros((n * c, d * c))
        for k in range(c):
            J[k::c, k::c] = self.A
        return J

    def output_hessian(self, x):
        P = softmax_rows(self.A @ x)
        n, c = self.A.shape[0], x.shape[1]
        Q = np.zeros((n * c, n * c))
        for i in range(n):
            p = P[i]
            Q[i * c : i * c + c, i * c : i * c + c] = (np.diag(p) - np.outer(p, p)) / n
        return Q

    def gauss_newton(self, x):
        return self.hessian(x)

    def fisher(self, x):
        return self.hessian(x)

    def component_value(self, i, x):
        z = self.A[i] @ x
        largest = np.max(z)
        loss = np.log(np.sum(np.exp(z - largest))) + largest - z[self.y[i]]
        return loss + 0.5 * self.l2 * np.sum(x * x)

    def component_gradient(self, i, x):
        z = self.A[i] @ x
        e = np.exp(z - np.max(z))
        p = e / np.sum(e)
        p[self.y[i]] -= 1.0
        return self.A[i].reshape(-1, 1) * p + self.l2 * x

    def component_hessian(self, i, x):
        a = self.A[i]
        z = a @ x
        e = np.exp(z - np.max(z))
        p = e / np.sum(e)
        c = p.size
        square = np.outer(a, a)
        H = self.l2 * np.eye(a.size * c)
        for j in range(c):
            H[j::c, j::c] += p[j] * square
            for k in range(c):
                H[j::c, k::c] -= p[j] * p[k] * square
        return H

    @property
    def components(self):
        """Number n of components, whose mean is f."""
        return self.y.size

    @property
    def shape(self):
        """Shape (d, c) of an iterate."""
        return (self.A.shape[1], int(self.y.max()) + 1)

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def smoothness(self):
        """L = lambda_max(A'A) / (2 n) + l2."""
        return float(np.linalg.norm(self.A, 2) ** 2 / (2 * self.y.size) + self.l2)

    @property
    def hessian_lipschitz(self):
        """(1/n) sum_i R_i^3 / (6 sqrt(3)), bounded; R_i the largest <a_i, v_j - v_k>, ||V|| = 1.

        The third derivative along V is the mean over i of the third central moment of <a_i, v_j>
        under the softmax, at most R_i^3 / (6 sqrt(3)). And R_i <= sqrt(2) ||a_i||, and
        R_i^2 <= 2 ||V' a_i||^2, whose mean is at most 2 lambda_max(A'A) / n.
        """
        rows = np.sqrt((self.A**2).sum(axis=1))
        curvature = np.linalg.norm(self.A, 2) ** 2 / self.y.size
        cubes = min((rows**3).mean(), rows.max() * curvature)
        return float(np.sqrt(2) ** 3 * cubes / (6 * np.sqrt(3)))

    @property
    def component_smoothness(self):
        """Largest Lipschitz constant of a component's gradient."""
        return float((self.A**2).sum(axis=1).max() / 2 + self.l2)

    @property
    def strong_convexity(self):
        """The ridge weight l2."""
        return self.l2
