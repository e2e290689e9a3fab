"""A-CODER: accelerated cyclic coordinate dual averaging with extrapolation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.coordinate.cycles import block_gradient, require_size, with_curvatures
from optedu.parameters import require_between, require_positive
from optedu.protocol import method, portable


class ACODERState(NamedTuple):
    x: np.ndarray  # the iterate, y in the paper
    v: np.ndarray  # the dual averaging point, which carries the momentum
    w: np.ndarray  # the start minus the weighted sum of the extrapolated gradients
    p: np.ndarray  # the partial derivatives that the last cycle saw
    G: np.ndarray  # the whole gradient at the point where the last cycle began
    A: float  # sum of the weights
    a: float  # the last weight


@portable
def accelerated_weight(A, L, gamma):
    """Return the largest a with a^2 / (A + a) <= (2/5) (1 + gamma A) / L."""
    r = 0.4 * (1 + gamma * A) / L
    return (r + np.sqrt(r * r + 4 * A * r)) / 2


@method
class ACODER(NamedTuple):
    """Accelerated cyclic block coordinate dual averaging with extrapolated gradients.

    Problem      minimize F(x) = f(x) + g(x), f convex with L-Lipschitz gradient, g gamma-strongly
                 convex (gamma = 0 allowed) and a sum of terms of one coordinate each.
    Update       a the largest number with a^2 / A <= (2/5) (1 + gamma A_old) / L,  A = A_old + a
                 z = (A_old x + a v) / A
                 for the blocks j = m, ..., 1:
                 p_j = partial_j f(z_1, ..., z_j, x+_{j+1}, ..., x+_m)
                 q_j = p_j + a_old / a (partial_j f(z_old) - p_j of the last cycle)
                 w_j = w_j - a q_j,   v_j = prox_j(w_j, A),     w = v = x_0 at the start
                 x+_j = (A_old x_j + a v_j) / A
    Guarantee    none stated here: the rate 1/k^2 of lin2023, accelerated linear for gamma > 0, is
                 in terms of another constant than L, which depends on the order of the blocks.
                 One block makes it an accelerated dual averaging method with one gradient per
                 step.
    Cost         one gradient and the m - 1 other partial gradients per cycle: two passes.
    Use when     partial gradients are cheap and L can be tuned: far below problem.smoothness.
    Fails when   L is too small for the problem: it diverges, without a warning before.

    Parameters
    ----------
    smoothness : float, optional
        L; by default problem.smoothness.
    strong_convexity : float, optional
        gamma; by default that of problem.regularizer, 0 where it is unknown.
    block_size : int, default 1
        Coordinates per block; consecutive ones form a block, the last may be smaller.

    References
    ----------
    lin2023, whose public code these rules were compared with.

    Examples
    --------
    >>> import optedu as oe
    >>> smooth = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(smooth, oe.problems.L1(1.0))
    >>> oe.run(oe.ACODER(), problem, [0.0, 0.0]).x.round(4)
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
        return ACODERState(x, x, x, np.zeros(x.size), np.zeros(x.size), 0.0, 0.0)

    def step(self, problem, state):
        x, v, w, p, G_old, A_old, a_old = state
        a = accelerated_weight(A_old, self.smoothness, self.strong_convexity)
        A = A_old + a
        z = (A_old * x + a * v) / A
        G = problem.gradient(z)
        v, w, p = v.copy(), w.copy(), p.copy()
        size = self.block_size
        for start in range((z.size - 1) // size * size, -1, -size):
            stop = min(start + size, z.size)
            g = G[start:stop].copy()
            if stop < z.size:
                g = block_gradient(problem, start, stop, z)
            w[start:stop] -= a * (g + a_old / a * (G_old[start:stop] - p[start:stop]))
            p[start:stop] = g
            for j in range(start, stop):
                v[j] = problem.coordinate_prox(j, w, A)
                z[j] = (A_old * x[j] + a * v[j]) / A
        return ACODERState(z, v, w, p, G, A, a)
