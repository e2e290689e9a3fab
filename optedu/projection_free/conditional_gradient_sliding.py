"""Conditional gradient sliding: Nesterov's method whose projections are Frank-Wolfe runs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee
from optedu.line_search import inner
from optedu.parameters import constant, known, require_positive
from optedu.projection_free.steps import frank_wolfe_gap_at
from optedu.protocol import method, portable


class ConditionalGradientSlidingState(NamedTuple):
    x: np.ndarray  # the average of the inner points, the iterate
    u: np.ndarray  # the inner point: an approximate projection step
    k: int  # steps taken


@portable
def approximate_projection_step(problem, g, u, beta, tolerance):
    """Return a point v of the set with <g + beta (v - u), v - s> <= tolerance for all s in it.

    Frank-Wolfe with exact steps on <g, v> + beta ||v - u||^2 / 2, started at u.
    """
    v = u
    for _ in range(100_000):
        slope = g + beta * (v - u)
        d = problem.linear_minimizer(slope) - v
        gap = -inner(slope, d)
        if not gap > tolerance:
            break
        v = v + min(1.0, gap / (beta * inner(d, d))) * d
    return v


@method
class ConditionalGradientSliding(NamedTuple):
    """Conditional gradient sliding of Lan and Zhou: few gradients, many linear minimizers.

    Problem      minimize f(x) over a compact convex set C of diameter D, f convex with
                 L-Lipschitz gradient; C has a linear minimizer.
    Update       for k = 1, 2, ..., a = 3 / (k + 2):
                 z = (1 - a) x + a u
                 u+ = argmin over C of <grad f(z), v> + (3 L / (k + 1)) ||v - u||^2 / 2, by
                 Frank-Wolfe until its gap is at most L D^2 / (k (k + 1))
                 x+ = (1 - a) x + a u+
    Guarantee    k >= 1: f(x_k) - f* <= 15 L D^2 / (2 (k + 1)(k + 2)) (lan2016; the constant is
                 derived from its recursion), with of the order of k^2 linear minimizers.
    Cost         one gradient per step, and more and more linear minimizers.
    Use when     a gradient is dear (much data) and a linear minimizer cheap.
    Fails when   the linear minimizer is the dear part; or L or D are overestimated by far.

    u starts at the vertex to which the gradient at the start points, so that the start may lie
    outside of C.

    Parameters
    ----------
    smoothness : float, optional
        L; by default problem.smoothness.
    diameter : float, optional
        D; by default problem.diameter.

    References
    ----------
    lan2016, Algorithm 1.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.Quadratic([[2.0, 0.5], [0.5, 1.0]], [1.0, 1.0])
    >>> problem = oe.problems.Constrained(f, oe.problems.Simplex())
    >>> oe.run(oe.ConditionalGradientSliding(), problem, [1.0, 0.0], max_iter=100).x.round(2)
    array([0.25, 0.75])
    """

    smoothness: float | None = None
    diameter: float | None = None

    certificate_name = "Frank-Wolfe gap"

    def check(self):
        """Refuse constants that are not positive."""
        require_positive(self, "smoothness", "diameter")

    def resolve(self, problem):
        """Take L and D from the problem where they are not given."""
        L = self.smoothness or constant(self, problem, "smoothness", "smoothness")
        D = self.diameter or constant(self, problem, "diameter", "diameter")
        return self._replace(smoothness=L, diameter=D)

    def init(self, problem, x):
        return ConditionalGradientSlidingState(x, problem.linear_minimizer(problem.gradient(x)), 0)

    def step(self, problem, state):
        x, u, k = state
        k = k + 1
        L, D, a = self.smoothness, self.diameter, 3.0 / (k + 2)
        z = (1.0 - a) * x + a * u
        tolerance = L * D**2 / (k * (k + 1))
        u = approximate_projection_step(
            problem, problem.gradient(z), u, 3.0 * L / (k + 1), tolerance
        )
        return ConditionalGradientSlidingState((1.0 - a) * x + a * u, u, k)

    def certificate(self, problem, state):
        """Return the Frank-Wolfe gap at x, at least f(x) - f*."""
        return frank_wolfe_gap_at(problem, state.x)

    def guarantee(self, problem, k, x0):
        """Return 15 L D^2 / (2 (k + 1)(k + 2)) on the gap; inf at k = 0."""
        constants = known(problem, "smoothness", "diameter", "strong_convexity")
        if constants is None:
            return None
        L, D, _ = constants
        if self.smoothness < L * (1 - 1e-12) or self.diameter < D * (1 - 1e-12):
            return None
        k = np.asarray(k)
        bound = 15 * self.smoothness * self.diameter**2 / (2 * (k + 1) * (k + 2))
        return Guarantee("gap", np.where(k > 0, bound, np.inf), "lan2016")
