"""Entropic optimal transport, by its dual."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.kernels.transport import column_log_sums, plan_of, row_log_sums
from optedu.protocol import problem


@problem
class EntropicTransport(NamedTuple):
    """The dual of entropic transport: minimize t sum_ij P_ij - <a, f> - <b, g> over x = (f, g).

    P_ij = exp((f_i + g_j - C_ij) / t) is the plan. At a minimizer it has the row sums a and the
    column sums b, and minimizes <C, P> + t sum_ij P_ij (log P_ij - 1) among such plans. The
    gradient is the error of both sums. Adding a number to f and taking it from g changes nothing.

    Parameters
    ----------
    cost : numpy.ndarray, shape (n, m)
        C, of any sign.
    a : numpy.ndarray, shape (n,)
        Mass of the sources, positive.
    b : numpy.ndarray, shape (m,)
        Mass of the targets, positive, of the same total.
    regularization : float
        t, positive, in the unit of the cost.

    Raises
    ------
    ValueError
        If shapes do not fit, a mass is not positive, or the totals differ.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> C = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> problem = oe.problems.EntropicTransport(C, [0.5, 0.5], [0.5, 0.5], 0.1)
    >>> problem.gradient(np.zeros(4)).round(2)
    array([0.5, 0.5, 0.5, 0.5])
    """

    cost: np.ndarray
    a: np.ndarray
    b: np.ndarray
    regularization: float = 0.1

    def check(self):
        """Refuse masses that are not positive, and totals that differ."""
        require_masses("EntropicTransport", self.cost, self.a, self.b)
        gap = abs(float(self.a.sum() - self.b.sum()))
        if gap > 1e-10 * float(self.a.sum()):
            raise ValueError(
                f"EntropicTransport: a and b must have the same total, got {self.a.sum():.10g} "
                f"and {self.b.sum():.10g}"
            )
        if not self.regularization > 0:
            raise ValueError(
                f"EntropicTransport: regularization must be positive, got {self.regularization}"
            )

    def value(self, x):
        n = self.a.size
        f, g = x[:n], x[n:]
        return self.regularization * np.sum(self.plan(x)) - np.sum(self.a * f) - np.sum(self.b * g)

    def gradient(self, x):
        P = self.plan(x)
        return np.concatenate((np.sum(P, axis=1) - self.a, np.sum(P, axis=0) - self.b))

    def hessian(self, x):
        n, P = self.a.size, self.plan(x)
        H = np.diag(np.concatenate((np.sum(P, axis=1), np.sum(P, axis=0))))
        H[:n, n:] = P
        H[n:, :n] = P.T
        return H / self.regularization

    def hessian_product(self, x, v):
        n, P = self.a.size, self.plan(x)
        u, w = np.ascontiguousarray(v[:n]), np.ascontiguousarray(v[n:])
        rows = np.sum(P, axis=1) * u + P @ w
        return np.concatenate((rows, np.sum(P, axis=0) * w + u @ P)) / self.regularization

    def plan(self, x):
        n = self.a.size
        return plan_of(self.cost, x[:n], x[n:], self.regularization)

    def soft_transform(self, i, x, t):
        n = self.a.size
        if i == 0:
            f = t * np.log(self.a) - row_log_sums(self.cost, x[n:], t)
            return np.concatenate((f, x[n:]))
        g = t * np.log(self.b) - column_log_sums(self.cost, x[:n], t)
        return np.concatenate((x[:n], g))

    @property
    def blocks(self):
        """Two: the potentials of the rows, and those of the columns."""
        return 2

    @property
    def marginals(self):
        """The sums that the plan shall have, rows and then columns, shape (n + m,)."""
        return np.concatenate([self.a, self.b])

    @property
    def shape(self):
        """Shape (n + m,) of x."""
        return (self.a.size + self.b.size,)

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)


def require_masses(name: str, cost: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """Refuse a cost and masses that do not fit, or masses that are not positive.

    Raises
    ------
    ValueError
        With the name of the problem, in one sentence.
    """
    if a.ndim != 1 or b.ndim != 1 or cost.shape != (a.size, b.size):
        raise ValueError(
            f"{name}: cost must have one row per mass of a and one column per mass of b, got "
            f"shapes {cost.shape}, {a.shape} and {b.shape}"
        )
    for letter, masses in (("a", a), ("b", b)):
        if not (masses > 0).all():
            raise ValueError(
                f"{name}: {letter} must be positive, got {masses.min()}; leave out points "
                f"without mass"
            )
