"""The Frank-Wolfe method with an exact line search."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.oracles import value_and_gradient
from optedu.projection_free.steps import corner, exact_step, open_loop_bound
from optedu.protocol import method


class LineSearchFrankWolfeState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    s: np.ndarray  # the corner to which -g points
    gap: float  # <g, x - s>
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
    Cost         one linear minimizer per step, and a value and a gradient per trial of the line
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
    holds = ("f", "g")

    def init(self, problem, x):
        f, g = value_and_gradient(problem, x)
        s, gap = corner(problem, x, g)
        return LineSearchFrankWolfeState(x, f, g, s, gap, 0)

    def step(self, problem, state):
        x, f, g, s, _, k = state
        if k == 0:
            x = s
            f, g = value_and_gradient(problem, x)
        else:
            _, x, f, g = exact_step(problem, x, f, g, s - x, 1.0)
        s, gap = corner(problem, x, g)
        return LineSearchFrankWolfeState(x, f, g, s, gap, k + 1)

    def certificate(self, problem, state):
        """Return the Frank-Wolfe gap at x, at least f(x) - f*."""
        return state.gap

    def guarantee(self, problem, k, x0):
        """Return 2 L D^2 / (k + 2) on the gap, for a start in the set; inf at k = 0."""
        return open_loop_bound(problem, k, x0)
