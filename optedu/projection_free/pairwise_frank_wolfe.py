"""Frank-Wolfe that moves weight from the worst atom to the best vertex."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.oracles import value_and_gradient
from optedu.projection_free.active_set import first_atom, from_atom_to
from optedu.projection_free.steps import corner, exact_step
from optedu.protocol import method


class PairwiseFrankWolfeState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    s: np.ndarray  # the corner to which -g points
    gap: float  # <g, x - s>
    atoms: np.ndarray  # the active atoms, flattened, one per row
    weights: np.ndarray  # positive, with sum 1


@method
class PairwiseFrankWolfe(NamedTuple):
    """Pairwise Frank-Wolfe: each step takes weight from one atom and gives it to one other.

    Problem      minimize f(x) over a polytope C, f smooth and strongly convex; C has a linear
                 minimizer.
    Update       s = argmin over C of <g, s>,  a = the active atom with the largest <g, a>
                 x+ = x + t (s - a),   0 <= t <= w_a, by exact line search; the first step
                 is x+ = s
    Guarantee    f strongly convex: linear convergence per good step, with the constant of
                 AwayStepFrankWolfe or better (lacostejulien2015, Theorem 1), but swaps without
                 progress are bounded only by a factorial of the number of vertices.
    Cost         one linear minimizer per step, a value and a gradient per trial of the line
                 search (two on a quadratic), and a pass over the active atoms.
    Use when     the solution is a combination of few vertices; often the fastest here.
    Fails when   C is no polytope, or steps are mostly swaps.

    The first step takes the first atom and forgets the start, which may lie outside of C.

    References
    ----------
    mitchell1974; lacostejulien2015, Algorithm 2.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.Quadratic([[2.0, 0.5], [0.5, 1.0]], [1.0, 1.0])
    >>> problem = oe.problems.Constrained(f, oe.problems.Simplex())
    >>> oe.run(oe.PairwiseFrankWolfe(), problem, [1.0, 0.0]).x.round(6)
    array([0.25, 0.75])
    """

    certificate_name = "Frank-Wolfe gap"
    holds = ("f", "g")

    def init(self, problem, x):
        f, g = value_and_gradient(problem, x)
        s, gap = corner(problem, x, g)
        return PairwiseFrankWolfeState(x, f, g, s, gap, np.zeros((0, x.size)), np.zeros(0))

    def step(self, problem, state):
        x, f, g, s, _, atoms, weights = state
        if weights.size == 0:
            x, (atoms, weights) = s, first_atom(s)
            f, g = value_and_gradient(problem, x)
        else:
            i = np.argmax(atoms @ g.ravel())
            a, longest = atoms[i].reshape(x.shape), weights[i]
            t, x, f, g = exact_step(problem, x, f, g, s - a, longest)
            atoms, weights = from_atom_to(atoms, weights, i, s.ravel(), t, t >= longest)
        s, gap = corner(problem, x, g)
        return PairwiseFrankWolfeState(x, f, g, s, gap, atoms, weights)

    def certificate(self, problem, state):
        """Return the Frank-Wolfe gap at x, at least f(x) - f*."""
        return state.gap
