"""Halpern's iteration: every step is pulled back to the start a little less."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import fixed_point_distance
from optedu.guarantees import Guarantee
from optedu.protocol import method


class HalpernIterationState(NamedTuple):
    x: np.ndarray  # the iterate
    anchor: np.ndarray  # x_0
    k: int  # steps taken


@method
class HalpernIteration(NamedTuple):
    """Halpern's anchored fixed-point iteration.

    Problem      find x = T x, T nonexpansive: ||T x - T y|| <= ||x - y||.
    Update       x+ = x_0 / (k + 2) + (k + 1) / (k + 2) * T x,      k = 0, 1, 2, ...
    Guarantee    T x* = x*: ||x_k - T x_k|| <= 2 ||x_0 - x*|| / (k + 1) (lieder2021, Theorem 2.1).
                 Tight: the rotation of the plane by pi / (k + 1) attains it; for T = I - 2/L grad f
                 this is an accelerated gradient norm.
    Cost         one operator per step.
    Use when     T is nonexpansive and not a contraction: games, splitting methods, projections.
    Fails when   T is a strong contraction: there the plain iteration is linear, and this one,
                 held by its anchor, stays at order 1/k.

    References
    ----------
    halpern1967; lieder2021, Theorem 2.1.

    Examples
    --------
    >>> import optedu as oe
    >>> rotation = oe.problems.AffineMap([[0.0, -1.0], [1.0, 0.0]], [2.0, 0.0])
    >>> trace = oe.run(oe.HalpernIteration(), rotation, [5.0, 0.0], max_iter=99)
    >>> bool(trace.certificate.value <= 2 * 17**0.5 / 100)
    True
    """

    def init(self, problem, x):
        return HalpernIterationState(x, x, 0)

    def step(self, problem, state):
        x, anchor, k = state
        weight = 1 / (k + 2)
        x_new = weight * anchor + (1 - weight) * problem.operator(x)
        return HalpernIterationState(x_new, anchor, k + 1)

    def guarantee(self, problem, k, x0):
        """Return the bound of lieder2021, Theorem 2.1, on the residual ||x_k - T x_k||."""
        distance = fixed_point_distance(problem, x0)
        if distance is None:
            return None
        bound = 2 * np.sqrt(distance) / (np.asarray(k) + 1)
        return Guarantee("gradient_norm", bound, "lieder2021, Theorem 2.1")
