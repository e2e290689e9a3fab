"""Transport with the plan itself as the unknown."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.problems.checks import require_differentiable, require_oracles
from optedu.problems.transport import require_balance, require_masses
from optedu.protocol import portable, problem


@portable
def round_to_polytope(P, a, b):
    """Return a plan with row sums a and column sums b that is close to P, P >= 0.

    Rows and then columns that are too heavy are scaled down; what is then missing is added by a
    matrix of rank one (altschuler2017, Algorithm 2). The entries move by no more than twice the
    errors of the sums, in total.

    Parameters
    ----------
    P : numpy.ndarray, shape (n, m)
    a : numpy.ndarray, shape (n,)
    b : numpy.ndarray, shape (m,)

    Returns
    -------
    numpy.ndarray, shape (n, m)
    """
    P = P * np.minimum(a / np.maximum(np.sum(P, axis=1), 1e-300), 1.0).reshape((-1, 1))
    P = P * np.minimum(b / np.maximum(np.sum(P, axis=0), 1e-300), 1.0)
    rows = np.maximum(a - np.sum(P, axis=1), 0.0)
    columns = np.maximum(b - np.sum(P, axis=0), 0.0)
    return P + rows.reshape((-1, 1)) * columns / max(np.sum(rows), 1e-300)


def optimal_plan(cost: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a plan of least cost, by linear programming (SciPy's HiGHS).

    Parameters
    ----------
    cost : numpy.ndarray, shape (n, m)
    a : numpy.ndarray, shape (n,)
    b : numpy.ndarray, shape (m,)

    Returns
    -------
    numpy.ndarray, shape (n, m)

    Raises
    ------
    ArithmeticError
        If SciPy does not find one.
    """
    from scipy import sparse
    from scipy.optimize import linprog

    n, m = cost.shape
    rows = sparse.kron(sparse.eye(n), np.ones((1, m)))
    columns = sparse.kron(np.ones((1, n)), sparse.eye(m))
    sums = sparse.csr_array(sparse.vstack([rows, columns]))[:-1]  # the last follows from the others
    found = linprog(cost.ravel(), A_eq=sums, b_eq=np.concatenate([a, b])[:-1], method="highs-ds")
    if found.x is None:
        raise ArithmeticError(f"optimal_plan: {found.message}")
    return found.x.reshape(n, m)


@problem
class LinearCost(NamedTuple):
    """F(P) = <C, P> + weight ||P||^2 / 2: what a plan costs, with a square if you like.

    Parameters
    ----------
    cost : numpy.ndarray, shape (n, m)
        C, of any sign.
    weight : float
        Weight of the square, 0 or more.

    Raises
    ------
    ValueError
        If the cost is no matrix, or the weight is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.LinearCost([[0.0, 1.0], [2.0, 0.0]]).value(np.ones((2, 2))))
    3.0
    """

    cost: np.ndarray
    weight: float = 0.0

    def check(self):
        """Refuse a cost that is no matrix, and a negative weight."""
        if self.cost.ndim != 2:
            raise ValueError(f"LinearCost: cost must be a matrix, got shape {self.cost.shape}")
        if not self.weight >= 0:
            raise ValueError(f"LinearCost: weight must be 0 or more, got {self.weight}")

    def value(self, P):
        return np.sum(self.cost * P) + 0.5 * self.weight * np.sum(P * P)

    def gradient(self, P):
        return self.cost + self.weight * P

    @property
    def smoothness(self):
        """The weight of the square."""
        return self.weight

    @property
    def strong_convexity(self):
        """The weight of the square."""
        return self.weight

    @property
    def largest_gradient(self):
        """The largest |F_ij| of a gradient, over plans of total 1."""
        return float(np.abs(self.cost).max() + self.weight)

    @property
    def shape(self):
        """Shape (n, m) of a plan."""
        return self.cost.shape


