"""Proximal coordinate descent with coordinates that are drawn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.coordinate.coordinate_steps import (
    proximal_coordinate_step,
    require_positive_entries,
    with_coordinate_smoothness,
)
from optedu.protocol import method


class RandomProximalCoordinateDescentState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class RandomProximalCoordinateDescent(NamedTuple):
    """Coordinate descent for f plus a separable g, coordinates drawn uniformly.

    Problem      minimize F(x) = f(x) + sum_i g_i(x_i), f convex with partial derivatives that are
                 L_i-Lipschitz in x_i, g_i convex with a prox.
    Update       x_i <- prox_i(x_i - g_i / L_i, 1 / L_i),   i drawn uniformly from 0, ..., d - 1
    Guarantee    E F(x_k) - F* decreases like d / k, and linearly where F is strongly convex
                 (richtarik2014). No closed bound is stated.
    Cost         one coordinate gradient and one coordinate prox per step.
    Use when     a cycle's order might be unlucky.
    Fails when   g is not separable.

    Parameters
    ----------
    coordinate_smoothness : numpy.ndarray, shape (d,), optional
        L_i; by default problem.coordinate_smoothness.

    References
    ----------
    richtarik2014.

    Examples
    --------
    >>> import optedu as oe
    >>> smooth = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(smooth, oe.problems.L1(1.0))
    >>> oe.run(oe.RandomProximalCoordinateDescent(), problem, [0.0, 0.0], max_iter=20).x
    array([2., 0.])
    """

    coordinate_smoothness: np.ndarray | None = None

    def check(self):
        """Refuse constants that are not positive."""
        require_positive_entries(self, "coordinate_smoothness")

    def resolve(self, problem):
        """Take the problem's constants where none are given."""
        return with_coordinate_smoothness(self, problem)

    def init(self, problem, x, rng):
        return RandomProximalCoordinateDescentState(x)

    def step(self, problem, state, rng):
        x = state.x
        i = rng.integers(0, x.size)
        L = self.coordinate_smoothness[i]
        return RandomProximalCoordinateDescentState(proximal_coordinate_step(problem, x, i, L))
