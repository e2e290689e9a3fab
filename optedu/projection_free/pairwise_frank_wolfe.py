"""Frank-Wolfe that moves weight from the worst atom to the best vertex."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.line_search import inner
from optedu.projection_free.active_set import combination, from_atom_to, toward_atom
from optedu.projection_free.steps import exact_step, frank_wolfe_gap_at
from optedu.protocol import method


class PairwiseFrankWolfeState(NamedTuple):
    x: np.ndarray  # the iterate
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
    Cost         one gradient and one linear minimizer per step, the gradients of the line
                 search, and a pass over the active atoms.
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

    def init(self, problem, x):
        return PairwiseFrankWolfeState(x, np.zeros((0, x.size)), np.zeros(0))

    def step(self, problem, state):
        x, atoms, weights = state
        g = problem.gradient(x)
        s = problem.linear_minimizer(g)
        if weights.size == 0:
            atoms, weights = toward_atom(atoms, weights, s.ravel(), 1.0)
            return PairwiseFrankWolfeState(s, atoms, weights)
        i = np.argmax(atoms @ g.ravel())
        longest = weights[i]
        d = s - atoms[i].reshape(x.shape)
        t = exact_step(problem, x, d, inner(g, d), longest)
        if t > 0.0:
            atoms, weights = from_atom_to(atoms, weights, i, s.ravel(), t, t >= longest)
        x = combination(atoms, weights).reshape(x.shape)
        return PairwiseFrankWolfeState(x, atoms, weights)

    def certificate(self, problem, state):
        """Return the Frank-Wolfe gap at x, at least f(x) - f*."""
        return frank_wolfe_gap_at(problem, state.x)
