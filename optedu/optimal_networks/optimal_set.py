"""All optimal networks: a polytope, its corners, its shortest point, and what it leaves open."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linprog, nnls

from optedu.optimal_networks.directions import best_directions, unit_outputs
from optedu.problems.convex_relu import fit_slope

MOST_SUBSETS = 200_000
SMALLEST = 1e-6
"""Singular values below this part of the largest are those of dependent columns."""


class OptimalSet(NamedTuple):
    """The optimal networks of a `GatedReLU` or a `ConvexReLU`.

    They are the x with x_i = alpha_i q_i for the units that are named here and x_i = 0 for all
    others, alpha >= 0 and columns alpha = fit. It is a polytope: all have the same fit, and
    sum alpha = <-slope, fit> / beta^2.

    Parameters
    ----------
    units : numpy.ndarray of int, shape (k,)
        The rows of x that may differ from 0: those with ||q_i|| = beta.
    directions : numpy.ndarray, shape (k, d)
        q_i, scaled to norm beta.
    columns : numpy.ndarray, shape (n, k)
        Outputs s_i D_i X q_i.
    fit : numpy.ndarray, shape (n,)
        Outputs of every optimal network.
    total : float
        sum alpha of every optimal network.
    shape : tuple of int
        Of x.
    """

    units: np.ndarray
    directions: np.ndarray
    columns: np.ndarray
    fit: np.ndarray
    total: float
    shape: tuple[int, int]

    def point(self, alpha: np.ndarray) -> np.ndarray:
        """Return x with x_i = alpha_i q_i."""
        x = np.zeros(self.shape)
        x[self.units] = np.asarray(alpha)[:, None] * self.directions
        return x

    def weights(self, x: np.ndarray) -> np.ndarray:
        """Return the alpha for which `point` is nearest to x."""
        q = self.directions
        return np.sum(x[self.units] * q, axis=1) / np.sum(q * q, axis=1)

    def contains(self, x: np.ndarray, tol: float = 1e-6) -> bool:
        """Whether x is an optimal network, up to this part of its size and of the fit."""
        alpha = self.weights(x)
        apart = np.abs(x - self.point(alpha)).max() <= tol * np.abs(x).max()
        fit = np.abs(self.columns @ alpha - self.fit).max() <= tol * np.abs(self.fit).max()
        return bool(apart and fit and (alpha >= -tol * max(self.total, 1e-300)).all())

    @property
    def rank(self) -> int:
        """Rank of the columns: no corner has more units."""
        sizes = np.linalg.svd(self.columns, compute_uv=False)
        return int(np.sum(sizes > SMALLEST * np.max(sizes, initial=0.0)))

    @property
    def independent(self) -> bool:
        """Whether the columns are independent: then there is one optimal network."""
        return self.rank == len(self.units)


def optimal_set(problem: Any, x: np.ndarray, tol: float = 1e-6) -> OptimalSet:
    """Return the set of all optimal networks, from one of them.

    Parameters
    ----------
    problem : GatedReLU or ConvexReLU
        With beta > 0.
    x : numpy.ndarray
        An optimal network, well converged (see `optedu.optimal_networks.solve`): its fit alone is
        used.
    tol : float
        A unit may be used if ||q_i|| >= (1 - tol) beta.

    Raises
    ------
    ValueError
        If some ||q_i|| is above (1 + tol) beta: then x is not optimal.

    References
    ----------
    mishkin2023, Sections 3 and 4; that q_i is the projection of a correlation onto a cone, in
    place of multipliers, is our wording.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.optimal_networks.optimal_set import optimal_set
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    >>> twice = oe.problems.GatedReLU(X, y, np.ones((2, 2)), 0.5)
    >>> found = optimal_set(twice, np.array([[0.2], [0.3]]))
    >>> len(found.units), found.rank, found.contains(np.array([[0.5], [0.0]]))
    (2, 1, True)
    """
    fit = problem.outputs(x)
    slope = fit_slope(fit, problem.y, problem.logistic)
    q = best_directions(problem, slope)
    lengths = np.linalg.norm(q, axis=1)
    if lengths.max() > (1 + tol) * problem.beta:
        raise ValueError(
            f"optimal_set: x is not optimal, unit {int(lengths.argmax())} has ||q|| = "
            f"{lengths.max():.6g} above beta = {problem.beta:g}"
        )
    units = np.flatnonzero(lengths >= (1 - tol) * problem.beta)
    q[units] *= (problem.beta / lengths[units])[:, None]
    columns = unit_outputs(problem, q)[:, units]
    total = float(-slope @ fit) / problem.beta**2
    return OptimalSet(units, q[units], columns, fit, total, problem.shape)


def corners(found: OptimalSet) -> np.ndarray:
    """Return alpha of every corner of the polytope, row by row.

    A corner is an optimal network whose units have independent outputs; each choice of as many
    columns as the rank gives one at the most.

    Parameters
    ----------
    found : OptimalSet
        With few units.

    Raises
    ------
    ValueError
        If there are too many choices.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.optimal_networks.optimal_set import corners, optimal_set
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    >>> twice = oe.problems.GatedReLU(X, y, np.ones((2, 2)), 0.5)
    >>> corners(optimal_set(twice, np.array([[0.2], [0.3]]))).round(6) + 0.0
    array([[0., 1.],
           [1., 0.]])
    """
    k, r = len(found.units), found.rank
    if comb(k, r) > MOST_SUBSETS:
        raise ValueError(f"corners: {k} units of rank {r} have {comb(k, r)} choices, too many")
    points = []
    for chosen in combinations(range(k), r):
        A = found.columns[:, chosen]
        some, _, rank, _ = np.linalg.lstsq(A, found.fit, rcond=SMALLEST)
        near = np.abs(A @ some - found.fit).max() <= SMALLEST * np.abs(found.fit).max()
        if rank == r and near and (some >= -1e-7 * found.total).all():
            alpha = np.zeros(k)
            alpha[list(chosen)] = np.where(some > 1e-7 * found.total, some, 0.0)
            points.append(alpha)
    _, first = np.unique(np.round(points, 6), axis=0, return_index=True)
    return np.array(points)[first]


def sparsest(found: OptimalSet) -> np.ndarray:
    """Return alpha of an optimal network with the fewest units: a corner has them."""
    points = corners(found)
    return points[np.argmin(np.count_nonzero(points, axis=1))]


def shortest(found: OptimalSet) -> np.ndarray:
    """Return alpha of the optimal network with the least sum of squares.

    It is the one that minimizes sum ||x_i||^2. Of all alpha with the right fit, of any sign, the
    shortest is known in closed form; what must be added to it to reach alpha >= 0 is a problem of
    nonnegative least squares.

    References
    ----------
    mishkin2023 ask for this network; the reduction is that of lawson1995 for least distance
    programming.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.optimal_networks.optimal_set import optimal_set, shortest
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    >>> twice = oe.problems.GatedReLU(X, y, np.ones((2, 2)), 0.5)
    >>> shortest(optimal_set(twice, np.array([[0.2], [0.3]]))).round(6)
    array([0.5, 0.5])
    """
    r = found.rank
    left, sizes, rows = np.linalg.svd(found.columns)
    plain = rows[:r].T @ ((left.T @ found.fit)[:r] / sizes[:r])
    N = rows[r:].T
    if (plain >= 0).all() or not N.shape[1]:
        return plain
    E, f = np.vstack([N.T, -plain]), np.zeros(N.shape[1] + 1)
    f[-1] = 1.0
    rest = E @ nnls(E, f)[0] - f
    return np.maximum(plain - N @ rest[:-1] / rest[-1], 0.0)


def ranges(found: OptimalSet) -> np.ndarray:
    """Return the least and the largest alpha_i over all optimal networks, shape (k, 2).

    A unit with a positive least size is in every optimal network. There is one network only if
    both numbers agree for all units; that the columns are independent suffices for this.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.optimal_networks.optimal_set import optimal_set, ranges
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    >>> twice = oe.problems.GatedReLU(X, y, np.ones((2, 2)), 0.5)
    >>> ranges(optimal_set(twice, np.array([[0.2], [0.3]]))).round(6) + 0.0
    array([[0., 1.],
           [0., 1.]])
    """
    k = len(found.units)
    left, sizes, rows = np.linalg.svd(found.columns)
    r = found.rank
    A, b = rows[:r], (left.T @ found.fit)[:r] / sizes[:r]
    both = np.zeros((k, 2))
    for i in range(k):
        for side, sign in enumerate((1.0, -1.0)):
            cost = np.zeros(k)
            cost[i] = sign
            answer = linprog(cost, A_eq=A, b_eq=b, bounds=(0, None), method="highs")
            both[i, side] = sign * answer.fun if answer.success else np.nan
    return both
