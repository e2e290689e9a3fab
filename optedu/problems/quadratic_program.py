"""The quadratic program, a linear one where P is zero."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_rows
from optedu.protocol import problem


@problem
class QuadraticProgram(NamedTuple):
    """Minimize <x, P x> / 2 + <q, x> subject to A x = b in the first rows, A x <= b in the others.

    c(x) = A x - b; the first `equalities` rows are equalities.

    Parameters
    ----------
    P : numpy.ndarray, shape (d, d)
        Symmetric; zero makes it a linear program.
    q : numpy.ndarray, shape (d,)
    A : numpy.ndarray, shape (m, d)
    b : numpy.ndarray, shape (m,)
    equalities : int
        Number of rows that are equalities, from 0 to m.

    Raises
    ------
    ValueError
        If the shapes do not fit, P is not symmetric, or there are not so many rows.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.QuadraticProgram(
    ...     [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], [[-1.0, -1.0]], [-2.0])
    >>> oe.run(oe.AugmentedLagrangian(), problem, [0.0, 0.0]).x.round(6)
    array([1., 1.])
    """

    P: np.ndarray
    q: np.ndarray
    A: np.ndarray
    b: np.ndarray
    equalities: int = 0

    affine = True

    def check(self):
        """Refuse shapes that do not fit and a number of equalities beyond the rows."""
        require_rows(self, "A", "b")
        d = self.A.shape[1]
        if self.P.shape != (d, d) or self.q.shape != (d,):
            raise ValueError(
                f"QuadraticProgram: P and q must have shapes {(d, d)} and {(d,)} to fit A, "
                f"got {self.P.shape} and {self.q.shape}"
            )
        if not np.allclose(self.P, self.P.T, rtol=1e-12, atol=1e-12 * np.abs(self.P).max()):
            raise ValueError("QuadraticProgram: P must be symmetric; pass (P + P.T) / 2")
        if not 0 <= self.equalities <= self.b.size:
            raise ValueError(
                f"QuadraticProgram: equalities must be from 0 to {self.b.size}, the number of "
                f"rows, got {self.equalities}"
            )

    def value(self, x):
        return 0.5 * (x @ (self.P @ x)) + self.q @ x

    def gradient(self, x):
        return self.P @ x + self.q

    def hessian(self, x):
        return self.P

    def constraint(self, x):
        return self.A @ x - self.b

    def constraint_jacobian(self, x):
        return self.A

    def lagrangian_hessian(self, x, y):
        return self.P

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.q.shape

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)
