"""Greedy coordinate descent: the Gauss-Southwell rule, plain or scaled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.coordinate.coordinate_steps import (
    require_positive_entries,
    with_coordinate_smoothness,
    with_entry,
)
from optedu.guarantees import Guarantee
from optedu.parameters import known
from optedu.protocol import method


class GreedyCoordinateDescentState(NamedTuple):
    x: np.ndarray  # the iterate
    g: np.ndarray  # its gradient


@method
class GreedyCoordinateDescent(NamedTuple):
    """Coordinate descent along the coordinate that promises most.

    Problem      minimize f(x), f convex, its i-th partial derivative L_i-Lipschitz in x_i.
    Update       x_i <- x_i - g_i / L_i,   i = argmax |g_i| (Gauss-Southwell), or, scaled,
                 i = argmax |g_i| / sqrt(L_i) (Gauss-Southwell-Lipschitz)
    Guarantee    f mu-strongly convex: f(x_k) - f* <= (1 - mu_1 / L_max)^k (f(x_0) - f*), where
                 mu_1 is its strong convexity in the 1-norm, mu / d <= mu_1 <= mu (nutini2015);
                 `guarantee` takes mu / d for mu_1, which gives the rate of random coordinates.
                 Attained at k = 1 by f = ||x||^2 / 2 from x = (1, ..., 1).
    Cost         one gradient per step: as much as d coordinate gradients, unless structure helps.
    Use when     the gradient can be kept up to date cheaply (sparse graphs, a stored A'A).
    Fails when   it cannot: then a step of gradient descent costs the same.

    Parameters
    ----------
    scaled : bool
        Whether |g_i| / sqrt(L_i) decides instead of |g_i|.
    coordinate_smoothness : numpy.ndarray, shape (d,), optional
        L_i; by default problem.coordinate_smoothness.

    References
    ----------
    nutini2015.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[2.0, 1.0], [1.0, 2.0]], [1.0, 3.0])
    >>> oe.run(oe.GreedyCoordinateDescent(), problem, [0.0, 0.0], max_iter=1).x
    array([0. , 1.5])
    """

    scaled: bool = True
    coordinate_smoothness: np.ndarray | None = None

    holds = ("g",)

    def check(self):
        """Refuse constants that are not positive."""
        require_positive_entries(self, "coordinate_smoothness")

    def resolve(self, problem):
        """Take the problem's constants where none are given."""
        return with_coordinate_smoothness(self, problem)

    def init(self, problem, x):
        return GreedyCoordinateDescentState(x, problem.gradient(x))

    def step(self, problem, state):
        x, g, L = state.x, state.g.ravel(), self.coordinate_smoothness
        scores = g**2 / L if self.scaled else g**2
        i = np.argmax(scores)
        x = with_entry(x, i, x.ravel()[i] - g[i] / L[i])
        return GreedyCoordinateDescentState(x, problem.gradient(x))

    def guarantee(self, problem, k, x0):
        """Return the bound on the gap with mu / d in place of mu_1."""
        constants = known(problem, "strong_convexity", "minimum")
        if constants is None:
            return None
        mu, minimum = constants
        rate = 1 - mu / (x0.size * self.coordinate_smoothness.max())
        bound = (problem.value(x0) - minimum) * rate ** np.asarray(k)
        return Guarantee("gap", bound, "nutini2015")
