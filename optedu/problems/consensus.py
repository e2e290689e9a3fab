"""Data held by several agents, who must agree on one model."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data, require_positive_data
from optedu.protocol import problem


def _require_agents(problem: Any, vector: str) -> None:
    A, b = problem.A, getattr(problem, vector)
    if A.ndim != 3 or b.shape != A.shape[:2]:
        raise ValueError(
            f"{type(problem).__name__}: A must have shape (agents, rows, d) and {vector} "
            f"(agents, rows), got {A.shape} and {b.shape}"
        )


@problem
class ConsensusLeastSquares(NamedTuple):
    """Minimize sum_i f_i(x), f_i(x) = ||A_i x - b_i||^2 / 2, agent i holding A_i and b_i.

    Parameters
    ----------
    A : numpy.ndarray, shape (agents, rows, d)
    b : numpy.ndarray, shape (agents, rows)

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.ConsensusLeastSquares([[[1.0]], [[1.0]]], [[0.0], [4.0]])
    >>> problem.component_prox(1, np.array([0.0]), 1.0), problem.minimum
    (array([2.]), 4.0)
    """

    A: np.ndarray
    b: np.ndarray

    def check(self):
        """Refuse data of the wrong shape."""
        _require_agents(self, "b")

    def component_value(self, i, x):
        r = self.A[i] @ x - self.b[i]
        return 0.5 * (r @ r)

    def value(self, x):
        total = 0.0
        for i in range(self.A.shape[0]):
            total += self.component_value(i, x)
        return total

    def component_prox(self, i, x, t):
        A = self.A[i]
        matrix = A.T @ A + np.eye(x.size) / t
        return np.linalg.solve(matrix, A.T @ self.b[i] + x / t)

    @property
    def components(self):
        """Number of agents."""
        return self.A.shape[0]

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.A.shape[2:]

    @property
    def minimum(self):
        """f* of least squares on all data."""
        A = self.A.reshape(-1, self.A.shape[2])
        return float(self.value(np.linalg.lstsq(A, self.b.ravel(), rcond=None)[0]))


@problem
class ConsensusLogistic(NamedTuple):
    """Minimize sum_i f_i(x), f_i the ridge logistic loss of agent i's own observations.

    f_i(x) = sum_j log(1 + exp(-y_ij <a_ij, x>)) + l2 ||x||^2 / 2. The prox of f_i is computed by
    damped Newton steps to full accuracy.

    Parameters
    ----------
    A : numpy.ndarray, shape (agents, rows, d)
    y : numpy.ndarray, shape (agents, rows)
        Labels -1 and +1.
    l2 : float
        Positive.

    Raises
    ------
    ValueError
        If the shapes do not fit, a label is another number, or l2 is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.ConsensusLogistic([[[1.0]], [[2.0]]], [[1.0], [-1.0]], 0.1)
    >>> round(float(problem.value(np.array([0.0]))), 4)
    1.3863
    """

    A: np.ndarray
    y: np.ndarray
    l2: float = 1e-2

    def check(self):
        """Refuse data of the wrong shape, other labels, and a ridge that is not positive."""
        _require_agents(self, "y")
        require_nonnegative_data(self, "l2")
        require_positive_data(self, "l2")
        if not np.isin(self.y, (-1.0, 1.0)).all():
            raise ValueError("ConsensusLogistic: y must hold the labels -1 and +1")

    def component_value(self, i, x):
        margins = self.y[i] * (self.A[i] @ x)
        return np.sum(np.logaddexp(0.0, -margins)) + 0.5 * self.l2 * (x @ x)

    def value(self, x):
        total = 0.0
        for i in range(self.A.shape[0]):
            total += self.component_value(i, x)
        return total

    def component_prox(self, i, x, t):
        A, y, u = self.A[i], self.y[i], x.copy()
        diagonal = (self.l2 + 1.0 / t) * np.eye(x.size)
        r = u - x
        f = self.component_value(i, u)
        for _ in range(50):
            p = 1.0 / (1.0 + np.exp(np.minimum(y * (A @ u), 700.0)))
            g = self.l2 * u + r / t - A.T @ (y * p)
            H = (A.T * (p * (1.0 - p))) @ A + diagonal
            step = np.linalg.solve(H, g)
            fall, length = g @ step, 1.0
            if not fall > 1e-24 * (1.0 + f):
                return u - step
            for _ in range(40):
                v = u - length * step
                s = v - x
                f_new = self.component_value(i, v) + (s @ s) / (2.0 * t)
                if f_new <= f - 1e-4 * length * fall + 1e-13 * (1.0 + abs(f)):
                    break
                length *= 0.5
            u, r, f = v, s, f_new
        return u

    @property
    def components(self):
        """Number of agents."""
        return self.A.shape[0]

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.A.shape[2:]

    @property
    def strong_convexity(self):
        """l2 of each agent, summed."""
        return float(self.l2 * self.A.shape[0])
