"""Mirror descent: gradient steps in a geometry that fits the set."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.gradient.decaying_step import decaying_step, require_decaying_step, sums_of_steps
from optedu.guarantees import Guarantee, over_steps
from optedu.mirror.steps import (
    blend,
    divergence_to_minimizer,
    into_the_set,
    step_from_relative_smoothness,
)
from optedu.protocol import method


class MirrorDescentState(NamedTuple):
    x: np.ndarray  # the iterate, or the average of the z
    z: np.ndarray  # the point at which the gradient is taken
    total: float  # sum of the step sizes so far
    k: float  # steps taken


@method
class MirrorDescent(NamedTuple):
    """Mirror descent of Nemirovski and Yudin.

    Problem      minimize f(x) over a convex set, f convex; psi is rho-strongly convex there in
                 some norm, D its divergence, and M bounds the dual norm of the gradients.
    Update       z+ = argmin over u of <g, u> + D(u, z) / t_k,   g a subgradient of f at z,
                 t_k = step_size / (k + 1)^decay;   x = z, or the average of the z with weights t_k
    Guarantee    the best of the first values, and f at the average, are above f* by at most
                 (D(x*, x_0) + M^2 / (2 rho) sum t_i^2) / sum t_i, i = 0..k, which with n points
                 and the best constant step is R M sqrt(2 / (rho n)), R^2 = D(x*, x_0) (bubeck2015,
                 Theorem 4.2). For f that is L-smooth relative to psi, decay = 0 and
                 step_size <= 1/L: f(x_k) - f* <= D(x*, x_0) / (step_size k) (lu2018, Theorem 3.1).
    Cost         one gradient and one mirror step per step.
    Use when     the set has corners and many dimensions: a simplex, the spectrahedron.
    Fails when   the geometry does not fit: in the entropy's a coordinate that is near 0 needs
                 many steps to come back.

    Parameters
    ----------
    step_size : float, optional
        By default 1 / problem.relative_smoothness.
    decay : float
        0 keeps the step size; 1/2 is for functions with kinks when k is not known beforehand.
    average : bool
        Whether x is the average of the points instead of the last one.

    References
    ----------
    nemirovski1983; beck2003; bubeck2015, Theorem 4.2; lu2018, Theorem 3.1.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.Quadratic([[2.0, 0.0], [0.0, 1.0]], [1.0, 1.0])
    >>> problem = oe.problems.Mirrored(f, oe.problems.EntropyGeometry())
    >>> oe.run(oe.MirrorDescent(), problem, [0.9, 0.1]).x.round(4)
    array([0.3333, 0.6667])
    """

    step_size: float | None = None
    decay: float = 0.0
    average: bool = False

    def check(self):
        """Refuse a step size that is not positive, or a negative decay."""
        if self.step_size is not None:
            require_decaying_step(self)

    def resolve(self, problem):
        """Take step_size = 1/L, L the relative smoothness, where none is given."""
        return step_from_relative_smoothness(self, problem)

    def init(self, problem, x):
        z = into_the_set(problem, x)
        return MirrorDescentState(z, z, self.step_size, 0.0)

    def step(self, problem, state):
        x, z, total, k = state
        t = decaying_step(self.step_size, self.decay, k)
        z_new = problem.mirror_step(z, problem.gradient(z), t)
        t_new = decaying_step(self.step_size, self.decay, k + 1.0)
        x_new = blend(x, total, z_new, t_new) if self.average else z_new
        return MirrorDescentState(x_new, z_new, total + t_new, k + 1.0)

    def guarantee(self, problem, k, x0):
        """Return the bound for Lipschitz f where M is known, else that of relative smoothness."""
        distance = divergence_to_minimizer(problem, x0)
        if distance is None:
            return None
        M = getattr(problem, "dual_lipschitz", None)
        if M is not None:
            total, squares = sums_of_steps(self.step_size, self.decay, k)
            bound = (distance + M**2 / (2 * problem.geometry.modulus) * squares) / total
            quantity = "gap" if self.average else "best_gap"
            return Guarantee(quantity, bound, "bubeck2015, Theorem 4.2")
        L = getattr(problem, "relative_smoothness", None)
        if L is None or self.average or self.decay > 0 or self.step_size * L > 1 + 1e-12:
            return None
        return Guarantee("gap", over_steps(distance / self.step_size, k), "lu2018, Theorem 3.1")
