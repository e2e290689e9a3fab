"""UniXGrad: an accelerated method that learns the smoothness from differences of gradients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.line_search import inner
from optedu.parameters import require_positive
from optedu.protocol import method, portable


@portable
def averaged_with(total, point, weight, weights):
    """Return the average whose last point weighs ``weight`` of ``weights``.

    ``total`` is the weighted sum of the earlier points.
    """
    return (total + weight * point) / weights


@portable
def within(point, center, radius):
    """Return the nearest point of the ball with this center and radius."""
    difference = point - center
    length = np.sqrt(np.sum(difference * difference))
    return center + (radius / length) * difference if length > radius else point


class UniXGradState(NamedTuple):
    x: np.ndarray  # the weighted average, the answer
    y: np.ndarray  # where the next two steps start
    z: np.ndarray  # the point after the first of the two
    m: np.ndarray  # the gradient of the first of the two
    start: np.ndarray  # the first iterate
    total: np.ndarray  # weighted sum of the points averaged so far
    squares: float  # 1 + sum of a^2 ||g - m||^2
    k: int  # steps taken


@method
class UniXGrad(NamedTuple):
    """Universal extragradient of Kavis, Levy, Bach and Cevher, in a ball around the start.

    Problem      minimize f(x), f convex, with a minimizer at distance ``radius`` at the most from
                 the start; smooth or not, with or without noise (`Minibatch(UniXGrad(...))`).
    Update       a = 1, 2, ..., two steps for each;  t = 2 sqrt(2) radius / sqrt(S)
                 m = grad f of the average in which y takes the place of z
                 z = y - a t m, in the ball;  x = average of all z with weights a
                 g = grad f(x);  y+ = y - a t g, in the ball;
                 S+ = S + a^2 ||g - m||^2, S = 1 at first
    Guarantee    f(x_k) - f* = O(L radius^2 / k^2) for L-smooth f, O(M radius / sqrt(k)) for
                 subgradients bounded by M, O(1 / k^2 + noise / sqrt(k)) with noise (kavis2019).
    Cost         one gradient per step.
    Use when     the distance to the minimizer is known and the smoothness is not.
    Fails when   ``radius`` is too small: it ends on the boundary of the ball.

    Parameters
    ----------
    radius : float, default 1.0
        Of the ball, in the unit of x.

    References
    ----------
    kavis2019.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.UniXGrad(), problem, [0.0, 0.0], max_iter=400).x.round(3)
    array([0.2, 0.4])
    """

    radius: float = 1.0

    may_rest = True

    def check(self):
        """Refuse a radius that is not positive."""
        require_positive(self, "radius")

    def init(self, problem, x):
        return UniXGradState(x, x, x, 0.0 * x, x, 0.0 * x, 1.0, 0)

    def step(self, problem, state):
        x, y, z, m, start, total, squares, k = state
        a = k // 2 + 1.0
        weights = 0.5 * a * (a + 1.0)
        length = a * np.sqrt(8.0 / squares) * self.radius
        if k % 2 == 0:
            m = problem.gradient(averaged_with(total, y, a, weights))
            z = within(y - length * m, start, self.radius)
            x = averaged_with(total, z, a, weights)
        else:
            g = problem.gradient(x)
            y = within(y - length * g, start, self.radius)
            total = total + a * z
            squares = squares + a * a * inner(g - m, g - m)
        return UniXGradState(x, y, z, m, start, total, squares, k + 1)
