"""Dual ascent: raise the price of what is violated."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.duality.cuts import resolve_dual
from optedu.gradient.decaying_step import decaying_step, require_decaying_step, sums_of_steps
from optedu.guarantees import Guarantee
from optedu.parameters import known
from optedu.protocol import method
from optedu.statuses import INFEASIBLE


class DualAscentState(NamedTuple):
    x: np.ndarray  # the multipliers
    f: float  # -q of them
    k: float  # steps taken
    weight: float  # sum of the step sizes
    mean: np.ndarray  # mean subgradient, weighted by step size: minus c at the mean primal point


@method
class DualAscent(NamedTuple):
    """Projected subgradient steps on minus a dual function, or on any convex function over a set.

    Problem      minimize f over a convex set with a projection, f convex with subgradients g
                 bounded by M; for a Lagrangian dual f = -q(y), y >= 0, and g = -c(x(y)) where x(y)
                 minimizes the Lagrangian.
    Update       y+ = project(y - t_k g),  t_k = step_size / (k + 1)^decay
                 mean = sum t_i g_i / sum t_i: minus the constraint at the primal mean, c affine
    Guarantee    min over i <= k of f(y_i) - f* <= (R^2 + M^2 sum t_i^2) / (2 sum t_i),
                 R = ||y_0 - y*|| (nesterov2003, Section 3.2.3). And, for y >= 0, c affine:
                 ||max(c(mean x), 0)|| <= ||y_k - y_0|| / sum t_i (nedic2009).
    Cost         one solution of the inner problem per step.
    Use when     the Lagrangian falls apart into easy pieces, and a rough bound will do.
    Fails when   the last primal point x(y_k) is taken for an answer: it may violate c for ever,
                 while the mean becomes feasible.
    Verdicts     infeasible when q(y) is above `ceiling`: then <y, c(x)> > 0 for every x of the
                 inner problem, so that y is a certificate in the sense of Farkas.

    Parameters
    ----------
    step_size : float
        The first step size.
    decay : float
        0 keeps it.
    ceiling : float, optional
        An upper bound of the primal objective; by default problem.ceiling, else none.

    References
    ----------
    shor1985; nesterov2003, Section 3.2.3; nedic2009.

    Examples
    --------
    >>> import optedu as oe
    >>> dual = oe.problems.BinaryDual([-3.0, -2.0], [[2.0, 2.0]], [3.0])
    >>> trace = oe.run(oe.DualAscent(), dual, max_iter=500)
    >>> round(float(trace.values.min()), 1)
    4.0
    """

    step_size: float = 1.0
    decay: float = 0.5
    ceiling: float | None = None

    holds = ("f",)

    def check(self):
        """Refuse a step size that is not positive, or a negative decay."""
        require_decaying_step(self)

    def resolve(self, problem):
        """Read the ceiling off the problem."""
        return resolve_dual(self, problem)

    def init(self, problem, x):
        return DualAscentState(x, problem.value(x), 0.0, 0.0, 0.0 * x)

    def step(self, problem, state):
        y, _, k, weight, mean = state
        t, g = decaying_step(self.step_size, self.decay, k), problem.gradient(y)
        y = problem.project(y - t * g)
        mean = mean + t / (weight + t) * (g - mean)
        return DualAscentState(y, problem.value(y), k + 1.0, weight + t, mean)

    def verdict(self, problem, state):
        """Return infeasible when a dual value is above every primal one."""
        return INFEASIBLE if -state.f > self.ceiling else 0

    def guarantee(self, problem, k, x0):
        """Return the bound on the best gap so far."""
        constants = known(problem, "lipschitz", "minimizer")
        if constants is None:
            return None
        M, minimizer = constants
        total, squares = sums_of_steps(self.step_size, self.decay, k)
        bound = (np.sum((x0 - minimizer) ** 2) + M**2 * squares) / (2 * total)
        return Guarantee("best_gap", bound, "nesterov2003, Section 3.2.3")
