"""A problem f(x) + g(K x) in two terms for ADMM: one of them is the graph of K."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.problems.checks import require_oracles
from optedu.protocol import problem


@problem
class GraphForm(NamedTuple):
    """Minimize f(x) + g(z) over pairs (x, z) with z = K x: a problem f(x) + g(K x) for ADMM.

    The first of two terms is the indicator of the graph of K, onto which a pair is projected by
    one product with (I + K'K)^-1, which is computed once; the second is f(x) + g(z), whose prox
    falls into the two known ones. So `ADMM` and `DouglasRachford` serve every problem with
    ``prox``, ``linear_map``, ``adjoint`` and ``dual_prox`` whose iterate is a matrix.

    The iterate holds the entries of x, row by row, and then z. Use `GraphForm.of`.

    Parameters
    ----------
    inner : problem
        f(x) + g(K x), without a smooth part.
    rows : int
        Of x, a matrix.
    size : int
        Number of entries of x.
    inverse : numpy.ndarray, shape (r, r)
        Of I + K'K. With r below `size` it serves each column of x, of r rows.

    Raises
    ------
    TypeError
        If the problem lacks an oracle.
    ValueError
        If the numbers do not fit.

    References
    ----------
    parikh2014.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> trim = oe.problems.NetTrim([[1.0, 0.0], [1.0, 1.0]], [[2.0], [2.0]], 0.5)
    >>> graph = oe.problems.GraphForm.of(trim)
    >>> graph.shape
    (4,)
    >>> graph.point(oe.run(oe.ADMM(), graph, tol=1e-9).x).round(4) + 0.0
    array([[1.6464],
           [0.    ]])
    """

    inner: Any
    rows: int
    size: int
    inverse: np.ndarray

    differentiable = False

    @classmethod
    def of(cls, problem: Any) -> Any:
        """Return the graph form of a problem f(x) + g(K x) whose iterate is a matrix."""
        rows, columns = problem.shape
        size = rows * columns
        if hasattr(problem, "gram"):
            gram = problem.gram()
        else:
            units = np.eye(size).reshape((size, rows, columns))
            K = np.array([problem.linear_map(unit) for unit in units])
            gram = K @ K.T
        return cls(problem, rows, size, np.linalg.inv(np.eye(len(gram)) + gram))

    def check(self):
        """Refuse a problem without the oracles, and numbers that do not fit."""
        require_oracles(self, "inner", "prox", "linear_map", "adjoint", "dual_prox")
        r = len(self.inverse)
        if self.inverse.shape != (r, r) or self.size % r or self.size % self.rows:
            raise ValueError(
                f"GraphForm: rows and the size of the inverse must divide size, got {self.rows}, "
                f"{self.inverse.shape} and {self.size}; use GraphForm.of(problem)"
            )

    def point(self, u):
        """Return x of a pair, a matrix."""
        return u[: self.size].copy().reshape((self.rows, -1))

    def value(self, u):
        return self.inner.value(self.point(u))

    def component_prox(self, i, u, t):
        x, z = self.point(u), u[self.size :]
        if i == 0:
            right = (x + self.inner.adjoint(z)).reshape((self.inverse.shape[0], -1))
            x = (self.inverse @ right).copy().reshape((self.rows, -1))
            return np.concatenate((x.ravel(), self.inner.linear_map(x)))
        x = self.inner.prox(x, t)
        return np.concatenate((x.ravel(), z - t * self.inner.dual_prox(z / t, 1.0 / t)))

    @property
    def components(self):
        """2."""
        return 2

    @property
    def shape(self):
        """Shape of an iterate."""
        return (self.size + self.inner.linear_map(self.inner.start).size,)

    @property
    def start(self):
        """The pair (0, 0)."""
        return np.zeros(self.shape)
