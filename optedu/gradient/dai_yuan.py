"""Conjugate gradients with the ratio of Dai and Yuan."""

from __future__ import annotations

from typing import NamedTuple

from optedu.gradient.conjugate_directions import (
    conjugate_search,
    conjugate_start,
    conjugate_turn,
)
from optedu.line_search import inner, ratio, require_wolfe_constants
from optedu.protocol import method


@method
class DaiYuan(NamedTuple):
    """Nonlinear conjugate gradients that descend under the Wolfe conditions alone.

    Problem      minimize f(x), f differentiable and bounded below.
    Update       x+ = x + t p, t by the strong Wolfe conditions;  g+ = grad f(x+)
                 p+ = -g+ + b p,  b = ||g+||^2 / <p, g+ - g>
                 p+ = -g+ where that direction does not descend
    Guarantee    every direction descends and the smallest gradient norm so far tends to 0, for
                 any curvature < 1 (dai1999).
                 On a quadratic with an exact search: linear conjugate gradients, at most d steps.
    Cost         one value and one gradient per trial of the search; most steps need two.
    Use when     descent must be certain with a cheap search.
    Fails when   it meets a bad direction: short steps follow, as for FletcherReeves.

    Parameters
    ----------
    first_step : float
        First trial of the first search.
    decrease, curvature : float
        Constants of the Wolfe conditions, 0 < decrease < curvature < 1; a small curvature makes
        the search exact.

    References
    ----------
    dai1999.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.DaiYuan(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    first_step: float = 1.0
    decrease: float = 1e-4
    curvature: float = 0.01

    holds = ("f", "g")

    def check(self):
        """Refuse constants for which no step may exist."""
        require_wolfe_constants(self)

    def init(self, problem, x):
        return conjugate_start(problem, x, self.first_step)

    def step(self, problem, state):
        t, x, f, g = conjugate_search(problem, state, self.decrease, self.curvature)
        beta = ratio(inner(g, g), inner(state.direction, g - state.g))
        return conjugate_turn(state, t, x, f, g, beta)
