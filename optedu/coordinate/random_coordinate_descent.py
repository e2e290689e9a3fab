"""Random coordinate descent: each step moves a coordinate that was drawn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.coordinate.coordinate_steps import (
    require_positive_entries,
    sample,
    with_coordinate_smoothness,
    with_entry,
)
from optedu.protocol import method


class RandomCoordinateDescentState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class RandomCoordinateDescent(NamedTuple):
    """Coordinate descent with coordinates drawn in proportion to a power of L_i.

    Problem      minimize f(x), f convex, its i-th partial derivative L_i-Lipschitz in x_i.
    Update       x_i <- x_i - g_i / L_i,   i drawn in proportion to L_i^exponent
    Guarantee    f mu-strongly convex, exponent 1:
                 E f(x_k) - f* <= (1 - mu / sum_j L_j)^k (f(x_0) - f*),
                 exponent 0: (1 - mu / (d L_max))^k (nesterov2012), attained by f = ||x||^2 / 2.
    Cost         one coordinate gradient per step.
    Use when     a cycle's order might be unlucky; L_i differ much (exponent 1).
    Fails when   the expectation is over the draws: one run may do worse.

    Parameters
    ----------
    exponent : float
        0 draws uniformly, 1 in proportion to L_i.
    coordinate_smoothness : numpy.ndarray, shape (d,), optional
        L_i; by default problem.coordinate_smoothness.

    References
    ----------
    nesterov2012.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[2.0, 1.0], [1.0, 2.0]], [3.0, 3.0])
    >>> oe.run(oe.RandomCoordinateDescent(), problem, [0.0, 0.0], max_iter=200).x.round(4)
    array([1., 1.])
    """

    exponent: float = 0.0
    coordinate_smoothness: np.ndarray | None = None

    def check(self):
        """Refuse constants that are not positive."""
        require_positive_entries(self, "coordinate_smoothness")

    def resolve(self, problem):
        """Take the problem's constants where none are given."""
        return with_coordinate_smoothness(self, problem)

    def init(self, problem, x, rng):
        return RandomCoordinateDescentState(x)

    def step(self, problem, state, rng):
        x, L = state.x, self.coordinate_smoothness
        i = sample(L**self.exponent, rng)
        entry = x.ravel()[i] - problem.coordinate_gradient(i, x) / L[i]
        return RandomCoordinateDescentState(with_entry(x, i, entry))
