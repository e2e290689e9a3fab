"""Mirror prox: look ahead, then step with what was seen there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee, over_steps
from optedu.mirror.steps import blend, first_point, into_the_set, step_from_relative_smoothness
from optedu.parameters import require_positive
from optedu.protocol import method


class MirrorProxState(NamedTuple):
    x: np.ndarray  # the average of the w, or the last of them
    z: np.ndarray  # the point from which steps are taken
    k: float  # steps taken


@method
class MirrorProx(NamedTuple):
    """Mirror prox of Nemirovski; with the Euclidean map, the extragradient method of Korpelevich.

    Problem      a saddle point, min over x, max over y of f(x, y), convex in x and concave in y,
                 with the field F(x, y) = (df/dx, -df/dy), L-Lipschitz in a norm in which the
                 mirror map is 1-strongly convex.
    Update       w = argmin over u of <F(z), u> + D(u, z) / t,
                 z+ = argmin over u of <F(w), u> + D(u, z) / t,
                 x = average of the w, or the last one
    Guarantee    step_size <= 1/L: the duality gap of the average of k points is at most
                 max over u of D(u, z_0) / (step_size k) (nemirovski2004; bubeck2015, Section 5.2).
    Cost         two values of the field and two mirror steps per step.
    Use when     the field turns: matrix games, constrained minimization with multipliers.
    Fails when   step_size > 1/L.

    Parameters
    ----------
    step_size : float, optional
        By default 1 / problem.relative_smoothness.
    average : bool
        Whether x is the average of the points instead of the last one.

    References
    ----------
    korpelevich1976; nemirovski2004; bubeck2015, Section 5.2.

    Examples
    --------
    >>> import optedu as oe
    >>> game = oe.problems.MatrixGame([[2.0, 0.0], [0.0, 1.0]])
    >>> oe.run(oe.MirrorProx(average=False), game, max_iter=400).x.round(3)
    array([0.333, 0.667, 0.333, 0.667])
    """

    step_size: float | None = None
    average: bool = True

    def check(self):
        """Refuse a step size that is not positive."""
        require_positive(self, "step_size")

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_relative_smoothness(self, problem)

    def init(self, problem, x):
        z = into_the_set(problem, x)
        return MirrorProxState(z, z, 0.0)

    def step(self, problem, state):
        x, z, k = state
        w = problem.mirror_step(z, problem.vector_field(z), self.step_size)
        z_new = problem.mirror_step(z, problem.vector_field(w), self.step_size)
        x_new = blend(x, k, w, 1.0) if self.average else w
        return MirrorProxState(x_new, z_new, k + 1.0)

    def guarantee(self, problem, k, x0):
        """Return the bound on the gap of the average, where the problem knows its divergences."""
        L = getattr(problem, "relative_smoothness", None)
        if L is None or not self.average or self.step_size * L > 1 + 1e-12:
            return None
        if not hasattr(problem, "largest_divergence"):
            return None
        R = problem.largest_divergence(first_point(problem, x0))
        return Guarantee("gap", over_steps(R / self.step_size, k), "nemirovski2004")
