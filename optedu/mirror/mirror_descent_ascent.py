"""Mirror descent-ascent: both players step at once, each against the other's last move."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.mirror.steps import blend, into_the_set, step_from_relative_smoothness
from optedu.parameters import require_positive
from optedu.protocol import method


class MirrorDescentAscentState(NamedTuple):
    x: np.ndarray  # the last point, or the average of all
    z: np.ndarray  # the last point
    k: float  # steps taken


@method
class MirrorDescentAscent(NamedTuple):
    """Simultaneous mirror descent and ascent: mirror prox without the look ahead.

    Problem      a saddle point with the monotone field F.
    Update       z+ = argmin over u of <F(z), u> + D(u, z) / t;   x = z, or the average of the z
    Guarantee    none for the last point. For the average of n points z_0, ..., z_{n-1}, with M a
                 bound on the dual norm of F and psi 1-strongly convex, the gap is at most
                 max over u of D(u, z_0) / (t n) + t M^2 / 2 (bubeck2015, Theorem 4.2, with F in
                 place of the gradient).
    Cost         one value of the field and one mirror step per step.
    Use when     F is the gradient of a function, or only the average is wanted.
    Fails when   F turns: in a matrix game the points spiral outwards, with every step size.

    Parameters
    ----------
    step_size : float, optional
        By default 1 / problem.relative_smoothness.
    average : bool
        Whether x is the average of the points instead of the last one.

    References
    ----------
    bubeck2015, Theorem 4.2; bailey2018.

    Examples
    --------
    >>> import optedu as oe
    >>> game = oe.problems.SymmetricGame.rock_paper_scissors()
    >>> trace = oe.run(oe.MirrorDescentAscent(0.5), game, [0.4, 0.3, 0.3], max_iter=60)
    >>> bool(trace.values[-1] > 5 * trace.values[0])
    True
    """

    step_size: float | None = None
    average: bool = False

    def check(self):
        """Refuse a step size that is not positive."""
        require_positive(self, "step_size")

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_relative_smoothness(self, problem)

    def init(self, problem, x):
        z = into_the_set(problem, x)
        return MirrorDescentAscentState(z, z, 0.0)

    def step(self, problem, state):
        x, z, k = state
        z_new = problem.mirror_step(z, problem.vector_field(z), self.step_size)
        x_new = blend(x, k + 1.0, z_new, 1.0) if self.average else z_new
        return MirrorDescentAscentState(x_new, z_new, k + 1.0)
