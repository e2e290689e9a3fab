"""Generalized sum pooling: an average over those features that a partial transport plan picks.

Each of n features holds the mass 1/n. A part mu of the total goes to prototypes at the costs c, the
rest stays, and entropy of sharpness eps smooths the choice:

    minimize sum_ij c_ij p_ij + (1/eps) (sum_ij p_ij (log p_ij - 1) + sum_i r_i (log r_i - 1))
    over p, r >= 0 with r_i + sum_j p_ij = 1/n for each i, sum_ij p_ij = mu.

All constraints but the last are met by p_ij = r_i exp(lambda - eps c_ij), and the last is one
equation for one number lambda: with z_i = log sum_j exp(-eps c_ij) and the logistic function s,

    (1/n) sum_i s(lambda + z_i) = mu,    sum_j p_ij = s(lambda + z_i) / n.

The layer is that of Gurbuz, Sener and Alatan (gurbuz2023), who find lambda by a fixed-point
iteration (`fixed_point`). The safeguarded Newton iteration and the derivatives below are ours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import portable


class PartialPlan(NamedTuple):
    """What goes where, and what stays."""

    plan: np.ndarray  # p, shape (n, m): from feature i to prototype j
    residual: np.ndarray  # r, shape (n,): what stays at feature i
    multiplier: float  # lambda; inf where all mass goes


@portable
def logistic(z):
    """Return 1 / (1 + exp(-z)) of each entry, without overflow."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


@portable
def root(z, mass):
    """Return the lambda at which the mean of s(lambda + z_i) is `mass`, in (0, 1).

    Newton's method; a step that leaves the bracket of the root is replaced by bisection.
    """
    middle = np.log(mass) - np.log1p(-mass)
    low, high = middle - np.max(z), middle - np.min(z)
    x = 0.5 * (low + high)
    for _ in range(200):
        s = logistic(x + z)
        error = np.mean(s) - mass
        if error > 0:
            high = x
        else:
            low = x
        slope = np.mean(s * (1.0 - s))
        new = x - error / slope if slope > 1e-300 else np.inf
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - x) <= 1e-15 * (1.0 + abs(x)):
            break
        x = new
    return x


def fixed_point(z: np.ndarray, mass: float, steps: int, start: float = 0.0) -> float:
    """Return lambda after some steps of lambda <- lambda + log(mass / mean s(lambda + z_i)).

    Its error shrinks by sum_i s_i^2 / sum_i s_i in each step: nearly not at all where the
    choice is sharp.
    """
    x = float(start)
    for _ in range(steps):
        x += np.log(mass) - np.log(np.mean(logistic(x + z)))
    return x


def partial_plan(cost: np.ndarray, mass: float = 0.5, sharpness: float = 1.0) -> PartialPlan:
    """Return the plan of entropic partial transport from features to prototypes.

    Parameters
    ----------
    cost : array_like, shape (n, m)
        c; one row per feature, one column per prototype.
    mass : float
        mu, the part of the features' mass that is transported, in (0, 1].
    sharpness : float
        eps, positive; the larger, the less entropy.

    Returns
    -------
    PartialPlan

    Raises
    ------
    ValueError
        If the cost is no matrix, or one of the numbers is out of range.

    Examples
    --------
    >>> found = partial_plan([[0.0], [1.0], [1.0]], mass=0.5, sharpness=2.0)
    >>> found.plan.sum(axis=1).round(4)
    array([0.2665, 0.1168, 0.1168])
    """
    c = np.asarray(cost, dtype=float)
    if c.ndim != 2 or c.size == 0:
        raise ValueError(f"cost must be a matrix (features, prototypes), got shape {c.shape}")
    if not 0 < mass <= 1:
        raise ValueError(f"mass must be in (0, 1], got {mass}")
    if not sharpness > 0:
        raise ValueError(f"sharpness must be positive, got {sharpness}")
    z, q = _shares(c, sharpness)
    x = root(z, float(mass)) if mass < 1 else np.inf
    goes, stays = logistic(x + z) / len(c), logistic(-x - z) / len(c)
    return PartialPlan(goes[:, None] * q, stays, float(x))


def partial_plan_vjp(
    cost: np.ndarray, mass: float, sharpness: float, G: np.ndarray, g: np.ndarray | None = None
) -> np.ndarray:
    """Return the gradient in the cost of <G, p> + <g, r>, by the implicit function theorem.

    Parameters
    ----------
    cost, mass, sharpness
        As for `partial_plan`.
    G : array_like, shape (n, m)
        Derivative of a loss in the plan p.
    g : array_like, shape (n,), optional
        Derivative of the loss in the residual r; by default 0.

    Returns
    -------
    numpy.ndarray, shape (n, m)

    Examples
    --------
    >>> c = np.array([[0.0, 0.4], [0.3, 1.0], [0.7, 0.2]])
    >>> partial_plan_vjp(c, 0.5, 2.0, np.ones((3, 2))).round(12) + 0.0  # the total is fixed
    array([[0., 0.],
           [0., 0.],
           [0., 0.]])
    """
    c, G = np.asarray(cost, dtype=float), np.asarray(G, dtype=float)
    n = len(c)
    z, q = _shares(c, sharpness)
    p, _, x = partial_plan(c, mass, sharpness)
    slope = logistic(x + z) * logistic(-x - z)
    mean = np.sum(q * G, axis=1)
    v = slope / n * (mean - (0.0 if g is None else np.asarray(g, dtype=float)))
    total = np.sum(slope)
    v = v - slope * (np.sum(v) / total if total > 0 else 0.0)
    return -sharpness * (p * (G - mean[:, None]) + q * v[:, None])


def sum_pooling(
    features: np.ndarray, prototypes: np.ndarray, mass: float = 0.5, sharpness: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pooled feature, and the weight of each; costs are squared distances.

    Parameters
    ----------
    features : array_like, shape (n, d)
        One row per place of an image, say.
    prototypes : array_like, shape (m, d)
        What is worth pooling.
    mass, sharpness : float
        As for `partial_plan`; mass 1 gives the plain mean.

    Returns
    -------
    pooled : numpy.ndarray, shape (d,)
    weights : numpy.ndarray, shape (n,)
        Their sum is 1.

    Examples
    --------
    >>> features = np.array([[0.0, 0.0], [0.0, 2.0], [9.0, 9.0]])
    >>> sum_pooling(features, [[0.0, 1.0]], mass=2 / 3, sharpness=1.0)[0].round(6)
    array([0., 1.])
    """
    X, Y = np.asarray(features, dtype=float), np.asarray(prototypes, dtype=float)
    cost = np.sum((X[:, None, :] - Y[None, :, :]) ** 2, axis=2)
    weights = np.sum(partial_plan(cost, mass, sharpness).plan, axis=1) / mass
    return weights @ X, weights


def _shares(c: np.ndarray, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Return z_i = log sum_j exp(-eps c_ij), and how what leaves i is shared out."""
    low = np.min(c, axis=1)
    e = np.exp(-sharpness * (c - low[:, None]))
    total = np.sum(e, axis=1)
    return np.log(total) - sharpness * low, e / total[:, None]
