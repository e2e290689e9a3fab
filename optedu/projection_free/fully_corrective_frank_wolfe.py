"""Frank-Wolfe that minimizes over the hull of all its atoms after each new one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.oracles import value_and_gradient
from optedu.parameters import require_between, require_positive
from optedu.projection_free.active_set import (
    combination,
    first_atom,
    with_weight,
    without_empty,
)
from optedu.projection_free.steps import corner, exact_step
from optedu.protocol import method, portable


class FullyCorrectiveFrankWolfeState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    s: np.ndarray  # the corner to which -g points
    gap: float  # <g, x - s>
    atoms: np.ndarray  # the active atoms, flattened, one per row
    weights: np.ndarray  # positive, with sum 1


@portable
def correct(problem, x, f, g, atoms, weights, tolerance, most):
    """Minimize f over the hull of the atoms by pairwise steps from x; returns the weights.

    It ends when <g, a - b> <= tolerance for all atoms b and all atoms a of positive weight, which
    bounds what is left to gain, or is rounding, or after `most` steps.
    """
    for _ in range(most):
        scores = atoms @ g.ravel()
        j = np.argmin(scores)
        i = np.argmax(np.where(weights > 0.0, scores, -np.inf))
        noise = 1e-14 * np.max(np.abs(scores))
        if not scores[i] - scores[j] > max(tolerance, noise):
            break
        d = (atoms[j] - atoms[i]).reshape(x.shape)
        longest = weights[i]
        t, x, f, g = exact_step(problem, x, f, g, d, longest)
        if t <= 0.0:
            break
        weights = weights.copy()
        weights[i] = 0.0 if t >= longest else weights[i] - t
        weights[j] = weights[j] + t
    return weights / np.sum(weights)


@method
class FullyCorrectiveFrankWolfe(NamedTuple):
    """Fully corrective Frank-Wolfe: the best point of the hull of all atoms seen so far.

    Problem      minimize f(x) over a compact convex set C, f smooth and convex; C has a linear
                 minimizer.
    Update       s = argmin over C of <grad f(x), s>
                 x+ = argmin of f over the hull of s and the active atoms; atoms that get weight
                 0 are dropped. The inner problem lives on a simplex and is solved by pairwise
                 steps until none of them could gain more than accuracy * <grad f(x), x - s>.
    Guarantee    never more than 2 L D^2 / (k + 2), as FrankWolfe, with an exact inner problem
                 (jaggi2013, Theorem 1); f strongly convex, C a polytope: linear
                 convergence (lacostejulien2015, Theorem 1).
    Cost         one linear minimizer per step, and as many gradients as the inner problem takes.
    Use when     the linear minimizer is far dearer than a gradient, or the fewest atoms are
                 wanted; with least squares over the l1 ball it is close to matching pursuit.
    Fails when   gradients are dear: most of the work is inside.

    The first step takes the first atom and forgets the start, which may lie outside of C.

    Parameters
    ----------
    accuracy : float, in (0, 1)
        The inner gap at which the inner problem counts as solved, relative to the outer gap.
    inner_iterations : int
        Most inner steps per step.

    References
    ----------
    jaggi2013; lacostejulien2015.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.Quadratic([[2.0, 0.5], [0.5, 1.0]], [1.0, 1.0])
    >>> problem = oe.problems.Constrained(f, oe.problems.Simplex())
    >>> oe.run(oe.FullyCorrectiveFrankWolfe(), problem, [1.0, 0.0], max_iter=2).x.round(6)
    array([0.25, 0.75])
    """

    accuracy: float = 1e-3
    inner_iterations: int = 1000

    certificate_name = "Frank-Wolfe gap"
    holds = ("f", "g")

    def check(self):
        """Refuse an accuracy that is not in (0, 1), and no inner step at all."""
        require_positive(self, "accuracy", "inner_iterations")
        require_between(self, "accuracy", 0.0, 1.0)

    def init(self, problem, x):
        f, g = value_and_gradient(problem, x)
        s, gap = corner(problem, x, g)
        return FullyCorrectiveFrankWolfeState(x, f, g, s, gap, np.zeros((0, x.size)), np.zeros(0))

    def step(self, problem, state):
        x, f, g, s, gap, atoms, weights = state
        if weights.size == 0:
            atoms, weights = first_atom(s)
        else:
            atoms, weights = with_weight(atoms, weights, s.ravel(), 0.0)
            tolerance, most = self.accuracy * gap, self.inner_iterations
            weights = correct(problem, x, f, g, atoms, weights, tolerance, most)
            atoms, weights = without_empty(atoms, weights)
        x = combination(atoms, weights).reshape(x.shape)
        f, g = value_and_gradient(problem, x)
        s, gap = corner(problem, x, g)
        return FullyCorrectiveFrankWolfeState(x, f, g, s, gap, atoms, weights)

    def certificate(self, problem, state):
        """Return the Frank-Wolfe gap at x, at least f(x) - f*."""
        return state.gap
