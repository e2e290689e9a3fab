"""DoWG: distance over weighted gradients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.adaptive.dog import farthest, first_movement
from optedu.line_search import inner, ratio
from optedu.parameters import require_positive
from optedu.protocol import method


class DoWGState(NamedTuple):
    x: np.ndarray  # the answer: the weighted average of the iterates, or the last one
    z: np.ndarray  # the iterate
    start: np.ndarray  # the first iterate
    distance: float  # the largest distance of an iterate from it
    squares: float  # sum of squared gradient norms, each times its squared distance
    weights: float  # sum of the squared distances, the weights of the average


@method
class DoWG(NamedTuple):
    """DoG with gradients weighted by the distances at which they were seen.

    Problem      minimize f(x), f convex; smooth or not.
    Update       g = grad f(z),  r = max(r, ||z - z_0||),  v = v + r^2 ||g||^2
                 z+ = z - r^2 / sqrt(v) g;  x+ = average of all z, each with its r^2 as weight
    Guarantee    for any sequence g_0, g_1, ... and any x*, with D = max ||z_i - x*||:
                 sum_(i<k) r_i^2 <g_i, z_i - x*> <= r_k (2 D + r_k) sqrt(v) (as for DoG; see the
                 chapter). On a bounded set gap O(D^2 L / k) for L-smooth f, O(D M / sqrt(k)) for
                 subgradients bounded by M, both up to a logarithm (khaled2023).
    Cost         one gradient per step.
    Use when     as DoG; gradients from the first, tiny steps count for less.
    Fails when   r is overestimated early, as DoG. Its steps are longer than DoG's.

    Parameters
    ----------
    movement : float, default 1e-6
        The first step has the length movement (1 + ||x_0||).
    average : bool, default True
        Whether x is the weighted average of the iterates; False: the last iterate.

    References
    ----------
    khaled2023.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.DoWG(), problem, [9.0, 9.0], max_iter=2000).x.round(2)
    array([0.2, 0.4])
    """

    movement: float = 1e-6
    average: bool = True

    def check(self):
        """Refuse a first step of no length."""
        require_positive(self, "movement")

    def init(self, problem, x):
        return DoWGState(x, x, x, first_movement(self.movement, x), 0.0, 0.0)

    def step(self, problem, state):
        x, z, start = state.x, state.z, state.start
        g = problem.gradient(z)
        r = farthest(state.distance, z, start)
        v = state.squares + r * r * inner(g, g)
        weights = state.weights + r * r
        x = x + (r * r / weights) * (z - x)
        z = z - ratio(r * r, np.sqrt(v)) * g
        return DoWGState(x if self.average else z, z, start, r, v, weights)
