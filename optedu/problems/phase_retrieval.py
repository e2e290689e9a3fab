"""Robust phase retrieval: a vector from the squares of its inner products, some of them wrong."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data, require_rows
from optedu.protocol import problem


@problem
class RobustPhaseRetrieval(NamedTuple):
    """Minimize f(x) = (1/n) sum_i |<a_i, x>^2 - b_i|: find +-x from squares of its products.

    Each term is |c_i(x)| with the smooth c_i(x) = <a_i, x>^2 - b_i: neither convex nor smooth, but
    f_i + ||a_i||^2 ||x||^2 is convex. Signs are lost: f(x) = f(-x), and the gradient is zero at 0.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
        One a_i per row.
    b : numpy.ndarray, shape (n,)
        The measured squares; wrong ones may have any sign.
    minimum : float, optional
        f*, where it is known: 0 if all b_i = <a_i, x>^2 for one x.

    Raises
    ------
    ValueError
        If the shapes do not fit, or the minimum is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> f = oe.problems.RobustPhaseRetrieval([[1.0, 0.0], [1.0, 1.0]], [4.0, 1.0])
    >>> f.component_gradient(0, np.array([3.0, 1.0])), float(f.value(np.array([2.0, -1.0])))
    (array([6., 0.]), 0.0)
    """

    A: np.ndarray
    b: np.ndarray
    minimum: float | None = None

    differentiable = False
    convex = False

    def check(self):
        """Refuse data of the wrong shape, and a minimum that no mean of sizes has."""
        require_rows(self, "A", "b")
        if self.minimum is not None:
            require_nonnegative_data(self, "minimum")

    def value(self, x):
        v = self.A @ x
        return np.sum(np.abs(v * v - self.b)) / self.b.size

    def gradient(self, x):
        v = self.A @ x
        return self.A.T @ (2.0 * v * np.sign(v * v - self.b)) / self.b.size

    def component_value(self, i, x):
        v = self.A[i] @ x
        return np.abs(v * v - self.b[i])

    def component_gradient(self, i, x):
        v = self.A[i] @ x
        return (2.0 * v * np.sign(v * v - self.b[i])) * self.A[i]

    def component_prox(self, i, x, t):
        a = self.A[i]
        square, v = a @ a, a @ x
        if square == 0.0:
            return x + 0.0
        curvature, kink = 2.0 * t * square, np.sqrt(max(self.b[i], 0.0))
        outside = np.abs(v) / (1.0 + curvature)
        inside = np.abs(v) / (1.0 - curvature) if curvature < 1.0 else np.inf
        size = max(outside, min(inside, kink))
        if v < 0.0:
            size = -size
        return x + ((size - v) / square) * a

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
        """The point of length 1 on the diagonal; 0 would be stationary."""
        return np.full(self.shape, self.A.shape[1] ** -0.5)

    @property
    def weak_convexity(self):
        """With rho = 2 lambda_max(A'A) / n, f + rho ||x||^2 / 2 is convex."""
        return float(2.0 * np.linalg.norm(self.A, 2) ** 2 / self.b.size)
