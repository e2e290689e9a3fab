"""The center of gravity method: cut a polygon through its centroid, keep the better part."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.foundations.search_region import range_over_ball
from optedu.guarantees import Guarantee
from optedu.parameters import require_positive
from optedu.protocol import method, portable

CAPACITY = 256
"""Most vertices that a state can hold; a cut adds at most one."""


class CenterOfGravityState(NamedTuple):
    x: np.ndarray  # centroid of the polygon
    vertices: np.ndarray  # (CAPACITY, 2), counterclockwise; rows from `count` on are unused
    count: int  # number of vertices
    g: np.ndarray  # subgradient at the centroid


@portable
def centroid(vertices, count):
    """Return the centroid of a polygon, the mean of its vertices where the area vanishes.

    Parameters
    ----------
    vertices : numpy.ndarray, shape (m, 2)
        Counterclockwise; the first `count` rows are used.
    count : int
        Number of vertices.

    Returns
    -------
    numpy.ndarray, shape (2,)
    """
    origin = vertices[0].copy()
    area, moment, middle = 0.0, np.zeros(2), np.zeros(2)
    for i in range(count):
        p, q = vertices[i] - origin, vertices[(i + 1) % count] - origin
        cross = p[0] * q[1] - p[1] * q[0]
        area += cross
        moment = moment + cross * (p + q)
        middle = middle + p / count
    if area <= 0.0:
        return origin + middle
    return origin + moment / (3.0 * area)


@portable
def clip(vertices, count, x, g):
    """Return the part of a polygon where <g, y - x> <= 0, and its number of vertices.

    Parameters
    ----------
    vertices : numpy.ndarray, shape (m, 2)
        Counterclockwise and convex; the first `count` rows are used.
    count : int
        Number of vertices.
    x, g : numpy.ndarray, shape (2,)
        A point of the cutting line, and the normal that points to the part removed.

    Returns
    -------
    tuple of numpy.ndarray, shape (m, 2), and int
    """
    kept, n = np.zeros_like(vertices), 0
    for i in range(count):
        p, q = vertices[i], vertices[(i + 1) % count]
        a, b = np.sum(g * (p - x)), np.sum(g * (q - x))
        if a <= 0.0:
            kept[n] = p
            n += 1
        if (a < 0.0 and b > 0.0) or (a > 0.0 and b < 0.0):
            kept[n] = p + a / (a - b) * (q - p)
            n += 1
    return kept, n


@method
class CenterOfGravity(NamedTuple):
    """Center of gravity method in the plane, with exact polygons.

    Only two dimensions: there the centroid has a formula. In R^n it is as hard as the problem
    itself, and is estimated by random walks.

    Problem      minimize f(x), f convex on R^2, with a minimizer in the square of half-width
                 `radius` around x_0; g is any subgradient.
    Update       S+ = {y in S : <g, y - x> <= 0},  x+ = centroid of S+
    Guarantee    x* stays inside, so f(x_k) - f* <= max over the vertices y of <g, x_k - y>: the
                 certificate, attained by a linear f. A cut through the centroid leaves at most
                 5/9 of the area (attained by a triangle; in R^n at most 1 - 1/e), hence
                 min_{i <= k} f(x_i) - f* <= (5/9)^(k/2) (max f - f*), the maximum over the first
                 square (bubeck2015, Theorem 2.1 with Lemma 2.2 sharpened to the plane).
    Cost         one subgradient and O(vertices) arithmetic per step.
    Use when     you want to see the fewest subgradients with which a plane can be searched.
    Fails when   there are more than two variables: it refuses.

    Parameters
    ----------
    radius : float
        Half-width of a square around x_0 that holds a minimizer.

    References
    ----------
    bubeck2015, Section 2.1.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.CenterOfGravity(radius=2.0), problem, [1.0, 0.0], tol=1e-10).x.round(4)
    array([0.2, 0.4])
    """

    radius: float

    certificate_name = "largest linear gap inside the polygon"

    def check(self):
        """Refuse a radius that is not positive."""
        require_positive(self, "radius")

    def init(self, problem, x):
        if x.size != 2:
            raise ValueError("CenterOfGravity works in the plane only; use EllipsoidMethod")
        vertices = np.zeros((CAPACITY, 2))
        vertices[0] = x + self.radius * np.array([-1.0, -1.0])
        vertices[1] = x + self.radius * np.array([1.0, -1.0])
        vertices[2] = x + self.radius * np.array([1.0, 1.0])
        vertices[3] = x + self.radius * np.array([-1.0, 1.0])
        return CenterOfGravityState(x, vertices, 4, problem.gradient(x))

    def step(self, problem, state):
        if np.sum(state.g * state.g) == 0.0 or state.count + 1 > CAPACITY:
            return state
        vertices, count = clip(state.vertices, state.count, state.x, state.g)
        if count < 3:
            return state
        x = centroid(vertices, count)
        return CenterOfGravityState(x, vertices, count, problem.gradient(x))

    def certificate(self, problem, state):
        """Return the largest <g, x - y> over the polygon, at least f(x) - f*."""
        offsets = state.x - state.vertices[: state.count]
        return max(np.max(offsets @ state.g), 0.0)

    def guarantee(self, problem, k, x0):
        """Return the bound that the shrinking area gives on the best gap so far."""
        minimizer = getattr(problem, "minimizer", None)
        if minimizer is None or np.abs(minimizer - x0).max() > self.radius:
            return None
        spread = range_over_ball(problem, x0, np.sqrt(2.0) * self.radius)
        if spread is None:
            return None
        bound = spread * (5 / 9) ** (np.asarray(k) / 2)
        return Guarantee("best_gap", bound, "bubeck2015, Theorem 2.1 in the plane")
