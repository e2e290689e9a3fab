"""Optimal transport: its plans, and the dual of its entropic form, of a cost or of points."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.kernels.transport import (
    both_to,
    cloud_both_to,
    cloud_plan,
    cloud_plan_products,
    cloud_plan_sums,
    cloud_rows_to,
    columns_to,
    plan_of,
    plan_products,
    plan_sums,
    rows_to,
)
from optedu.problems.checks import require_positive_data
from optedu.protocol import portable, problem

BOTH = 2
"""The index for which `soft_transform` puts both blocks to their best values, rows first."""


@problem
class EntropicTransport(NamedTuple):
    """The dual of entropic transport: minimize t sum_ij P_ij - <a, f> - <b, g> over x = (f, g).

    P_ij = exp((f_i + g_j - C_ij) / t) is the plan. At a minimizer it has the row sums a and the
    column sums b, and minimizes <C, P> + t sum_ij P_ij (log P_ij - 1) among such plans. The
    gradient is the error of both sums. Adding a number to f and taking it from g changes nothing.
    ``soft_transform(2, x, t)`` transforms f and then g, in one pass over the exponentials.

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

    transforms_at_once = True

    def check(self):
        """Refuse masses that are not positive, and totals that differ."""
        require_masses("EntropicTransport", self.cost, self.a, self.b)
        require_balance("EntropicTransport", self.a, self.b)
        require_positive_data(self, "regularization")

    def value(self, x):
        n = self.a.size
        sums = plan_sums(self.cost, x[:n], x[n:], self.regularization)
        return dual_value(sums, x, self.a, self.b, self.regularization)

    def gradient(self, x):
        n = self.a.size
        sums = plan_sums(self.cost, x[:n], x[n:], self.regularization)
        return sums - np.concatenate((self.a, self.b))

    def value_and_gradient(self, x):
        n = self.a.size
        sums = plan_sums(self.cost, x[:n], x[n:], self.regularization)
        value = dual_value(sums, x, self.a, self.b, self.regularization)
        return value, sums - np.concatenate((self.a, self.b))

    def hessian(self, x):
        n, P = self.a.size, self.plan(x)
        H = np.diag(np.concatenate((np.sum(P, axis=1), np.sum(P, axis=0))))
        H[:n, n:] = P
        H[n:, :n] = P.T
        return H / self.regularization

    def hessian_product(self, x, v):
        n, t = self.a.size, self.regularization
        u, w = np.ascontiguousarray(v[:n]), np.ascontiguousarray(v[n:])
        sums, products = plan_products(self.cost, x[:n], x[n:], t, u, w)
        return (sums * v + products) / t

    def plan(self, x):
        n = self.a.size
        return plan_of(self.cost, x[:n], x[n:], self.regularization)

    def soft_transform(self, i, x, t):
        n = self.a.size
        f, g = x[:n], x[n:]
        if i == BOTH:
            return np.concatenate(both_to(self.cost, f, g, t, self.a, self.b))
        if i == 0:
            return np.concatenate((rows_to(self.cost, f, g, t, self.a), g))
        return np.concatenate((f, columns_to(self.cost, f, g, t, self.b)))

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


