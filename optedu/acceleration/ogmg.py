"""OGM-G: the optimized gradient method for a small gradient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import curvature_bound, initial_gap
from optedu.guarantees import Guarantee
from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method


class OGMGState(NamedTuple):
    x: np.ndarray  # the iterate, where the gradient is taken
    y: np.ndarray  # the last point reached by a plain gradient step
    k: int  # steps taken since the start or the last restart


@method
class OGMG(NamedTuple):
    """OGM-G of Kim and Fessler: the fastest worst case of the gradient norm.

    Problem      find x with a small gradient, f convex, differentiable with L-Lipschitz gradient;
                 the number of steps n is chosen beforehand.
    Update       y+ = x - step_size * grad f(x)
                 x+ = y+ + (th - 1) (2 th+ - 1) / (th (2 th - 1)) * (y+ - y)
                      + (2 th+ - 1) / (2 th - 1) * (y+ - x)
                 with th = th_k, th+ = th_{k+1} of the sequence that runs backwards from th_n = 1:
                 th_k = (1 + sqrt(4 th_{k+1}^2 + 1)) / 2, and th_0 = (1 + sqrt(8 th_1^2 + 1)) / 2
    Guarantee    convex f, step_size = 1/L, k = n = horizon:
                 ||grad f(x_n)||^2 <= 2 L (f(x_0) - f*) / th_0^2, of order 1 / n^2
                 (kim2021, Theorem 6.1). Tight: attained by a Huber function and by L x^2 / 2.
    Cost         one gradient per step.
    Use when     the gradient is what must be small (dual problems), and the number of steps is
                 fixed.
    Fails when   the run ends before the horizon (no bound is claimed there) or goes on beyond it:
                 then it starts again from where it stands.

    Parameters
    ----------
    step_size : float, optional
        Length of the step per unit of gradient; by default 1 / problem.smoothness.
    horizon : int, default 100
        Number n of steps that the method is optimized for.
    thetas : numpy.ndarray, shape (horizon + 1,), optional
        th_0, ..., th_n; computed from the horizon when a run starts.

    References
    ----------
    kim2021, Theorem 6.1.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.OGMG(horizon=50), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    step_size: float | None = None
    horizon: int = 100
    thetas: np.ndarray | None = None

    def check(self):
        """Refuse a step size or a horizon that is not positive."""
        require_positive(self, "step_size", "horizon")

    def resolve(self, problem):
        """Take step_size = 1/L where none is given, and lay out the backward sequence."""
        return step_from_smoothness(self, problem)._replace(thetas=backward_thetas(self.horizon))

    def init(self, problem, x):
        return OGMGState(x, x, 0)

    def step(self, problem, state):
        x, y, k = state
        th, th_next = self.thetas[k], self.thetas[k + 1]
        y_new = x - self.step_size * problem.gradient(x)
        a = (th - 1) * (2 * th_next - 1) / (th * (2 * th - 1))
        b = (2 * th_next - 1) / (2 * th - 1)
        x_new = y_new + a * (y_new - y) + b * (y_new - x)
        if k + 1 == self.horizon:
            return OGMGState(x_new, x_new, 0)
        return OGMGState(x_new, y_new, k + 1)

    def guarantee(self, problem, k, x0):
        """Return the bound of kim2021, Theorem 6.1; inf where k is not the horizon."""
        L, gap = curvature_bound(self, problem), initial_gap(problem, x0)
        if L is None or gap is None:
            return None
        bound = np.sqrt(2 * L * max(gap, 0.0)) / backward_thetas(self.horizon)[0]
        bound = np.where(np.asarray(k) == self.horizon, bound, np.inf)
        return Guarantee("gradient_norm", bound, "kim2021, Theorem 6.1")


def backward_thetas(horizon: int) -> np.ndarray:
    """Return th_0, ..., th_n of OGM-G for n = horizon."""
    thetas = [1.0]
    for k in range(horizon - 1, -1, -1):
        thetas.append((1 + np.sqrt((8 if k == 0 else 4) * thetas[-1] ** 2 + 1)) / 2)
    return np.array(thetas[::-1])
