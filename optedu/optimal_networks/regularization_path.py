"""The regularization path: from the largest beta, where no unit is left, downwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from optedu.optimal_networks.directions import best_directions
from optedu.optimal_networks.solve import Solution, solve
from optedu.problems.convex_relu import fit_slope


def largest_beta(problem: Any) -> float:
    """Return beta_max: x = 0 is optimal from this beta on, and not below.

    It is the largest ||q_i|| at x = 0: of all units of norm 1 that keep to their cones, the most
    that one correlates with y (with y / 2 for the logistic loss).

    Parameters
    ----------
    problem : GatedReLU or ConvexReLU
        Its own beta plays no part.

    References
    ----------
    mishkin2023 for the question; the formula follows from `best_directions`.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.optimal_networks.regularization_path import largest_beta
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    >>> largest_beta(oe.problems.GatedReLU(X, y, np.ones((2, 1))))
    3.0
    """
    slope = fit_slope(np.zeros(len(problem.y)), problem.y, problem.logistic)
    return float(np.max(np.linalg.norm(best_directions(problem, slope), axis=1)))


class RegularizationPath(NamedTuple):
    """Optimal networks for falling beta.

    Parameters
    ----------
    betas : numpy.ndarray, shape (m,)
    solutions : list of Solution
        Each with a certified gap.
    values : numpy.ndarray, shape (m,)
        The minima.
    penalties : numpy.ndarray, shape (m,)
        sum ||x_i||: the slope of the minimum in beta.
    fits : numpy.ndarray, shape (m, n)
    units : numpy.ndarray of int, shape (m,)
        How many units are not 0 in the network found; another one may have fewer.
    """

    betas: np.ndarray
    solutions: list[Solution]
    values: np.ndarray
    penalties: np.ndarray
    fits: np.ndarray
    units: np.ndarray


def regularization_path(
    problem: Any, betas: Iterable[float], tol: float = 1e-11
) -> RegularizationPath:
    """Return optimal networks for each beta, the largest first, each started from the one before.

    Parameters
    ----------
    problem : GatedReLU or ConvexReLU
        Its own beta plays no part.
    betas : iterable of float
        Positive, in any order.
    tol : float
        The gap asked for, see `optedu.optimal_networks.solve.solve`.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.optimal_networks.regularization_path import regularization_path
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    >>> path = regularization_path(oe.problems.GatedReLU(X, y, np.ones((2, 1))), [1.0, 2.0, 4.0])
    >>> path.betas, path.penalties.round(6)
    (array([4., 2., 1.]), array([0. , 0.2, 0.4]))
    """
    order = np.sort(np.array(list(betas), dtype=float))[::-1]
    solutions, values = [], []
    x = np.zeros(problem.shape)
    for beta in order:
        at = problem._replace(beta=float(beta))
        solutions.append(solve(at, x, tol))
        x = solutions[-1].x
        values.append(float(at.value(x)))
    lengths = np.array([np.linalg.norm(s.x, axis=1) for s in solutions])
    return RegularizationPath(
        order,
        solutions,
        np.array(values),
        lengths.sum(axis=1),
        np.array([problem.outputs(s.x) for s in solutions]),
        np.count_nonzero(lengths, axis=1),
    )
