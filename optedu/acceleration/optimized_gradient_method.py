"""The optimized gradient method: the best worst case after a known number of steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import curvature_bound, nesterov_lambda, squared_distance
from optedu.guarantees import Guarantee
from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method


class OptimizedGradientMethodState(NamedTuple):
    x: np.ndarray  # where the gradient is taken next, and the answer at the horizon
    z: np.ndarray  # the last point reached by a plain gradient step
    theta: float  # the momentum sequence
    k: int  # steps taken since the start or the last restart


@method
class OptimizedGradientMethod(NamedTuple):
    """The optimized gradient method (OGM) of Kim and Fessler.

    Problem      minimize f(x), f convex, differentiable with L-Lipschitz gradient; the number of
                 steps is chosen beforehand.
    Update       z+ = x - step_size * grad f(x)
                 theta+ = (1 + sqrt(4 theta^2 + 1)) / 2, in the last step of the horizon
                          (1 + sqrt(8 theta^2 + 1)) / 2
                 x+ = z+ + (theta - 1) / theta+ * (z+ - z) + theta / theta+ * (z+ - x)
    Guarantee    convex f, step_size = 1/L, k = horizon:
                 f(x_k) - f* <= L ||x_0 - x*||^2 / (2 theta_k^2) <= L ||x_0 - x*||^2 / (k + 1)^2
                 (kim2016, Theorem 2), half of Nesterov's. Tight: attained by a Huber function and
                 by the quadratic L x^2 / 2; no first-order method has a better worst case in
                 high dimension (drori2017, Theorem 3).
    Cost         one gradient per step.
    Use when     the number of steps is fixed and every gradient is expensive.
    Fails when   the run ends before the horizon (no bound is claimed there) or goes on beyond it:
                 then it starts again from where it stands.

    Parameters
    ----------
    step_size : float, optional
        Length of the step per unit of gradient; by default 1 / problem.smoothness.
    horizon : int, default 100
        Number of steps that the method is optimized for.

    References
    ----------
    drori2014; kim2016, Theorem 2; drori2017, Theorem 3.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.OptimizedGradientMethod(horizon=50), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    step_size: float | None = None
    horizon: int = 100

    def check(self):
        """Refuse a step size or a horizon that is not positive."""
        require_positive(self, "step_size", "horizon")

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x):
        return OptimizedGradientMethodState(x, x, 1.0, 0)

    def step(self, problem, state):
        x, z, theta, k = state
        last = k + 1 == self.horizon
        z_new = x - self.step_size * problem.gradient(x)
        theta_new = (1 + np.sqrt((8 if last else 4) * theta**2 + 1)) / 2
        x_new = z_new + (theta - 1) / theta_new * (z_new - z) + theta / theta_new * (z_new - x)
        if last:
            return OptimizedGradientMethodState(x_new, x_new, 1.0, 0)
        return OptimizedGradientMethodState(x_new, z_new, theta_new, k + 1)

    def guarantee(self, problem, k, x0):
        """Return the bound of kim2016, Theorem 2, on the gap; inf where k is not the horizon."""
        L, distance = curvature_bound(self, problem), squared_distance(problem, x0)
        if L is None or distance is None:
            return None
        # theta_0 = 1 plays the part of lambda_1, and only the last theta is another one
        theta = (1 + np.sqrt(8 * nesterov_lambda(self.horizon) ** 2 + 1)) / 2
        bound = np.where(np.asarray(k) == self.horizon, L * distance / (2 * theta**2), np.inf)
        return Guarantee("gap", bound, "kim2016, Theorem 2")
