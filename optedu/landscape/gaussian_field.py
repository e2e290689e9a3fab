"""Critical points of a random function: the higher, the more directions lead down.

The field is f(x) = sum_j (a_j cos <w_j, x> + b_j sin <w_j, x>) / sqrt(m), with standard normal a
and b: a Gaussian field of variance 1, whose covariance tends to exp(-||x - y||^2 / 2) as the number
m of standard normal frequencies w_j grows. Its gradient at a point is independent of its value and
of its Hessian H; and E[H | f] = -f I: where f is high, all curvatures are shifted down.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.functions import Problem


class GaussianField(NamedTuple):
    """The coefficients of one random field.

    Parameters
    ----------
    W : numpy.ndarray, shape (m, d)
        Frequencies.
    a, b : numpy.ndarray, shape (m,)
        Amplitudes of cosines and sines, divided by sqrt(m).
    """

    W: np.ndarray
    a: np.ndarray
    b: np.ndarray

    def value(self, X):
        """Return f at each row of X, shape (n,)."""
        phase = X @ self.W.T
        return np.cos(phase) @ self.a + np.sin(phase) @ self.b

    def gradient(self, X):
        """Return the gradient at each row of X, shape (n, d)."""
        phase = X @ self.W.T
        return (np.cos(phase) * self.b - np.sin(phase) * self.a) @ self.W

    def hessian(self, X):
        """Return the Hessian at each row of X, shape (n, d, d)."""
        phase = X @ self.W.T
        heights = np.cos(phase) * self.a + np.sin(phase) * self.b
        return -(self.W.T * heights[:, None, :]) @ self.W

    def problem(self) -> Problem:
        """Return the field as a problem for methods that run in Python."""
        return Problem.from_functions(
            lambda x: float(self.value(x[None])[0]),
            gradient=lambda x: self.gradient(x[None])[0],
            hessian=lambda x: self.hessian(x[None])[0],
            hessian_product=lambda x, v: self.hessian(x[None])[0] @ v,
            shape=(self.W.shape[1],),
        )


def gaussian_field(d: int, seed: int, features: int | None = None) -> GaussianField:
    """Draw a field on R^d, by default with 30 d frequencies."""
    rng = np.random.default_rng(seed)
    m = features or 30 * d
    W, a, b = rng.standard_normal((m, d)), rng.standard_normal(m), rng.standard_normal(m)
    return GaussianField(W, a / np.sqrt(m), b / np.sqrt(m))


class CriticalPoints(NamedTuple):
    """Critical points of a field, one entry or row each: points, values, eigenvalues."""

    points: np.ndarray
    values: np.ndarray
    eigenvalues: np.ndarray

    @property
    def index(self):
        """Fraction of negative eigenvalues."""
        return (self.eigenvalues < 0).mean(axis=1)


def critical_points(field: GaussianField, starts: int, seed: int = 0) -> CriticalPoints:
    """Find critical points by Newton's method, which does not care of what kind they are.

    Parameters
    ----------
    field : GaussianField
    starts : int
        Number of random starts; each gives a point or, rarely, none.
    seed : int

    Returns
    -------
    CriticalPoints
        Those with a gradient below 1e-9; ascending eigenvalues.
    """
    d = field.W.shape[1]
    X = np.random.default_rng(seed).uniform(-20.0, 20.0, (starts, d))
    for _ in range(60):
        step = np.linalg.solve(field.hessian(X), field.gradient(X)[..., None])[..., 0]
        length = np.linalg.norm(step, axis=1, keepdims=True)
        X = X - step * np.minimum(1.0, 0.5 / np.maximum(length, 1e-300))
    X = X[np.linalg.norm(field.gradient(X), axis=1) < 1e-9]
    return CriticalPoints(X, field.value(X), np.linalg.eigvalsh(field.hessian(X)))
