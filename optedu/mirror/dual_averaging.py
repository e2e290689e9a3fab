"""Dual averaging: always from the start, with all gradients so far."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.gradient.decaying_step import decaying_step, require_decaying_step, sums_of_steps
from optedu.guarantees import Guarantee
from optedu.mirror.steps import blend, divergence_to_minimizer, into_the_set
from optedu.protocol import method


class DualAveragingState(NamedTuple):
    x: np.ndarray  # the average of the z, or the last of them
    z: np.ndarray  # the point at which the gradient is taken
    first: np.ndarray  # z_0
    G: np.ndarray  # sum of the gradients
    k: float  # steps taken


@method
class DualAveraging(NamedTuple):
    """Dual averaging of Nesterov, also called lazy mirror descent.

    Problem      minimize f(x) over a convex set, f convex; psi is rho-strongly convex there in
                 some norm, D its divergence, and M bounds the dual norm of the gradients.
    Update       G = g_0 + ... + g_k,   z+ = argmin over u of <G, u> + D(u, z_0) / t_{k+1},
                 t_k = step_size / (k + 1)^decay;   x = average of the z, or the last one
    Guarantee    f at the average of z_0, ..., z_k is above f* by at most
                 (D(x*, x_0) / t_k + M^2 / (2 rho) (t_0 + ... + t_k)) / (k + 1), as
                 nesterov2009 proves, with D(., x_0) for the prox function; for a constant step
                 it is that of mirror descent, for decay = 1/2 of the order 1 / sqrt(k) without a
                 horizon (lazy mirror descent, bubeck2015, Theorem 4.3, has twice the constant).
    Cost         one gradient and one mirror step per step.
    Use when     gradients come in noisy, or one by one, and no horizon is known.
    Fails when   the last iterate is wanted: old gradients weigh as much as new ones.

    Parameters
    ----------
    step_size : float
        The first step size.
    decay : float
        0 keeps the step size.
    average : bool
        Whether x is the average of the points instead of the last one.

    References
    ----------
    nesterov2009; bubeck2015, Theorem 4.3.

    Examples
    --------
    >>> import optedu as oe
    >>> rounds = oe.problems.LinearRounds([[1.0, 0.0]])
    >>> problem = oe.problems.Mirrored(rounds, oe.problems.EntropyGeometry())
    >>> oe.run(oe.DualAveraging(average=False), problem, [0.5, 0.5], max_iter=90).x.round(3)
    array([0., 1.])
    """

    step_size: float = 1.0
    decay: float = 0.5
    average: bool = True

    def check(self):
        """Refuse a step size that is not positive, or a negative decay."""
        require_decaying_step(self)

    def init(self, problem, x):
        z = into_the_set(problem, x)
        return DualAveragingState(z, z, z, 0.0 * z, 0.0)

    def step(self, problem, state):
        x, z, first, G, k = state
        G_new = G + problem.gradient(z)
        t = decaying_step(self.step_size, self.decay, k + 1.0)
        z_new = problem.mirror_step(first, G_new, t)
        x_new = blend(x, k + 1.0, z_new, 1.0) if self.average else z_new
        return DualAveragingState(x_new, z_new, first, G_new, k + 1.0)

    def guarantee(self, problem, k, x0):
        """Return the bound on f at the average, which the best value satisfies, too."""
        distance = divergence_to_minimizer(problem, x0)
        M = getattr(problem, "dual_lipschitz", None)
        if distance is None or M is None:
            return None
        total, _ = sums_of_steps(self.step_size, self.decay, k)
        last = decaying_step(self.step_size, self.decay, np.asarray(k, dtype=float))
        bound = distance / last + M**2 / (2 * problem.geometry.modulus) * total
        quantity = "gap" if self.average else "best_gap"
        return Guarantee(quantity, bound / (np.asarray(k) + 1), "nesterov2009")
