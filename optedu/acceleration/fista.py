"""FISTA: the accelerated proximal gradient method."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import curvature_bound, nesterov_lambda, squared_distance
from optedu.guarantees import Guarantee
from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method


class FISTAState(NamedTuple):
    x: np.ndarray  # the iterate
    y: np.ndarray  # the extrapolated point, where the gradient is taken
    t: float  # lambda_k of the momentum sequence


@method
class FISTA(NamedTuple):
    """The fast iterative shrinkage-thresholding algorithm of Beck and Teboulle.

    Problem      minimize F(x) = f(x) + g(x), f convex with L-Lipschitz gradient, g convex with
                 a prox.
    Update       x+ = prox(y - step_size * grad f(y), step_size)
                 t+ = (1 + sqrt(1 + 4 t^2)) / 2
                 y+ = x+ + (t - 1) / t+ * (x+ - x),      t = 1, y = x at the start
    Guarantee    step_size <= 1/L, k >= 1: F(x_k) - F* <= ||x_0 - x*||^2 / (2 step_size t_k^2)
                 <= 2 ||x_0 - x*||^2 / (step_size (k + 1)^2), t_k the t of step k, t_1 = 1
                 (beck2009, Theorem 4.4). Not tight.
    Cost         one gradient and one prox per step.
    Use when     the prox is cheap: l1, group and nuclear norms, boxes, balls.
    Fails when   F is strongly convex around its minimizer: it oscillates there; restart it
                 (RestartedFISTA).

    Parameters
    ----------
    step_size : float, optional
        Length of the step per unit of gradient; by default 1 / problem.smoothness.

    References
    ----------
    beck2009, Theorem 4.4.

    Examples
    --------
    >>> import optedu as oe
    >>> smooth = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(smooth, oe.problems.L1(1.0))
    >>> oe.run(oe.FISTA(), problem, [0.0, 0.0]).x
    array([2., 0.])
    """

    step_size: float | None = None

    def check(self):
        """Refuse a step size that is not positive."""
        require_positive(self, "step_size")

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x):
        return FISTAState(x, x, 1.0)

    def step(self, problem, state):
        x, y, t = state
        h = self.step_size
        x_new = problem.prox(y - h * problem.gradient(y), h)
        t_new = (1 + np.sqrt(1 + 4 * t**2)) / 2
        y_new = x_new + (t - 1) / t_new * (x_new - x)
        return FISTAState(x_new, y_new, t_new)

    def guarantee(self, problem, k, x0):
        """Return the bound of beck2009, Theorem 4.4, on the gap; inf at k = 0."""
        L, distance = curvature_bound(self, problem), squared_distance(problem, x0)
        if L is None or distance is None:
            return None
        bound = L * distance / (2 * nesterov_lambda(k) ** 2)
        bound = np.where(np.asarray(k) > 0, bound, np.inf)
        return Guarantee("gap", bound, "beck2009, Theorem 4.4")
