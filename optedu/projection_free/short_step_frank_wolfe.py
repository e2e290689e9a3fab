"""The Frank-Wolfe method with the step that the smoothness allows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.line_search import inner
from optedu.oracles import value_and_gradient
from optedu.parameters import constant, require_positive
from optedu.projection_free.steps import corner, open_loop_bound
from optedu.protocol import method


class ShortStepFrankWolfeState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    s: np.ndarray  # the corner to which -g points
    gap: float  # <g, x - s>
    k: int  # steps taken


@method
class ShortStepFrankWolfe(NamedTuple):
    """Frank-Wolfe whose steps minimize the quadratic upper bound, also called short steps.

    Problem      minimize f(x) over a compact convex set C, f convex with L-Lipschitz gradient;
                 C has a linear minimizer. D is its diameter.
    Update       s = argmin over C of <grad f(x), s>,  d = s - x
                 x+ = x + t d,     t = min(1, -<grad f(x), d> / (L ||d||^2)); t = 1 at first
    Guarantee    x_0 in C, k >= 1: f(x_k) - f* <= 2 L D^2 / (k + 2) (jaggi2013, Theorem 1, whose
                 proof holds for every step that does better than 2 / (k + 2) on the upper
                 bound). f falls at each step after the first.
    Cost         one value, one gradient and one linear minimizer per step; the gap is free.
    Use when     L is known and f should fall at each step.
    Fails when   the solution lies on a face: it zigzags as FrankWolfe does.

    The first step forgets the start, which may lie outside of C.

    Parameters
    ----------
    smoothness : float, optional
        L; by default problem.smoothness.

    References
    ----------
    jaggi2013, Theorem 1; demyanov1970.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.Quadratic([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.0])
    >>> problem = oe.problems.Constrained(f, oe.problems.L1Ball())
    >>> oe.run(oe.ShortStepFrankWolfe(), problem, [0.0, 0.5]).x
    array([1., 0.])
    """

    smoothness: float | None = None

    certificate_name = "Frank-Wolfe gap"
    holds = ("f", "g")

    def check(self):
        """Refuse a smoothness that is not positive."""
        require_positive(self, "smoothness")

    def resolve(self, problem):
        """Take L from the problem where none is given."""
        if self.smoothness is not None:
            return self
        return self._replace(smoothness=constant(self, problem, "smoothness", "smoothness"))

    def init(self, problem, x):
        f, g = value_and_gradient(problem, x)
        s, gap = corner(problem, x, g)
        return ShortStepFrankWolfeState(x, f, g, s, gap, 0)

    def step(self, problem, state):
        x, _, _, s, gap, k = state
        d = s - x
        curve, t = self.smoothness * inner(d, d), 1.0
        if k > 0 and curve > 0.0:
            t = min(1.0, gap / curve)
        x = x + t * d
        f, g = value_and_gradient(problem, x)
        s, gap = corner(problem, x, g)
        return ShortStepFrankWolfeState(x, f, g, s, gap, k + 1)

    def certificate(self, problem, state):
        """Return the Frank-Wolfe gap at x, at least f(x) - f*."""
        return state.gap

    def guarantee(self, problem, k, x0):
        """Return 2 L D^2 / (k + 2) on the gap, for a start in the set; inf at k = 0."""
        L = getattr(problem, "smoothness", None)
        if L is None or self.smoothness < L * (1 - 1e-12):
            return None
        bound = open_loop_bound(problem, k, x0)
        return bound and bound._replace(bound=bound.bound * (self.smoothness / L if L else 1.0))
