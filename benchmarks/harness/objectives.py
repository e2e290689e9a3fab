"""The objectives, in plain NumPy: what is measured does not depend on any solver's code.

Each has ``value``, ``gradient``, ``hessian_product`` and, where it is of a size for that,
``hessian``; ``gap(x, y)`` is f(x) - f(y) without cancellation; ``works`` is the least work of each
call (`benchmarks.harness.limits`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from benchmarks.harness.limits import Work


class Logistic(NamedTuple):
    """Minimize mean(log(1 + exp(-y_i <a_i, x>))) + l2 ||x||^2 / 2.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
    y : numpy.ndarray, shape (n,)
        Labels, each -1 or +1.
    l2 : float
        Weight of the ridge, positive.
    """

    A: np.ndarray
    y: np.ndarray
    l2: float

    @property
    def start(self) -> np.ndarray:
        """Zeros, where every solver starts."""
        return np.zeros(self.A.shape[1])

    @property
    def data_bytes(self) -> int:
        """Bytes of the data that a pass reads."""
        return self.A.nbytes

    def _losses(self, x: np.ndarray) -> np.ndarray:
        margins = self.y * (self.A @ x)
        return np.maximum(-margins, 0.0) + np.log1p(np.exp(-np.abs(margins)))

    def value(self, x: np.ndarray) -> float:
        """Return f(x)."""
        return float(self._losses(x).mean() + 0.5 * self.l2 * (x @ x))

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the gradient at x."""
        return self.value_and_gradient(x)[1]

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return both for the price of two passes over A, and one exponential for each row."""
        margins = self.y * (self.A @ x)
        e = np.exp(-np.abs(margins))
        value = (np.maximum(-margins, 0.0) + np.log1p(e)).mean()
        weights = self.y * np.where(margins >= 0.0, e, 1.0) / (1.0 + e)
        gradient = (weights @ self.A) / -self.y.size + self.l2 * x
        return float(value + 0.5 * self.l2 * (x @ x)), gradient

    def curvatures(self, x: np.ndarray) -> np.ndarray:
        """Return the second derivative of each row's loss, over n."""
        e = np.exp(-np.abs(self.A @ x))
        return e / (1.0 + e) ** 2 / self.y.size

    def hessian(self, x: np.ndarray) -> np.ndarray:
        """Return the Hessian; NumPy sees B'B and computes one triangle."""
        B = self.A * np.sqrt(self.curvatures(x))[:, None]
        H = B.T @ B
        H[np.diag_indices_from(H)] += self.l2
        return H

    def hessian_operator(self, x: np.ndarray):
        """Return the function v -> H v at x."""
        w = self.curvatures(x)
        return lambda v: (w * (self.A @ v)) @ self.A + self.l2 * v

    def hessian_product(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the Hessian at x times v."""
        return self.hessian_operator(x)(v)

    def gap(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return f(x) - f(y), the differences taken row by row and summed exactly."""
        losses = math.fsum(self._losses(x) - self._losses(y)) / self.y.size
        return losses + 0.5 * self.l2 * float((x - y) @ (x + y))

    @property
    def works(self) -> dict[str, Work]:
        """One pass over A each: a row can be used for A x and for A' w while it is in cache."""
        n, d = self.A.shape
        bytes_, product = self.A.nbytes, 2 * n * d
        return {
            "value": Work(product, bytes_, 2 * n),
            "gradient": Work(2 * product, bytes_, n),
            "value_and_gradient": Work(2 * product, bytes_, 2 * n),
            "hessian": Work(product + n * d * (d + 1), bytes_, n),
            "hessian_product": Work(2 * product, bytes_, 0),
            "gradient_and_hessian": Work(2 * product + n * d * (d + 1), bytes_, n),
        }


class Quadratic(NamedTuple):
    """Minimize <x, A x> / 2 - <b, x>, A symmetric positive definite.

    Parameters
    ----------
    A : numpy.ndarray, shape (d, d)
    b : numpy.ndarray, shape (d,)
    """

    A: np.ndarray
    b: np.ndarray

    @property
    def start(self) -> np.ndarray:
        """Zeros, where every solver starts."""
        return np.zeros(self.b.size)

    @property
    def data_bytes(self) -> int:
        """Bytes of the data that a pass reads."""
        return self.A.nbytes

    def value(self, x: np.ndarray) -> float:
        """Return f(x)."""
        return float(0.5 * (x @ (self.A @ x)) - self.b @ x)

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the gradient at x."""
        return self.A @ x - self.b

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return both for the price of one product."""
        product = self.A @ x
        return float(0.5 * (x @ product) - self.b @ x), product - self.b

    def hessian(self, x: np.ndarray) -> np.ndarray:
        """Return A."""
        return self.A

    def hessian_operator(self, x: np.ndarray):
        """Return the function v -> A v."""
        return lambda v: self.A @ v

    def hessian_product(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return A v."""
        return self.A @ v

    def gap(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return f(x) - f(y) from the step between them and the gradient at y."""
        step = x - y
        return float(0.5 * (step @ (self.A @ step)) + step @ self.gradient(y))

    @property
    def works(self) -> dict[str, Work]:
        """One product with A each."""
        product = Work(2 * self.A.size, self.A.nbytes, 0)
        names = ("value", "gradient", "value_and_gradient", "hessian_product")
        return dict.fromkeys(names, product) | {"hessian": Work(0, 0, 0)}
