"""Transport that keeps classes together, by a sum of norms of differences."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.problems.transport import require_masses
from optedu.protocol import portable, problem


@portable
def block_soft_threshold(Y, weight):
    """Return Y with each row shortened by the weight, and 0 where it is shorter than that.

    The prox of weight times the sum of the rows' norms.
    """
    lengths = np.sqrt(np.sum(Y * Y, axis=1))
    return Y * np.maximum(1.0 - weight / np.maximum(lengths, 1e-300), 0.0).reshape((-1, 1))


@portable
def project_rows(Y, radius):
    """Return Y with each row that is longer than the radius scaled back to it."""
    lengths = np.sqrt(np.sum(Y * Y, axis=1))
    return Y * np.minimum(radius / np.maximum(lengths, 1e-300), 1.0).reshape((-1, 1))


def weighted_differences(weights: Any) -> np.ndarray:
    """Return the matrix that makes of rows p_k all weights[k, l] (p_k - p_l) != 0, k < l.

    Parameters
    ----------
    weights : array_like, shape (n, n)
        Symmetric, 0 or more; pairs of weight 0 are left out.

    Returns
    -------
    numpy.ndarray, shape (pairs, n)
    """
    weights = np.asarray(weights, dtype=float)
    first, second = np.nonzero(np.triu(weights, 1))
    E = np.zeros((first.size, weights.shape[0]))
    pairs = np.arange(first.size)
    E[pairs, first], E[pairs, second] = weights[first, second], -weights[first, second]
    return E


class CostOfPositive(NamedTuple):
    """<C, P> where P >= 0, else inf.

    Parameters
    ----------
    cost : numpy.ndarray, shape (n, m)
    """

    cost: np.ndarray

    def value(self, P):
        """Return <C, P>, or inf."""
        return float(np.sum(self.cost * P)) if (P >= 0).all() else np.inf


@problem
class ClassTransport(NamedTuple):
    """Minimize <C, P> + lam (sum ||rows of E P|| + sum ||rows of G P'||) over transport plans.

    E makes weighted differences R_kl (P_k - P_l) of rows, G such of columns (see
    `weighted_differences`): the plan's rows, and columns, are drawn to become equal in groups. In
    the form f(P) + g(K P): f = <C, P> on P >= 0, and K P = (P 1, P'1, E P, G P') in one vector.
    ``prox`` is that of f, ``dual_prox`` that of g*.

    Parameters
    ----------
    cost : numpy.ndarray, shape (n, m)
    a : numpy.ndarray, shape (n,)
        Mass of the sources, positive.
    b : numpy.ndarray, shape (m,)
        Mass of the targets, positive, of the same total.
    row_differences : numpy.ndarray, shape (p, n)
        E.
    column_differences : numpy.ndarray, shape (q, m)
        G.
    lam : float
        Weight of the sum of norms, 0 or more.

    Raises
    ------
    ValueError
        If shapes do not fit, or the weight is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.problems.class_transport import weighted_differences
    >>> C, E = np.array([[0.0, 1.0], [1.0, 0.0]]), weighted_differences(np.ones((2, 2)))
    >>> problem = oe.problems.ClassTransport(C, [0.5, 0.5], [0.5, 0.5], E, E, 2.0)
    >>> oe.run(oe.ChambollePock(), problem, tol=1e-9).x.round(6) + 0.0
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """

    cost: np.ndarray
    a: np.ndarray
    b: np.ndarray
    row_differences: np.ndarray
    column_differences: np.ndarray
    lam: float = 1.0

    differentiable = False

    def check(self):
        """Refuse masses and differences that do not fit, and a negative weight."""
        require_masses("ClassTransport", self.cost, self.a, self.b)
        for name, size in (("row_differences", self.a.size), ("column_differences", self.b.size)):
            E = getattr(self, name)
            if E.ndim != 2 or E.shape[1] != size:
                raise ValueError(
                    f"ClassTransport: {name} must have {size} columns, got shape {E.shape}"
                )
        if not self.lam >= 0:
            raise ValueError(f"ClassTransport: lam must be 0 or more, got {self.lam}")

    def value(self, P):
        """<C, P> and the sum of norms; neither the sums nor the signs of P are looked at."""
        rows, columns = self.row_differences @ P, self.column_differences @ P.T
        norms = np.sum(np.sqrt(np.sum(rows * rows, axis=1)))
        norms += np.sum(np.sqrt(np.sum(columns * columns, axis=1)))
        return np.sum(self.cost * P) + self.lam * norms

    def prox(self, P, t):
        return np.maximum(P - t * self.cost, 0.0)

    def linear_map(self, P):
        sums = np.concatenate((np.sum(P, axis=1), np.sum(P, axis=0)))
        rows, columns = self.row_differences @ P, self.column_differences @ P.T
        return np.concatenate((sums, rows.ravel(), columns.ravel()))

    def adjoint(self, y):
        n, m = self.cost.shape
        k = n + m + self.row_differences.shape[0] * m
        rows, columns = y[n + m : k].reshape((-1, m)), y[k:].reshape((-1, n))
        P = self.row_differences.T @ rows + (self.column_differences.T @ columns).T
        return P + y[:n].reshape((-1, 1)) + y[n : n + m]

    def dual_prox(self, y, t):
        n, m = self.cost.shape
        k = n + m + self.row_differences.shape[0] * m
        sums = y[: n + m] - t * np.concatenate((self.a, self.b))
        rows = project_rows(y[n + m : k].reshape((-1, m)), self.lam)
        columns = project_rows(y[k:].reshape((-1, n)), self.lam)
        return np.concatenate((sums, rows.ravel(), columns.ravel()))

    @property
    def regularizer(self):
        """f, the term that ``prox`` belongs to."""
        return CostOfPositive(self.cost)

    @property
    def linear_norm(self):
        """A bound on ||K||: its four parts together."""
        parts = [1.0 * self.a.size, 1.0 * self.b.size]
        for E in (self.row_differences, self.column_differences):
            parts.append(float(np.linalg.norm(E, 2)) ** 2 if E.size else 0.0)
        return float(np.sqrt(sum(parts)))

    @property
    def shape(self):
        """Shape (n, m) of a plan."""
        return self.cost.shape

    @property
    def start(self):
        """A b', over the total mass."""
        return np.outer(self.a, self.b) / self.a.sum()
