"""Optimal pruning of a network with cones."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.optimal_networks.directions import has_cones, unit_signs
from optedu.optimal_networks.optimal_pruning import OptimalPruning
from optedu.problems.convex_relu import GatedReLU


def without_cones(problem: Any) -> GatedReLU:
    """Return the group Lasso in s_i x_i that a `ConvexReLU` is without its cones.

    Parameters
    ----------
    problem : ConvexReLU or GatedReLU

    Returns
    -------
    GatedReLU
        A `ConvexReLU` has each pattern twice in it, once for each sign.
    """
    if not has_cones(problem):
        return problem
    twice = np.concatenate((problem.patterns, problem.patterns), axis=1)
    return GatedReLU(problem.X, problem.y, twice, problem.beta, problem.logistic)


def prune(problem: Any, x: np.ndarray, threshold: float = 1e-9) -> np.ndarray:
    """Return the networks through which `OptimalPruning` goes, the first x, the last minimal.

    Parameters
    ----------
    problem : ConvexReLU or GatedReLU
    x : numpy.ndarray
        An optimal network.
    threshold : float
        See `OptimalPruning`.

    Returns
    -------
    numpy.ndarray, shape (steps + 1, *x.shape)

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.optimal_networks.prune import prune
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    >>> twice = oe.problems.ConvexReLU(X, y, np.ones((2, 2)), 0.5)
    >>> prune(twice, np.array([[0.2], [0.3], [0.0], [0.0]]))[-1].round(6) + 0.0
    array([[0. ],
           [0.5],
           [0. ],
           [0. ]])
    """
    signs = unit_signs(problem)[:, None]
    method, lasso = OptimalPruning(threshold), without_cones(problem)
    state = method.init(lasso, signs * x)
    path = [x]
    while state.spare:
        state = method.step(lasso, state)
        path.append(signs * state.x)
    return np.array(path)
