"""Pairwise steps among the active atoms, and Frank-Wolfe steps only where they promise more."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.oracles import value_and_gradient
from optedu.projection_free.active_set import first_atom, from_atom_to, toward_atom
from optedu.projection_free.steps import corner, exact_step
from optedu.protocol import method


class BlendedPairwiseFrankWolfeState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    s: np.ndarray  # the corner to which -g points
    gap: float  # <g, x - s>
    atoms: np.ndarray  # the active atoms, flattened, one per row
    weights: np.ndarray  # positive, with sum 1


@method
class BlendedPairwiseFrankWolfe(NamedTuple):
    """Blended pairwise conditional gradients: no new atom while the old ones promise more.

    Problem      minimize f(x) over a polytope C, f smooth and strongly convex; C has a linear
                 minimizer.
    Update       s = argmin over C of <g, s>,  a, b = the active atoms with the largest and the
                 least <g, .>
                 <g, a - b> >= <g, x - s>:  x+ = x + t (b - a),  0 <= t <= w_a
                 else                       x+ = x + t (s - x),  0 <= t <= 1
                 t by exact line search; t = 1 at first
    Guarantee    f strongly convex: linear convergence with the constants of the pyramidal width;
                 no swap step, so that at most half of the steps drop an atom (tsuji2022).
    Cost         as PairwiseFrankWolfe.
    Use when     few atoms are wanted: a new one comes only when it promises more.
    Fails when   C is no polytope.

    The first step takes the first atom and forgets the start, which may lie outside of C.

    References
    ----------
    tsuji2022.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.Quadratic([[2.0, 0.5], [0.5, 1.0]], [1.0, 1.0])
    >>> problem = oe.problems.Constrained(f, oe.problems.Simplex())
    >>> oe.run(oe.BlendedPairwiseFrankWolfe(), problem, [1.0, 0.0]).x.round(6)
    array([0.25, 0.75])
    """

    certificate_name = "Frank-Wolfe gap"
    holds = ("f", "g")

    def init(self, problem, x):
        f, g = value_and_gradient(problem, x)
        s, gap = corner(problem, x, g)
        return BlendedPairwiseFrankWolfeState(x, f, g, s, gap, np.zeros((0, x.size)), np.zeros(0))

    def step(self, problem, state):
        x, f, g, s, gap, atoms, weights = state
        if weights.size == 0:
            x, (atoms, weights) = s, first_atom(s)
            f, g = value_and_gradient(problem, x)
        else:
            scores = atoms @ g.ravel()
            i, j = np.argmax(scores), np.argmin(scores)
            if scores[i] - scores[j] >= gap:
                b, longest = atoms[j], weights[i]
                d = (b - atoms[i]).reshape(x.shape)
                t, x, f, g = exact_step(problem, x, f, g, d, longest)
                atoms, weights = from_atom_to(atoms, weights, i, b, t, t >= longest)
            else:
                t, x, f, g = exact_step(problem, x, f, g, s - x, 1.0)
                atoms, weights = toward_atom(atoms, weights, s.ravel(), t)
        s, gap = corner(problem, x, g)
        return BlendedPairwiseFrankWolfeState(x, f, g, s, gap, atoms, weights)

    def certificate(self, problem, state):
        """Return the Frank-Wolfe gap at x, at least f(x) - f*."""
        return state.gap
