"""DoG: the step is the distance travelled over the gradients seen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.line_search import inner, ratio
from optedu.parameters import require_between, require_positive
from optedu.protocol import method, portable


@portable
def farthest(distance, x, start):
    """Return the larger of a distance and ||x - start||."""
    difference = x - start
    return max(distance, np.sqrt(np.sum(difference * difference)))


@portable
def first_movement(movement, x):
    """Return movement (1 + ||x||): the length of the first step, in the unit of x."""
    return movement * (1.0 + np.sqrt(np.sum(x * x)))


class DoGState(NamedTuple):
    x: np.ndarray  # the answer: the weighted average of the iterates, or the last one
    z: np.ndarray  # the iterate
    start: np.ndarray  # the first iterate
    distance: float  # the largest distance of an iterate from it
    squares: float  # sum of squared gradient norms
    weights: float  # sum of the distances, the weights of the average


@method
class DoG(NamedTuple):
    """Distance over gradients of Ivgi, Hinder and Carmon: no step size to choose.

    Problem      minimize f(x), f convex; smooth or not. With noise: `Minibatch(DoG())`.
    Update       g = grad f(z),  r = max(r, ||z - z_0||),  G = G + ||g||^2
                 z+ = z - r / sqrt(G) g;  x+ = average of all z, each with its r as weight
    Guarantee    for any sequence g_0, g_1, ... and any x*, with D = max ||z_i - x*||:
                 sum_(i<k) r_i <g_i, z_i - x*> <= r_k (2 D + r_k) sqrt(G) (shown in the chapter),
                 so that f(x) - f* <= r_k (2 D + r_k) sqrt(G) / sum_(i<k) r_i. That D stays small
                 is proved for a variant whose steps are shorter by logarithms (ivgi2023).
    Cost         one gradient per step.
    Use when     nobody knows the scale of x or of f, and nobody wants to try step sizes.
    Fails when   r is overestimated early (one wild gradient from far away): it never falls.

    Parameters
    ----------
    movement : float, default 1e-6
        The first step has the length movement (1 + ||x_0||).
    average : bool, default True
        Whether x is the weighted average of the iterates; False: the last iterate.
    offset : float, default 1e-8
        Added to G; in units of a squared gradient.

    References
    ----------
    ivgi2023.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.DoG(average=False), problem, [9.0, 9.0], max_iter=2000).x.round(3)
    array([0.2, 0.4])
    """

    movement: float = 1e-6
    average: bool = True
    offset: float = 1e-8

    def check(self):
        """Refuse a first step of no length and a negative offset."""
        require_positive(self, "movement")
        require_between(self, "offset", 0.0, np.inf)

    def init(self, problem, x):
        return DoGState(x, x, x, first_movement(self.movement, x), self.offset, 0.0)

    def step(self, problem, state):
        x, z, start = state.x, state.z, state.start
        g = problem.gradient(z)
        r = farthest(state.distance, z, start)
        G = state.squares + inner(g, g)
        weights = state.weights + r
        x = x + (r / weights) * (z - x)
        z = z - ratio(r, np.sqrt(G)) * g
        return DoGState(x if self.average else z, z, start, r, G, weights)
