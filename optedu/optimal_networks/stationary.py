"""Stationary points of the nonconvex training problem, from programs with some of the patterns."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import lsq_linear

from optedu.convex_networks.networks import Network
from optedu.problems.convex_relu import fit_slope


def with_patterns(problem: Any, kept: Any) -> Any:
    """Return the program with some of its patterns only.

    Parameters
    ----------
    problem : GatedReLU or ConvexReLU
    kept : array_like of int
        Their numbers.
    """
    return problem._replace(patterns=problem.patterns[:, np.asarray(kept)])


def patterns_of(network: Network, X: np.ndarray) -> np.ndarray:
    """Return the activation patterns of the units of a network, each once, shape (n, P)."""
    return np.unique(X @ network.hidden.T >= 0, axis=1).astype(float)


def stationarity(network: Network, problem: Any, tol: float = 1e-9) -> float:
    """Return how far 0 is from the subdifferential of the nonconvex training objective.

    The objective is loss(sum_j max(X u_j, 0) a_j) + (beta / 2) sum_j (||u_j||^2 + a_j^2). Where a
    row of X u_j is 0, the derivative of max(t, 0) there may be any number between 0 and 1, and the
    best is taken.

    Parameters
    ----------
    network : Network
    problem : ConvexReLU
        Whose X, y, beta and loss are meant.
    tol : float
        A row of X u_j is taken for 0 if it is below this part of ||u_j|| times its length.

    Returns
    -------
    float
        The largest distance over the units, of u_j and of a_j.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.convex_networks.networks import Network
    >>> from optedu.optimal_networks.stationary import stationarity
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    >>> problem = oe.problems.ConvexReLU(X, y, np.ones((2, 1)), 0.5)
    >>> stationarity(Network(np.array([[0.5**0.5]]), np.array([0.5**0.5])), problem) < 1e-12
    True
    """
    X, beta = problem.X, problem.beta
    slope = fit_slope(network.outputs(X), problem.y, problem.logistic)
    worst, lengths = 0.0, np.linalg.norm(X, axis=1)
    for u, a in zip(network.hidden, network.output, strict=True):
        t = X @ u
        worst = max(worst, abs(float(np.maximum(t, 0.0) @ slope) + beta * float(a)))
        edge = np.abs(t) <= tol * np.linalg.norm(u) * lengths
        g = a * (X.T @ (slope * (t > 0) * ~edge)) + beta * u
        rows = a * X[edge] * slope[edge, None]
        if len(rows):
            g = g + rows.T @ lsq_linear(rows.T, -g, (0.0, 1.0), tol=1e-14).x
        worst = max(worst, float(np.linalg.norm(g)))
    return worst
