"""VR-A-CODER: the accelerated cyclic method for finite sums, with reduced variance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.coordinate.cycles import require_size, with_curvatures
from optedu.parameters import require_between, require_positive
from optedu.protocol import method


class VRACODERState(NamedTuple):
    x: np.ndarray  # the snapshot: the mean of the epoch's points
    v: np.ndarray  # the dual averaging point
    w: np.ndarray  # the start minus the weighted sum of the gradient estimates
    z: np.ndarray  # where the last cycle began
    y: np.ndarray  # where it ended
    A: float  # sum of the weights
    a: float  # the last weight


@method
class VRACODER(NamedTuple):
    """A-CODER with estimates from single terms, corrected by the gradient at a snapshot.

    Problem      minimize F(x) = f(x) + g(x), f the mean of n smooth convex terms, g gamma-strongly
                 convex (gamma = 0 allowed) and a sum of terms of one coordinate each.
    Update       the first step: a = A = 1 / (4 L), x+ = v = prox(x - a grad f(x), a)
                 later, an epoch: a = sqrt(K A_old (1 + gamma A_old) / (8 L)), A = A_old + a
                 K cycles, k = 1, ..., K:  z = (A_old x + a v) / A, for the blocks j = m, ..., 1:
                 u = (z_1, ..., z_j, y+_{j+1}, ..., y+_m), a term t drawn at random
                 q_j = partial_j f_t(u) - partial_j f_t(x) + partial_j f(x)
                       + a_old / a (partial_j f_t(z_old) - partial_j f_t(u_old))
                 w_j = w_j - a q_j / K,   v_j = prox_j(w_j, A_old + a k / K)
                 y+_j = (A_old x_j + a v_j) / A
                 x+ = mean of the K points y+;  a_old = a after the first cycle
    Guarantee    none stated here; lin2023 proves an accelerated rate.
    Cost         per epoch a gradient and 4 m K component gradients, of which one block is used.
    Use when     n is large, and one partial derivative of one term is what an oracle call costs.
    Fails when   n is small: the full gradients of ACODER cost less.

    Parameters
    ----------
    smoothness : float, optional
        L of each term; by default problem.component_smoothness or, in a composite, that of its
        smooth part; else problem.smoothness.
    strong_convexity : float, optional
        gamma; by default that of problem.regularizer, 0 where it is unknown.
    epoch_length : int, optional
        K; by default the number of terms n.
    block_size : int, default 1
        Coordinates per block; consecutive ones form a block, the last may be smaller.
    components : int, optional
        n; by default problem.components.

    References
    ----------
    lin2023, whose public code these rules were compared with; its first gradient has the weight 1,
    here a K, so that all gradients enter in proportion to their weights.

    Examples
    --------
    >>> import optedu as oe
    >>> smooth = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(smooth, oe.problems.L1(1.0))
    >>> oe.run(oe.VRACODER(), problem, [0.0, 0.0], seed=0, max_iter=200).x.round(2)
    array([2., 0.])
    """

    smoothness: float | None = None
    strong_convexity: float | None = None
    epoch_length: int | None = None
    block_size: int = 1
    components: int | None = None

    def check(self):
        """Refuse numbers out of range."""
        require_positive(self, "smoothness")
        require_between(self, "strong_convexity", 0.0, np.inf)
        for name in ("epoch_length", "block_size", "components"):
            require_size(self, name)

    def resolve(self, problem):
        """Take L, gamma, n and K from the problem where not given."""
        L, n = self.smoothness, self.components
        if L is None:
            part = getattr(problem, "smooth", problem)
            L = getattr(part, "component_smoothness", None)
        if n is None:
            n = getattr(problem, "components", None)
        if n is None:
            raise ValueError(
                "VRACODER needs components: problem.components is unknown. Pass components=..."
            )
        K = n if self.epoch_length is None else self.epoch_length
        method = self._replace(smoothness=L, components=int(n), epoch_length=int(K))
        return with_curvatures(method, problem)

    def init(self, problem, x, rng):
        return VRACODERState(x, x, x, x, x, 0.0, 0.0)

    def step(self, problem, state, rng):
        x, v, w, z_old, y_old, A_old, a_old = state
        full, K, size = problem.gradient(x), self.epoch_length, self.block_size
        if A_old == 0.0:
            a = 1 / (4 * self.smoothness)
            w = x - a * full
            v = problem.prox(w, a)
            return VRACODERState(v, v, w, x, v, a, a)
        a = np.sqrt(K * A_old * (1 + self.strong_convexity * A_old) / (8 * self.smoothness))
        A = A_old + a
        v, w, mean = v.copy(), w.copy(), np.zeros(x.size)
        for k in range(1, K + 1):
            z = (A_old * x + a * v) / A
            u, u_old = z.copy(), z_old.copy()
            for start in range((x.size - 1) // size * size, -1, -size):
                stop = min(start + size, x.size)
                t = rng.integers(0, self.components)
                q = problem.component_gradient(t, u) - problem.component_gradient(t, x) + full
                lag = problem.component_gradient(t, z_old) - problem.component_gradient(t, u_old)
                w[start:stop] -= a / K * (q + a_old / a * lag)[start:stop]
                for j in range(start, stop):
                    v[j] = problem.coordinate_prox(j, w, A_old + a * k / K)
                    u[j] = (A_old * x[j] + a * v[j]) / A
                u_old[start:stop] = y_old[start:stop]
            mean = mean + u / K
            z_old, y_old, a_old = z, u, a
        return VRACODERState(mean, v, w, z_old, y_old, A, a)
