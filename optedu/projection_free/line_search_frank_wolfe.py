"""The Frank-Wolfe method with an exact line search."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.line_search import inner
from optedu.projection_free.steps import exact_step, frank_wolfe_gap_at, open_loop_bound
from optedu.protocol import method


class LineSearchFrankWolfeState(NamedTuple):
    x: np.ndarray  # the iterate
    k: int  # steps taken


@method
class LineSearchFrankWolfe(NamedTuple):
    """Frank-Wolfe with the best step on the segment to the vertex.

    Problem      minimize f(x) over a compact convex set C, f convex with L-Lipschitz gradient;
                 C has a linear minimizer. D is its diameter.
    Update       s = argmin over C of <grad f(x), s>
                 x+ = x + t (s - x),   t = argmin over [0, 1] of f(x + t (s - x)); t = 1 at first
    Guarantee    x_0 in C, k >= 1: f(x_k) - f* <= 2 L D^2 / (k + 2) (jaggi2013, Theorem 1).
                 f falls at each step after the first.
    Cost         one gradient and one linear minimizer per step, and the gradients of the line
                 search: two on a quadratic, one where the whole step is taken.
    Use when     L is unknown, and a gradient is cheap beside the linear minimizer.
    Fails when   the solution lies on a face: it zigzags, more than FrankWolfe does.

    The first step forgets the start, which may lie outside of C.

    References
    ----------
    frank1956; jaggi2013, Theorem 1.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.Quadratic([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.0])
    >>> problem = oe.problems.Constrained(f, oe.problems.L1Ball())
    >>> oe.run(oe.LineSearchFrankWolfe(), problem, [0.0, 0.5]).x
    array([1., 0.])
    """

    certificate_name = "Frank-Wolfe gap"

    def init(self, problem, x):
        return LineSearchFrankWolfeState(x, 0)

    def step(self, problem, state):
        x, k = state
        g = problem.gradient(x)
        d = problem.linear_minimizer(g) - x
        t = exact_step(problem, x, d, inner(g, d), 1.0) if k > 0 else 1.0
        return LineSearchFrankWolfeState(x + t * d, k + 1)

    def certificate(self, problem, state):
        """Return the Frank-Wolfe gap at x, at least f(x) - f*."""
        return frank_wolfe_gap_at(problem, state.x)

    def guarantee(self, problem, k, x0):
        """Return 2 L D^2 / (k + 2) on the gap, for a start in the set; inf at k = 0."""
        return open_loop_bound(problem, k, x0)
