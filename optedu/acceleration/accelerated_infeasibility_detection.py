"""Halpern's iteration as a detector: the displacement that no fixed-point map can undo."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import fixed_point_distance
from optedu.guarantees import Guarantee
from optedu.parameters import require_positive
from optedu.protocol import method
from optedu.statuses import INFEASIBLE


class AcceleratedInfeasibilityDetectionState(NamedTuple):
    x: np.ndarray  # the iterate
    anchor: np.ndarray  # x_0
    displacement: np.ndarray  # the estimate 2 (x_0 - x_k) / k of v
    k: int  # steps taken


@method
class AcceleratedInfeasibilityDetection(NamedTuple):
    """Accelerated infeasibility detection of Park and Ryu.

    Problem      T nonexpansive: find x = T x, or show that there is none. v, the infimal
                 displacement vector, is the element of least norm in the closure of the range of
                 I - T: v = 0 when there is a fixed point, and v != 0 certifies that there is none.
    Update       x+ = x_0 / (k + 2) + (k + 1) / (k + 2) * T x   (Halpern's iteration)
                 displacement+ = 2 (x_0 - x+) / (k + 1)
                 verdict "infeasible" when ||x_0 - x|| > 2 radius
    Guarantee    x_k - T x_k -> v and 2 (x_0 - x_k) / k -> v. If x* - T x* = v is attained,
                 R = ||x_0 - x*||: ||2 (x_0 - x_k) / k - v|| <= 4 R / k (from x* the iterates are
                 x* - (k / 2) v, and two runs never part), and
                 ||x_k - T x_k - v|| <= (sqrt(1 + 1/2 + ... + 1/k + 12) + 1) / (k + 1) R
                 (park2023, Theorem 8). The plain iteration has 2 R / k for its normalized iterate,
                 but only order 1 / sqrt(k) for its residual.
                 The verdict is a theorem: had T a fixed point within `radius` of x_0, every
                 iterate would be within 2 radius of x_0. It comes after about
                 4 (radius + R) / ||v|| steps.
                 With a fixed point, ||x_k - T x_k|| <= 2 R / (k + 1) (lieder2021, Theorem 2.1).
    Cost         one operator per step.
    Use when     T is the map of a splitting method (Douglas-Rachford, PDHG, ADMM) for a problem
                 that may have no solution; ``trace.state.displacement`` is the certificate.
    Fails when   ||v|| is tiny against radius: the verdict is late, never wrong about `radius`.

    Parameters
    ----------
    radius : float, default 1000.0
        The claim is "no fixed point within this distance of x_0".

    References
    ----------
    park2023, Theorem 8; lieder2021, Theorem 2.1.

    Examples
    --------
    >>> import optedu as oe
    >>> shift = oe.problems.AffineMap([[1.0, 0.0], [0.0, 0.0]], [-3.0, 5.0])
    >>> trace = oe.run(oe.AcceleratedInfeasibilityDetection(radius=100.0), shift, [0.0, 5.0])
    >>> trace.status.value, trace.state.displacement
    ('infeasible', array([3., 0.]))
    """

    radius: float = 1e3

    def check(self):
        """Refuse a radius that is not positive."""
        require_positive(self, "radius")

    def init(self, problem, x):
        return AcceleratedInfeasibilityDetectionState(x, x, 0.0 * x, 0)

    def step(self, problem, state):
        x, anchor, k = state.x, state.anchor, state.k
        weight = 1 / (k + 2)
        x_new = weight * anchor + (1 - weight) * problem.operator(x)
        displacement = (2 / (k + 1)) * (anchor - x_new)
        return AcceleratedInfeasibilityDetectionState(x_new, anchor, displacement, k + 1)

    def verdict(self, problem, state):
        """Say that no fixed point lies within `radius` of the start, once that is proven."""
        away = state.x - state.anchor
        return INFEASIBLE if np.sum(away * away) > 4 * self.radius**2 else 0

    def guarantee(self, problem, k, x0):
        """Return the bound of lieder2021, Theorem 2.1, where a fixed point is known."""
        distance = fixed_point_distance(problem, x0)
        if distance is None:
            return None
        bound = 2 * np.sqrt(distance) / (np.asarray(k) + 1)
        return Guarantee("gradient_norm", bound, "lieder2021, Theorem 2.1")
