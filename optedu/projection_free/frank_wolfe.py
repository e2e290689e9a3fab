"""The Frank-Wolfe method with the step sizes 2 / (k + 2)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.oracles import value_and_gradient
from optedu.projection_free.steps import corner, open_loop_bound
from optedu.protocol import method


class FrankWolfeState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    s: np.ndarray  # the corner to which -g points
    gap: float  # <g, x - s>
    k: int  # steps taken


@method
class FrankWolfe(NamedTuple):
    """The method of Frank and Wolfe, also called conditional gradient, with open-loop steps.

    Problem      minimize f(x) over a compact convex set C, f convex with L-Lipschitz gradient; C
                 has a linear minimizer, and need not have a projection. D is its diameter.
    Update       s = argmin over C of <grad f(x), s>
                 x+ = (1 - t) x + t s,      t = 2 / (k + 2)
    Guarantee    x_0 in C, k >= 1: f(x_k) - f* <= 2 L D^2 / (k + 2) (jaggi2013, Theorem 1), and
                 for K >= 2 some k of 1, ..., K has <grad f(x_k), x_k - s_k> <=
                 (27/4) L D^2 / (K + 2) (jaggi2013, Theorem 2). On the simplex with f = ||x||^2,
                 f(x_k) - f* >= 1/k - 1/d, by any method that takes a vertex per step
                 (jaggi2013, Lemma 3): the order is right. At k = 1 three quarters of the bound
                 are attained, by L x^2 / 2 on [0, D].
    Cost         one value, one gradient and one linear minimizer per step; the gap is free.
    Use when     a projection is dear or unknown, and a low accuracy or a sparse x is wanted.
    Fails when   high accuracy is wanted and the solution lies on a face: it zigzags
                 (AwayStepFrankWolfe does not); where f has kinks it need not converge.

    The first step has t = 1 and forgets the start, which may lie outside of C.

    References
    ----------
    frank1956; jaggi2013, Theorems 1 and 2.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.Quadratic([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.0])
    >>> problem = oe.problems.Constrained(f, oe.problems.L1Ball())
    >>> trace = oe.run(oe.FrankWolfe(), problem, [0.0, 0.5])
    >>> trace.x, trace.certificate.name
    (array([1., 0.]), 'Frank-Wolfe gap')
    """

    certificate_name = "Frank-Wolfe gap"
    holds = ("f", "g")

    def init(self, problem, x):
        f, g = value_and_gradient(problem, x)
        s, gap = corner(problem, x, g)
        return FrankWolfeState(x, f, g, s, gap, 0)

    def step(self, problem, state):
        x, _, _, s, _, k = state
        t = 2.0 / (k + 2)
        x = (1.0 - t) * x + t * s
        f, g = value_and_gradient(problem, x)
        s, gap = corner(problem, x, g)
        return FrankWolfeState(x, f, g, s, gap, k + 1)

    def certificate(self, problem, state):
        """Return the Frank-Wolfe gap at x, at least f(x) - f*."""
        return state.gap

    def guarantee(self, problem, k, x0):
        """Return 2 L D^2 / (k + 2) on the gap, for a start in the set; inf at k = 0."""
        return open_loop_bound(problem, k, x0)
