"""Two-metric projection: Newton on the free coordinates, a plain step on the others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.coordinate.block_rules import block_of, solve_positive
from optedu.parameters import require_between, step_from_smoothness
from optedu.protocol import method, portable


class TwoMetricProjectionState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # F there


@portable
def newton_on_face(H, x, v, p):
    """Return the direction: Newton on the free coordinates, the others to zero.

    v is the slope of F, p the point after a proximal gradient step. A coordinate is free where p
    keeps its sign, or leaves zero.
    """
    free = np.flatnonzero((p != 0.0) & (x * p >= 0.0))
    d = p - x
    if free.size > 0:
        d[free] = -solve_positive(block_of(H, free), v[free])
    return d


@method
class TwoMetricProjection(NamedTuple):
    """Projected Newton for l1 regularization and for nonnegative variables.

    Problem      minimize F(x) = f(x) + sum_i g_i(x_i), f convex and twice differentiable, each g_i
                 linear on both sides of 0 (it may be infinite on one): l1, nonnegativity.
    Update       p = prox(x - step_size g, step_size),  v = (x - p) / step_size, the slope of F
                 free: p_i is not 0, and has not changed its sign
                 d_i = -((H_free)^-1 v_free)_i on the free coordinates,  p_i - x_i on the others
                 x+ = x + t d, entries that change their sign become 0;  t = 1, 1/2, 1/4, ... until
                 F(x+) <= F(x) + decrease * t * <v, d>
    Guarantee    where no v_i is 0 at the zeros of the solution (strict complementarity), the
                 support is found after finitely many steps, and from then on these are Newton
                 steps: quadratic convergence; on a quadratic f the next step is exact
                 (bertsekas1982b).
    Cost         one gradient, one prox, one Hessian, a system of as many unknowns as are free, and
                 one value per trial, per step.
    Use when     the solution is sparse and many digits are wanted.
    Fails when   g has kinks elsewhere or is curved (elastic net: put its square into f), or the
                 Hessian is singular on the free coordinates.

    Parameters
    ----------
    step_size : float, optional
        Of the proximal step that tells which coordinates are free; by default
        1 / problem.smoothness.
    decrease : float
        Part of the promised decrease that the line search asks for.

    References
    ----------
    bertsekas1982b; nutini2022.

    Examples
    --------
    >>> import optedu as oe
    >>> smooth = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(smooth, oe.problems.L1(1.0))
    >>> oe.run(oe.TwoMetricProjection(), problem, [1.0, 1.0]).x
    array([2., 0.])
    """

    step_size: float | None = None
    decrease: float = 1e-4

    def check(self):
        """Refuse a decrease that no step may reach."""
        require_between(self, "decrease", 0.0, 0.5)

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x):
        x = problem.prox(x, 1e-300)
        return TwoMetricProjectionState(x, problem.value(x))

    def step(self, problem, state):
        x, f = state
        h = self.step_size
        p = problem.prox(x - h * problem.gradient(x), h)
        v = (x - p) / h
        d = newton_on_face(problem.hessian(x), x, v, p)
        side = np.where(x != 0.0, np.sign(x), np.sign(p))
        slope, t = np.sum(v * d), 1.0
        while t > 1e-10:
            trial = x + t * d
            trial = np.where(trial * side > 0.0, trial, 0.0)
            f_new = problem.value(trial)
            if f_new <= f + self.decrease * t * slope:
                return TwoMetricProjectionState(trial, f_new)
            t = t / 2
        return TwoMetricProjectionState(p, problem.value(p))
