"""Kelley's cutting planes: minimize the maximum of all tangents found so far."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.duality.cuts import lowest_of_model, resolve_dual
from optedu.parameters import require_positive
from optedu.protocol import method
from optedu.statuses import INFEASIBLE


class CuttingPlaneState(NamedTuple):
    x: np.ndarray  # the point of the last cut
    f: float  # the value there
    G: np.ndarray  # subgradients, one per row
    e: np.ndarray  # offsets of the cuts
    best: float  # the lowest value found
    lower: float  # minimum of the model over the box
    low: np.ndarray  # the box
    high: np.ndarray


@method
class CuttingPlane(NamedTuple):
    """Kelley's method over a box around the start.

    Problem      minimize f(x), f convex, over the box ||x - x_0||_inf <= radius, and x >= 0 if
                 `nonnegative`.
    Update       x+ = a minimizer over the box of max_i f(x_i) + <g_i, x - x_i>, by the simplex
                 method on the dual program
    Guarantee    min_i f(x_i) - (minimum of the model) bounds the gap, at each step; it is the
                 certificate. Finite where f is the maximum of finitely many affine functions
                 (kelley1960). In d dimensions it may need (1/eps)^(d/2) steps on others
                 (nesterov2003, Section 3.3).
    Cost         one value, one subgradient and a linear program with d + 1 rows, which grows.
    Use when     a Lagrangian dual has few multipliers.
    Fails when   the model has few cuts: it jumps from corner to corner of the box. The bound is
                 for the box only; if x ends on its edge, take a larger one.
    Verdicts     infeasible when -f is above `ceiling`, see DualAscent.

    Parameters
    ----------
    radius : float
        Half the width of the box.
    nonnegative : bool, optional
        By default problem.nonnegative, else False.
    ceiling : float, optional
        An upper bound of the primal objective; by default problem.ceiling, else none.

    References
    ----------
    kelley1960; nesterov2003, Section 3.3.

    Examples
    --------
    >>> import optedu as oe
    >>> dual = oe.problems.BinaryDual([-3.0, -2.0], [[2.0, 2.0]], [3.0])
    >>> trace = oe.run(oe.CuttingPlane(), dual, tol=1e-9)
    >>> trace.status.value, round(float(trace.state.best), 6)
    ('converged', 4.0)
    """

    radius: float = 10.0
    nonnegative: bool | None = None
    ceiling: float | None = None

    holds = ("f",)
    certificate_name = "gap to the model"

    def check(self):
        """Refuse a radius that is not positive."""
        require_positive(self, "radius")

    def resolve(self, problem):
        """Read off the problem whether x >= 0, and the ceiling."""
        return resolve_dual(self, problem)

    def init(self, problem, x):
        f, g = problem.value(x), problem.gradient(x)
        low, high = x - self.radius, x + self.radius
        if self.nonnegative:
            low = np.maximum(low, 0.0)
        G, e = g.reshape(1, -1).copy(), np.array([f - np.sum(g * x)])
        return CuttingPlaneState(x, f, G, e, f, -np.inf, low, high)

    def step(self, problem, state):
        low, high = state.low, state.high
        x, lower = lowest_of_model(state.G, state.e, low, high)
        f, g = problem.value(x), problem.gradient(x)
        if not np.isfinite(f + np.sum(g)):
            return CuttingPlaneState(np.nan * x, f, state.G, state.e, state.best, lower, low, high)
        G = np.vstack((state.G, g.reshape(1, -1)))
        e = np.append(state.e, f - np.sum(g * x))
        return CuttingPlaneState(x, f, G, e, min(state.best, f), lower, low, high)

    def certificate(self, problem, state):
        """Return how far the best value is above the model's minimum."""
        return state.best - state.lower

    def verdict(self, problem, state):
        """Return infeasible when a dual value is above every primal one."""
        return INFEASIBLE if -state.best > self.ceiling else 0
