"""U-DoG: acceleration without the smoothness and without the distance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.adaptive.dog import farthest, first_movement
from optedu.adaptive.unixgrad import averaged_with
from optedu.line_search import inner, ratio
from optedu.parameters import require_positive
from optedu.protocol import method


class UDoGState(NamedTuple):
    x: np.ndarray  # the weighted average, the answer
    y: np.ndarray  # where the next two steps start
    z: np.ndarray  # the point after the first of the two
    m: np.ndarray  # the gradient of the first of the two
    start: np.ndarray  # the first iterate
    total: np.ndarray  # weighted sum of the points averaged so far
    weights: float  # sum of their weights
    distance: float  # the largest distance of an iterate from the start
    distances: float  # sum of these distances so far, the weight of z
    squares: float  # ||m_0||^2 + sum of a^2 ||g - m||^2
    k: int  # steps taken


@method
class UDoG(NamedTuple):
    """UniXGrad whose radius is DoG's distance: no parameter but a first movement.

    Problem      minimize f(x), f convex; smooth or not, with or without noise (`Minibatch`).
    Update       r = largest distance from the start so far;  w = w + r,  a = w / r;  two steps each
                 m = grad f of the average in which y takes the place of z
                 z = y - a r / sqrt(S) m, S = ||m||^2 at first;  x = average of all z with weights w
                 g = grad f(x);  S+ = S + a^2 ||g - m||^2;  y+ = y - a r / sqrt(S+) g
    Guarantee    near-optimal for smooth stochastic convex f, with high probability, for a version
                 with more careful denominators (kreisler2024); none known for the plain ones here.
    Cost         one gradient per step.
    Use when     f is smooth and badly conditioned, its scales are unknown, and noise is small.
    Fails when   the first steps overestimate r, as for DoG.

    Parameters
    ----------
    movement : float, default 1e-6
        The first step has the length movement (1 + ||x_0||).

    References
    ----------
    kreisler2024; kavis2019; ivgi2023.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.UDoG(), problem, [9.0, 9.0], max_iter=600).x.round(3)
    array([0.2, 0.4])
    """

    movement: float = 1e-6

    may_rest = True

    def check(self):
        """Refuse a first step of no length."""
        require_positive(self, "movement")

    def init(self, problem, x):
        r = first_movement(self.movement, x)
        return UDoGState(x, x, x, 0.0 * x, x, 0.0 * x, 0.0, r, 0.0, 0.0, 0)

    def step(self, problem, state):
        x, y, z, m, start, total, weights, r, w, squares, k = state
        if k % 2 == 0:
            w = w + r
            weights = weights + w
            m = problem.gradient(averaged_with(total, y, w, weights))
            squares = inner(m, m) if k == 0 else squares
            z = y - ratio(w, np.sqrt(squares)) * m
            x = averaged_with(total, z, w, weights)
        else:
            g = problem.gradient(x)
            a = w / r
            squares = squares + a * a * inner(g - m, g - m)
            y = y - ratio(w, np.sqrt(squares)) * g
            total = total + w * z
            r = farthest(farthest(r, z, start), y, start)
        return UDoGState(x, y, z, m, start, total, weights, r, w, squares, k + 1)
