"""CODER: cyclic coordinate dual averaging with extrapolation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.coordinate.cycles import block_gradient, require_size, with_curvatures
from optedu.parameters import require_between, require_positive
from optedu.protocol import method


class CODERState(NamedTuple):
    x: np.ndarray  # the iterate
    w: np.ndarray  # the start minus the weighted sum of the extrapolated gradients
    p: np.ndarray  # the partial derivatives that the last cycle saw
    G: np.ndarray  # the whole gradient at the point where the last cycle began
    A: float  # sum of the weights
    a: float  # the last weight


@method
class CODER(NamedTuple):
    """Cyclic block coordinate dual averaging with extrapolated gradients.

    Problem      minimize F(x) = f(x) + g(x), f convex with L-Lipschitz gradient, g gamma-strongly
                 convex (gamma = 0 allowed) and a sum of terms of one coordinate each.
    Update       a = (1 + gamma A_old) / (2 L),  A = A_old + a
                 for the blocks j = m, ..., 1:
                 p_j = partial_j f(x_1, ..., x_j, x+_{j+1}, ..., x+_m)
                 q_j = p_j + a_old / a (partial_j f(x_old) - p_j of the last cycle)
                 w_j = w_j - a q_j,   x+_j = prox_j(w_j, A),     w = x_0 at the start
    Guarantee    none stated here: the rate 1/k of song2023, linear for gamma > 0, is in terms of
                 another constant than L, which depends on the order of the blocks.
    Cost         one gradient and the m - 1 other partial gradients per cycle: two passes.
    Use when     a monotone field takes the place of the gradient: for those it was made.
    Fails when   f is to be minimized quickly: ACODER adds a momentum at no cost.

    Parameters
    ----------
    smoothness : float, optional
        L; by default problem.smoothness. Smaller values are faster, and often still work.
    strong_convexity : float, optional
        gamma; by default that of problem.regularizer, 0 where it is unknown.
    block_size : int, default 1
        Coordinates per block; consecutive ones form a block, the last may be smaller.

    References
    ----------
    song2023; lin2023.

    Examples
    --------
    >>> import optedu as oe
    >>> smooth = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(smooth, oe.problems.L1(1.0))
    >>> oe.run(oe.CODER(), problem, [0.0, 0.0], tol=1e-9).x.round(6)
    array([2., 0.])
    """

    smoothness: float | None = None
    strong_convexity: float | None = None
    block_size: int = 1

    def check(self):
        """Refuse numbers out of range."""
        require_positive(self, "smoothness")
        require_between(self, "strong_convexity", 0.0, np.inf)
        require_size(self, "block_size")

    def resolve(self, problem):
        """Take L and gamma from the problem where not given."""
        return with_curvatures(self, problem)

    def init(self, problem, x):
        return CODERState(x, x, np.zeros(x.size), np.zeros(x.size), 0.0, 0.0)

    def step(self, problem, state):
        x, w, p, G_old, A, a_old = state
        a = (1 + self.strong_convexity * A) / (2 * self.smoothness)
        G = problem.gradient(x)
        x, w, p = x.copy(), w.copy(), p.copy()
        size = self.block_size
        for start in range((x.size - 1) // size * size, -1, -size):
            stop = min(start + size, x.size)
            g = G[start:stop].copy()
            if stop < x.size:
                g = block_gradient(problem, start, stop, x)
            w[start:stop] -= a * (g + a_old / a * (G_old[start:stop] - p[start:stop]))
            p[start:stop] = g
            for j in range(start, stop):
                x[j] = problem.coordinate_prox(j, w, A + a)
        return CODERState(x, w, p, G, A + a, a)