@problem
class PointCloudTransport(NamedTuple):
    """The dual of entropic transport between points: the cost ||x_i - y_j||^2 is never stored.

    As `EntropicTransport`, whose letters it has. Each oracle makes the cost block by block, on the
    fly, and needs memory for the points and one block; only ``plan`` and ``hessian`` are as large
    as a cost.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
        Sources.
    Y : numpy.ndarray, shape (m, d)
        Targets.
    a : numpy.ndarray, shape (n,)
        Mass of the sources, positive.
    b : numpy.ndarray, shape (m,)
        Mass of the targets, positive, of the same total.
    regularization : float
        t, positive, in the unit of a squared distance.

    Raises
    ------
    ValueError
        If shapes do not fit, a mass is not positive, or the totals differ.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> X = np.array([[0.0], [1.0]])
    >>> problem = oe.problems.PointCloudTransport(X, X, [0.5, 0.5], [0.5, 0.5], 0.1)
    >>> problem.gradient(np.zeros(4)).round(2)
    array([0.5, 0.5, 0.5, 0.5])
    """

    X: np.ndarray
    Y: np.ndarray
    a: np.ndarray
    b: np.ndarray
    regularization: float = 0.1

    transforms_at_once = True

    def check(self):
        """Refuse points of different dimensions, wrong masses, and totals that differ."""
        X, Y = self.X, self.Y
        if X.ndim != 2 or Y.ndim != 2 or X.shape[1] != Y.shape[1]:
            raise ValueError(
                f"PointCloudTransport: X and Y must hold one point per row, of the same dimension, "
                f"got shapes {X.shape} and {Y.shape}"
            )
        for letters, points, masses in (("X and a", X, self.a), ("Y and b", Y, self.b)):
            if masses.shape != (points.shape[0],):
                raise ValueError(
                    f"PointCloudTransport: {letters} must have one mass per point, got shapes "
                    f"{points.shape} and {masses.shape}"
                )
        require_positive_masses("PointCloudTransport", self.a, self.b)
        require_balance("PointCloudTransport", self.a, self.b)
        require_positive_data(self, "regularization")

    def value(self, x):
        n = self.a.size
        sums = cloud_plan_sums(self.X, self.Y, x[:n], x[n:], self.regularization)
        return dual_value(sums, x, self.a, self.b, self.regularization)

    def gradient(self, x):
        n = self.a.size
        sums = cloud_plan_sums(self.X, self.Y, x[:n], x[n:], self.regularization)
        return sums - np.concatenate((self.a, self.b))

    def value_and_gradient(self, x):
        n = self.a.size
        sums = cloud_plan_sums(self.X, self.Y, x[:n], x[n:], self.regularization)
        value = dual_value(sums, x, self.a, self.b, self.regularization)
        return value, sums - np.concatenate((self.a, self.b))

    def hessian_product(self, x, v):
        n, t = self.a.size, self.regularization
        u, w = np.ascontiguousarray(v[:n]), np.ascontiguousarray(v[n:])
        sums, products = cloud_plan_products(self.X, self.Y, x[:n], x[n:], t, u, w)
        return (sums * v + products) / t

    def plan(self, x):
        n = self.a.size
        return cloud_plan(self.X, self.Y, x[:n], x[n:], self.regularization)

    def soft_transform(self, i, x, t):
        n = self.a.size
        f, g = x[:n], x[n:]
        if i == BOTH:
            return np.concatenate(cloud_both_to(self.X, self.Y, f, g, t, self.a, self.b))
        if i == 0:
            return np.concatenate((cloud_rows_to(self.X, self.Y, f, g, t, self.a), g))
        return np.concatenate((f, cloud_rows_to(self.Y, self.X, g, f, t, self.b)))

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


@portable
def dual_value(sums, x, a, b, t):
    """Return t times the mass of the plan, from its sums, less <a, f> + <b, g>."""
    n = a.size
    return t * np.sum(sums[:n]) - np.sum(a * x[:n]) - np.sum(b * x[n:])


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
    require_positive_masses(name, a, b)


def require_positive_masses(name: str, a: np.ndarray, b: np.ndarray) -> None:
    """Refuse masses that are not positive.

    Raises
    ------
    ValueError
        With the name of the problem and what to do, in one sentence.
    """
    for letter, masses in (("a", a), ("b", b)):
        if not (masses > 0).all():
            raise ValueError(
                f"{name}: {letter} must be positive, got {masses.min()}; leave out points "
                f"without mass"
            )


def require_balance(name: str, a: np.ndarray, b: np.ndarray) -> None:
    """Refuse totals that differ.

    Raises
    ------
    ValueError
        With the name of the problem and both totals, in one sentence.
    """
    close = 1e-10 if a.dtype == np.float64 else 1e-6
    if abs(float(a.sum() - b.sum())) > close * float(a.sum()):
        raise ValueError(
            f"{name}: a and b must have the same total, got {a.sum():.10g} and {b.sum():.10g}"
        )
