"""Nesterov acceleration: a gradient step from an extrapolated point."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import curvature_bound, nesterov_lambda, squared_distance
from optedu.guarantees import Guarantee
from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method


class NesterovAccelerationState(NamedTuple):
    x: np.ndarray  # the iterate
    y: np.ndarray  # the extrapolated point, where the gradient is taken
    t: float  # lambda_k of the momentum sequence


@method
class NesterovAcceleration(NamedTuple):
    """Nesterov's accelerated gradient method for convex functions.

    Problem      minimize f(x), f convex, differentiable with L-Lipschitz gradient.
    Update       x+ = y - step_size * grad f(y)
                 t+ = (1 + sqrt(1 + 4 t^2)) / 2
                 y+ = x+ + (t - 1) / t+ * (x+ - x),      t = 1, y = x at the start
    Guarantee    convex f, step_size <= 1/L: f(x_k) - f* <= ||x_0 - x*||^2 / (2 step_size t_k^2)
                 <= 2 ||x_0 - x*||^2 / (step_size (k + 1)^2), t_k the t of step k, t_1 = 1
                 (beck2009, Theorem 4.4). Not tight at small k; the Huber function reaches 0.87 of
                 it at k = 10 and 0.99 at k = 200.
    Cost         one gradient per step.
    Use when     f is convex and its strong convexity is unknown or 0.
    Fails when   f is strongly convex: it oscillates, and is slower than
                 NesterovStronglyConvex or RestartedFISTA; noise in the gradient is amplified.

    Parameters
    ----------
    step_size : float, optional
        Length of the step per unit of gradient; by default 1 / problem.smoothness.

    References
    ----------
    nesterov1983; beck2009, Theorem 4.4.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.NesterovAcceleration(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    step_size: float | None = None

    def check(self):
        """Refuse a step size that is not positive."""
        require_positive(self, "step_size")

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x):
        return NesterovAccelerationState(x, x, 1.0)

    def step(self, problem, state):
        x, y, t = state
        x_new = y - self.step_size * problem.gradient(y)
        t_new = (1 + np.sqrt(1 + 4 * t**2)) / 2
        y_new = x_new + (t - 1) / t_new * (x_new - x)
        return NesterovAccelerationState(x_new, y_new, t_new)

    def guarantee(self, problem, k, x0):
        """Return the bound of beck2009, Theorem 4.4, on the gap."""
        L, distance = curvature_bound(self, problem), squared_distance(problem, x0)
        if L is None or distance is None:
            return None
        bound = L * distance / (2 * nesterov_lambda(k) ** 2)
        return Guarantee("gap", bound, "beck2009, Theorem 4.4")
