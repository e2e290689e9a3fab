"""Where a unit may point: projections of correlations onto its cone, and what they certify."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import nnls

from optedu.kernels.patterns import masked_adjoint
from optedu.problems.convex_relu import fit_conjugate, fit_slope


def cone_projection(K: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return the nearest point to c of the cone K x >= 0.

    It is c + K'm, m >= 0 the multipliers that make this as short as possible: what is left of c
    when its part in the polar cone is taken away (Moreau).

    Parameters
    ----------
    K : numpy.ndarray, shape (n, d)
    c : numpy.ndarray, shape (d,)

    Returns
    -------
    numpy.ndarray, shape (d,)

    Examples
    --------
    >>> import numpy as np
    >>> from optedu.optimal_networks.directions import cone_projection
    >>> cone_projection(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([2.0, -3.0]))
    array([2., 0.])
    """
    if np.all(K @ c >= 0.0):
        return c
    return c + K.T @ nnls(K.T, -c)[0]


def has_cones(problem: Any) -> bool:
    """Whether the units of a problem must keep to the cones of their patterns."""
    return hasattr(problem, "linear_map")


def unit_signs(problem: Any) -> np.ndarray:
    """Return the sign with which each row of x enters the outputs, shape (rows,)."""
    P = problem.patterns.shape[1]
    return np.repeat([1.0, -1.0], P) if has_cones(problem) else np.ones(P)


def unit_cone(problem: Any, i: int) -> np.ndarray:
    """Return K_i = (2 D_i - I) X, whose cone K_i x >= 0 holds row i, shape (n, d)."""
    signs = 2.0 * problem.patterns[:, i % problem.patterns.shape[1]] - 1.0
    return signs[:, None] * problem.X


def unit_outputs(problem: Any, x: np.ndarray) -> np.ndarray:
    """Return the outputs of each row of x on the data, signs included, shape (n, rows)."""
    P = problem.patterns.shape[1]
    D = problem.patterns[:, np.arange(len(x)) % P]
    return unit_signs(problem) * D * (problem.X @ x.T)


def best_directions(problem: Any, slope: np.ndarray) -> np.ndarray:
    """Return for each unit q_i, the projection of -s_i X'D_i slope onto its cone.

    ||q_i|| is the most by which a unit of norm 1, that keeps to the cone, correlates with -slope,
    and q_i points to where it does so. Where the slope is that of the loss at a minimum,
    ||q_i|| <= beta for all i, and x_i = 0 or x_i is a positive multiple of q_i. Without cones q_i
    is -X'D_i slope.

    Parameters
    ----------
    problem : GatedReLU or ConvexReLU
    slope : numpy.ndarray, shape (n,)
        Slope of the loss at the outputs.

    Returns
    -------
    numpy.ndarray, shape of x
    """
    q = -masked_adjoint(problem.X, problem.patterns, slope)
    if not has_cones(problem):
        return q
    q = np.concatenate((q, -q))
    for i, c in enumerate(q):
        q[i] = cone_projection(unit_cone(problem, i), c)
    return q


def lower_bound(problem: Any, slope: np.ndarray, q: np.ndarray | None = None) -> float:
    """Return a lower bound on the minimum, from any slope: that of the dual problem.

    The slope is shortened until no ||q_i|| is above beta. At the slope of a minimum the bound is
    the minimum.

    Parameters
    ----------
    problem : GatedReLU or ConvexReLU
    slope : numpy.ndarray, shape (n,)
    q : numpy.ndarray, optional
        `best_directions` of this slope, where they are known.
    """
    q = best_directions(problem, slope) if q is None else q
    largest = np.max(np.linalg.norm(q, axis=1))
    scale = problem.beta / largest if largest > problem.beta else 1.0
    return -float(fit_conjugate(scale * slope, problem.y, problem.logistic))


def violation(problem: Any, x: np.ndarray) -> float:
    """Return by how much x leaves its cones at most, 0 for a problem without cones."""
    if not has_cones(problem):
        return 0.0
    return float(max(0.0, -np.min(problem.linear_map(x))))


def certified_gap(problem: Any, x: np.ndarray) -> float:
    """Return a bound on how far the value of x, which keeps to its cones, is above the minimum.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.optimal_networks.directions import certified_gap
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    >>> problem = oe.problems.GatedReLU(X, y, np.ones((2, 1)), 0.5)
    >>> certified_gap(problem, np.array([[0.5]])) < 1e-12
    True
    """
    slope = fit_slope(problem.outputs(x), problem.y, problem.logistic)
    return float(problem.value(x)) - lower_bound(problem, slope)
