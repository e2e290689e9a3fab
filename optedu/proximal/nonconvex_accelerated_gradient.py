"""The accelerated gradient of Ghadimi and Lan, for smooth parts that need not be convex."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method


class NonconvexAcceleratedGradientState(NamedTuple):
    x: np.ndarray  # the aggregate x_ag, which is the answer
    z: np.ndarray  # the sequence of long steps
    a: float  # weight a_k of the average


@method
class NonconvexAcceleratedGradient(NamedTuple):
    """Two proximal steps along one gradient, a long one and a short one, averaged.

    Problem      minimize F(x) = f(x) + g(x), f with L-Lipschitz gradient, convex or not, g convex
                 with a prox: SCAD and MCP by SplitPenalty.
    Update       m = (1 - a) x + a z,   d = grad f(m)
                 z+ = prox(z - (step_size / a) d, step_size / a)
                 x+ = prox(m - step_size d, step_size)
                 a+ = 2 / (1 + sqrt(1 + 4 / a^2)),   a = 1, z = x at the start
    Guarantee    none is stated here. With a scaled so that (1 - a+) / a+^2 = 1 / a^2, the sequence
                 minimizes the complexity bound of ghadimi2016 for nonconvex f (yang2024).
    Cost         one gradient and two proxes per step.
    Use when     a penalty is nonconvex and the design correlated: SCAD, MCP.
    Fails when   a single monotone sequence is needed: F may rise; which of several stationary
                 points it finds depends on the start.

    Parameters
    ----------
    step_size : float, optional
        The short step; by default 0.99 / problem.smoothness.

    References
    ----------
    ghadimi2016; yang2024.

    Examples
    --------
    >>> import optedu as oe
    >>> loss = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.SplitPenalty(loss, oe.problems.SCAD(0.8))
    >>> oe.run(oe.NonconvexAcceleratedGradient(), problem, [0.0, 0.0]).x.round(4)
    array([3., 0.])
    """

    step_size: float | None = None

    def check(self):
        """Refuse a step size that is not positive."""
        require_positive(self, "step_size")

    def resolve(self, problem):
        """Take step_size = 0.99/L where none is given."""
        if self.step_size is not None:
            return self
        return self._replace(step_size=0.99 * step_from_smoothness(self, problem).step_size)

    def init(self, problem, x):
        return NonconvexAcceleratedGradientState(x, x, 1.0)

    def step(self, problem, state):
        x, z, a = state
        h = self.step_size
        m = (1.0 - a) * x + a * z
        d = problem.gradient(m)
        z_new = problem.prox(z - (h / a) * d, h / a)
        x_new = problem.prox(m - h * d, h)
        return NonconvexAcceleratedGradientState(
            x_new, z_new, 2.0 / (1.0 + np.sqrt(1.0 + 4.0 / a**2))
        )
