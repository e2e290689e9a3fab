"""The proximal bundle method: cutting planes on a leash."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.duality.cuts import proximal_point_of_model, resolve_dual
from optedu.parameters import require_between, require_positive
from optedu.protocol import method
from optedu.statuses import INFEASIBLE


class ProximalBundleState(NamedTuple):
    x: np.ndarray  # the center
    f: float  # the value there
    G: np.ndarray  # subgradients, one per row
    e: np.ndarray  # offsets of the cuts
    trial: np.ndarray  # the last trial point
    predicted: float  # how far the model is below f(x) at it
    t: float  # length of the leash


@method
class ProximalBundle(NamedTuple):
    """Cutting planes with a quadratic term that keeps the next trial near the best point.

    Problem      minimize f(x), f convex, over x >= 0 if `nonnegative`.
    Update       y = argmin m(y) + ||y - x||^2 / (2 t),  m = max_i f(y_i) + <g_i, y - y_i>,
                 v = f(x) - m(y);  x+ = y if f(y) <= f(x) - serious v, else x+ = x
                 t grows (at most tenfold) where f fell by v/2 or more, shrinks (at most tenfold)
                 where a quadratic through f(x), f(y) and the predicted slope says so
    Guarantee    f(x_k) -> f*; finite where f is polyhedral and t stays away from 0
                 (hiriarturruty1993, Chapter XV). With the aggregate subgradient
                 s = (x - y) / t (of f and the constraint): for all u in the set
                 f(u) >= f(x) - (v - t ||s||^2) - ||s|| ||u - x||. v = 0 only at a minimizer; the
                 certificate is v.
    Cost         one value, one subgradient and a quadratic program over the cuts.
    Use when     f has kinks and an accurate minimizer, or multipliers, are wanted.
    Fails when   there are thousands of cuts: the master program dominates.
    Verdicts     infeasible when -f is above `ceiling`, see DualAscent.

    Parameters
    ----------
    t : float
        The first leash.
    serious : float
        Part of the predicted decrease that moves the center, in [0, 1).
    adapt : bool
        Change t.
    nonnegative : bool, optional
        By default problem.nonnegative, else False.
    ceiling : float, optional
        An upper bound of the primal objective; by default problem.ceiling, else none.

    References
    ----------
    lemarechal1975; kiwiel1990; hiriarturruty1993.

    Examples
    --------
    >>> import optedu as oe
    >>> dual = oe.problems.BinaryDual([-3.0, -2.0], [[2.0, 2.0]], [3.0])
    >>> trace = oe.run(oe.ProximalBundle(), dual, tol=1e-9)
    >>> trace.status.value, round(float(trace.state.f), 6)
    ('converged', 4.0)
    """

    t: float = 1.0
    serious: float = 0.1
    adapt: bool = True
    nonnegative: bool | None = None
    ceiling: float | None = None

    holds = ("f",)
    certificate_name = "predicted decrease"

    def check(self):
        """Refuse a leash that is not positive, and a serious part beyond [0, 1)."""
        require_positive(self, "t")
        require_between(self, "serious", 0.0, 1.0)

    def resolve(self, problem):
        """Read off the problem whether x >= 0, and the ceiling."""
        return resolve_dual(self, problem)

    def init(self, problem, x):
        f, g = problem.value(x), problem.gradient(x)
        G, e = g.reshape(1, -1).copy(), np.array([f - np.sum(g * x)])
        return ProximalBundleState(x, f, G, e, x, np.inf, self.t)

    def step(self, problem, state):
        x, f, t = state.x, state.f, state.t
        y, lowest, _ = proximal_point_of_model(state.G, state.e, x, t, self.nonnegative)
        f_new, g, v = problem.value(y), problem.gradient(y), f - lowest
        if not np.isfinite(f_new + np.sum(g) + np.sum(y)):
            return ProximalBundleState(np.nan * x, f, state.G, state.e, y, v, t)
        G = np.vstack((state.G, g.reshape(1, -1)))
        e = np.append(state.e, f_new - np.sum(g * y))
        fall = f - f_new
        if self.adapt and v > 0.0:
            # The parabola with value f and slope -v at x, and value f_new at y, is lowest here:
            factor = 0.5 * v / (v - fall) if v > fall else np.inf
            if fall >= 0.5 * v:
                t = t * min(max(factor, 1.0), 10.0)
            elif fall < self.serious * v:
                t = t * max(min(factor, 1.0), 0.1)
        if fall >= self.serious * v:
            return ProximalBundleState(y, f_new, G, e, y, v, t)
        return ProximalBundleState(x, f, G, e, y, v, t)

    def certificate(self, problem, state):
        """Return the decrease that the model predicted for the last trial."""
        return state.predicted

    def verdict(self, problem, state):
        """Return infeasible when a dual value is above every primal one."""
        return INFEASIBLE if -state.f > self.ceiling else 0
