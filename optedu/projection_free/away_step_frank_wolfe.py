"""Frank-Wolfe that may also walk away from a bad atom."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.line_search import inner
from optedu.oracles import value_and_gradient
from optedu.projection_free.active_set import away_from_atom, first_atom, toward_atom
from optedu.projection_free.steps import corner, exact_step
from optedu.protocol import method


class AwayStepFrankWolfeState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    s: np.ndarray  # the corner to which -g points
    gap: float  # <g, x - s>
    atoms: np.ndarray  # the active atoms, flattened, one per row
    weights: np.ndarray  # positive, with sum 1


@method
class AwayStepFrankWolfe(NamedTuple):
    """Frank-Wolfe with away steps, which converges linearly on polytopes.

    Problem      minimize f(x) over a polytope C, f smooth and strongly convex; C has a linear
                 minimizer.
    Update       s = argmin over C of <g, s>,  a = the active atom with the largest <g, a>
                 <g, x - s> >= <g, a - x>:  x+ = x + t (s - x),  0 <= t <= 1
                 else                       x+ = x + t (x - a),  0 <= t <= w_a / (1 - w_a)
                 t by exact line search; an atom of weight 0 is dropped; t = 1 at first
    Guarantee    f mu-strongly convex: f(x_k) - f* falls by 1 - (mu / 4 L) (delta / D)^2 in each
                 step that is not cut short by an atom's weight, at least half of all, delta the
                 pyramidal width of C (lacostejulien2015, Theorem 1); no closed bound is stated,
                 for delta is rarely known.
    Cost         one linear minimizer per step, a value and a gradient per trial of the line
                 search (two on a quadratic), and a pass over the active atoms.
    Use when     the solution lies on a face of a polytope, or accuracy is wanted.
    Fails when   C is no polytope: atoms pile up, and the rate is that of FrankWolfe.

    The first step takes the first atom and forgets the start, which may lie outside of C.

    References
    ----------
    wolfe1970; guelat1986; lacostejulien2015, Algorithm 1.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.Quadratic([[2.0, 0.5], [0.5, 1.0]], [1.0, 1.0])
    >>> problem = oe.problems.Constrained(f, oe.problems.Simplex())
    >>> oe.run(oe.AwayStepFrankWolfe(), problem, [1.0, 0.0]).x.round(6)
    array([0.25, 0.75])
    """

    certificate_name = "Frank-Wolfe gap"
    holds = ("f", "g")

    def init(self, problem, x):
        f, g = value_and_gradient(problem, x)
        s, gap = corner(problem, x, g)
        return AwayStepFrankWolfeState(x, f, g, s, gap, np.zeros((0, x.size)), np.zeros(0))

    def step(self, problem, state):
        x, f, g, s, gap, atoms, weights = state
        if weights.size == 0:
            x, (atoms, weights) = s, first_atom(s)
            f, g = value_and_gradient(problem, x)
        else:
            i = np.argmax(atoms @ g.ravel())
            a = atoms[i].reshape(x.shape)
            if gap >= inner(g, a - x) or weights[i] >= 1.0:
                t, x, f, g = exact_step(problem, x, f, g, s - x, 1.0)
                atoms, weights = toward_atom(atoms, weights, s.ravel(), t)
            else:
                longest = weights[i] / (1.0 - weights[i])
                t, x, f, g = exact_step(problem, x, f, g, x - a, longest)
                atoms, weights = away_from_atom(atoms, weights, i, t, t >= longest)
        s, gap = corner(problem, x, g)
        return AwayStepFrankWolfeState(x, f, g, s, gap, atoms, weights)

    def certificate(self, problem, state):
        """Return the Frank-Wolfe gap at x, at least f(x) - f*."""
        return state.gap