@problem
class SampledCost(NamedTuple):
    """F(P) = mean over k of <C_k, P>: a cost that is seen one sample at a time.

    Parameters
    ----------
    costs : numpy.ndarray, shape (K, n, m)
        The samples C_k.

    Raises
    ------
    ValueError
        If the costs do not have three axes.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> objective = oe.problems.SampledCost(np.stack([np.zeros((2, 2)), np.ones((2, 2))]))
    >>> float(objective.value(np.eye(2)))
    1.0
    """

    costs: np.ndarray

    def check(self):
        """Refuse anything but a stack of matrices."""
        if self.costs.ndim != 3:
            raise ValueError(
                f"SampledCost: costs must have shape (K, n, m), got {self.costs.shape}"
            )

    def value(self, P):
        return np.sum(self.gradient(P) * P)

    def gradient(self, P):
        return np.sum(self.costs, axis=0) / self.costs.shape[0]

    def component_value(self, i, P):
        return np.sum(self.costs[i] * P)

    def component_gradient(self, i, P):
        return self.costs[i].copy()

    @property
    def components(self):
        """Number of samples."""
        return self.costs.shape[0]

    @property
    def smoothness(self):
        """Zero: F is linear."""
        return 0.0

    @property
    def largest_gradient(self):
        """The largest entry of a sample, by absolute value."""
        return float(np.abs(self.costs).max())

    @property
    def shape(self):
        """Shape (n, m) of a plan."""
        return self.costs.shape[1:]


@problem
class TransportPolytope(NamedTuple):
    """Minimize F(P) over the plans P >= 0 with row sums a and column sums b.

    ``value``, ``gradient`` and the components are those of F. ``bregman_project(0, P)`` scales the
    rows of a positive P to the sums a, ``bregman_project(1, P)`` the columns to b: the nearest such
    matrices in relative entropy.

    Parameters
    ----------
    objective : problem
        F, convex, of matrices (n, m), with ``value`` and ``gradient``.
    a : numpy.ndarray, shape (n,)
        Mass of the sources, positive.
    b : numpy.ndarray, shape (m,)
        Mass of the targets, positive, of the same total.

    Raises
    ------
    TypeError
        If the objective lacks an oracle.
    ValueError
        If shapes do not fit, a mass is not positive, or the totals differ.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> objective = oe.problems.LinearCost([[0.0, 1.0], [1.0, 0.0]])
    >>> problem = oe.problems.TransportPolytope(objective, [0.5, 0.5], [0.5, 0.5])
    >>> problem.bregman_project(0, np.array([[1.0, 3.0], [2.0, 2.0]]))
    array([[0.125, 0.375],
           [0.25 , 0.25 ]])
    """

    objective: Any
    a: np.ndarray
    b: np.ndarray

    def check(self):
        """Refuse an objective without gradient, and masses that do not fit."""
        require_oracles(self, "objective", "value", "gradient")
        require_differentiable(self, "objective")
        shape = getattr(self.objective, "shape", None) or (self.a.size, self.b.size)
        require_masses("TransportPolytope", np.empty(shape), self.a, self.b)
        require_balance("TransportPolytope", self.a, self.b)

    def __getattribute__(self, name):
        if name in ("component_value", "component_gradient") and not hasattr(self[0], name):
            raise AttributeError(f"{type(self[0]).__name__} has no {name}")
        return tuple.__getattribute__(self, name)

    def value(self, P):
        return self.objective.value(P)

    def gradient(self, P):
        return self.objective.gradient(P)

    def component_value(self, i, P):
        return self.objective.component_value(i, P)

    def component_gradient(self, i, P):
        return self.objective.component_gradient(i, P)

    def bregman_project(self, i, P):
        if i == 0:
            return P * (self.a / np.sum(P, axis=1)).reshape((-1, 1))
        return P * (self.b / np.sum(P, axis=0))

    def divergence(self, u, x):
        """Return the relative entropy sum_ij u_ij log(u_ij / x_ij) - u_ij + x_ij."""
        return np.sum(u * np.log(u / x) - u + x)

    @property
    def sets(self):
        """Two: the right row sums, and the right column sums."""
        return 2

    @property
    def components(self):
        """Number of components of F, None where it has none."""
        return getattr(self.objective, "components", None)

    @property
    def largest_gradient(self):
        """A bound on the entries of F's gradients, None where unknown."""
        return getattr(self.objective, "largest_gradient", None)

    @property
    def smoothness(self):
        """That of F, None where unknown."""
        return getattr(self.objective, "smoothness", None)

    @property
    def strong_convexity(self):
        """That of F, None where unknown."""
        return getattr(self.objective, "strong_convexity", None)

    @property
    def marginals(self):
        """The sums of rows, and then of columns, shape (n + m,)."""
        return np.concatenate([self.a, self.b])

    @property
    def shape(self):
        """Shape (n, m) of a plan."""
        return (self.a.size, self.b.size)

    @property
    def start(self):
        """A b', over the total mass."""
        return np.outer(self.a, self.b) / self.a.sum()
