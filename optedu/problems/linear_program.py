"""The linear program, with the logarithmic barrier of its polyhedron."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from optedu.protocol import problem


@problem
class LinearProgram(NamedTuple):
    """Minimize <c, x> subject to A x <= b.

    The barrier is F(x) = -sum_i log(b_i - <a_i, x>), self-concordant with parameter m, the number
    of constraints. The constraints are c(x) = A x - b <= 0.

    Parameters
    ----------
    c : numpy.ndarray, shape (d,)
        Cost.
    A : numpy.ndarray, shape (m, d)
        Of rank d, so that the feasible set holds no line.
    b : numpy.ndarray, shape (m,)

    Raises
    ------
    ValueError
        If the shapes do not fit, or A has not rank d.

    Examples
    --------
    >>> import optedu as oe
    >>> square = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]
    >>> problem = oe.problems.LinearProgram([-1.0, -2.0], square, [1.0, 1.0, 0.0, 0.0])
    >>> problem.minimum
    -3.0
    """

    c: np.ndarray
    A: np.ndarray
    b: np.ndarray

    equalities = 0
    affine = True

    def check(self):
        """Refuse shapes that do not fit, and a feasible set that may hold a line."""
        if self.A.ndim != 2 or self.c.shape != self.A.shape[1:]:
            raise ValueError(
                f"LinearProgram: c of shape {self.c.shape} does not fit A of shape {self.A.shape}"
            )
        if self.b.shape != self.A.shape[:1]:
            raise ValueError(
                f"LinearProgram: b must have shape {self.A.shape[:1]} to fit A, got {self.b.shape}"
            )
        if np.linalg.matrix_rank(self.A) < self.c.size:
            raise ValueError(
                f"LinearProgram: A must have rank {self.c.size}; bound the variables by rows of A"
            )

    def value(self, x):
        return self.c @ x

    def gradient(self, x):
        return self.c

    def constraint(self, x):
        return self.A @ x - self.b

    def constraint_jacobian(self, x):
        return self.A

    def lagrangian_hessian(self, x, y):
        return np.zeros((x.size, x.size))

    def barrier(self, x):
        slack = self.b - self.A @ x
        if np.min(slack) <= 0.0:
            return np.inf
        return -np.sum(np.log(slack))

    def barrier_gradient(self, x):
        return self.A.T @ (1.0 / (self.b - self.A @ x))

    def barrier_hessian(self, x):
        scaled = self.A / (self.b - self.A @ x).reshape(-1, 1)
        return scaled.T @ scaled

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.c.shape

    @property
    def barrier_parameter(self):
        """nu, the self-concordance parameter of the barrier: the number of constraints."""
        return float(self.b.size)

    @property
    def minimizer(self):
        """A minimizer found by HiGHS, None where there is none."""
        return _solution(self.c.tobytes(), self.A.tobytes(), self.b.tobytes())

    @property
    def minimum(self):
        """The optimal value found by HiGHS, None where there is none."""
        x = self.minimizer
        return None if x is None else float(self.c @ x)


@functools.lru_cache(maxsize=64)
def _solution(c: bytes, A: bytes, b: bytes) -> np.ndarray | None:
    from scipy.optimize import linprog

    cost, bound = np.frombuffer(c), np.frombuffer(b)
    rows = np.frombuffer(A).reshape(bound.size, cost.size)
    found = linprog(cost, A_ub=rows, b_ub=bound, bounds=(None, None), method="highs")
    if found.status != 0:
        return None
    found.x.flags.writeable = False
    return found.x
