"""Anderson acceleration of gradient descent."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.anderson_mixing import anderson_mix, appended
from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method


class AndersonGradientDescentState(NamedTuple):
    x: np.ndarray  # the iterate
    points: np.ndarray  # the last memory + 1 iterates, flat, the newest last
    residuals: np.ndarray  # their steps -step_size * grad f(x)
    count: int  # how many rows are filled


@method
class AndersonGradientDescent(NamedTuple):
    """Anderson acceleration of the map x - step_size * grad f(x).

    Problem      minimize f(x), f differentiable with L-Lipschitz gradient.
    Update       as AndersonAcceleration with r_k = -step_size * grad f(x_k)
    Guarantee    quadratic f, unlimited memory: x_{k+1} is one gradient step from the k-th iterate
                 of GMRES on the Hessian, until GMRES stagnates (walker2011, Theorem 2.2). No
                 bound beyond quadratics.
    Cost         one gradient per step, and a least-squares problem with ``memory`` columns.
    Use when     f is close to a quadratic near its minimizer, and no line search is wanted.
    Fails when   f is far from a quadratic: the extrapolated point may be worse than the last one.
                 Nothing here guards against that.

    Parameters
    ----------
    step_size : float, optional
        Length of the step per unit of gradient; by default 1 / problem.smoothness.
    memory : int, default 5
        Number of differences kept; 0 is gradient descent.

    References
    ----------
    anderson1965; walker2011, Theorem 2.2.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> trace = oe.run(oe.AndersonGradientDescent(), problem, [0.0, 0.0])
    >>> trace.x.round(6), len(trace) <= 5
    (array([0.2, 0.4]), True)
    """

    step_size: float | None = None
    memory: int = 5

    def check(self):
        """Refuse a step size that is not positive, or a negative memory."""
        require_positive(self, "step_size")
        if self.memory < 0:
            raise ValueError(
                f"AndersonGradientDescent: memory must be 0 or more, got {self.memory}"
            )

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x):
        empty = np.zeros((self.memory + 1, x.size))
        return AndersonGradientDescentState(x, empty, empty, 0)

    def step(self, problem, state):
        x = state.x
        points = appended(state.points, x)
        residuals = appended(state.residuals, -self.step_size * problem.gradient(x))
        count = min(state.count + 1, self.memory + 1)
        x_new = anderson_mix(points, residuals, count, 1.0).reshape(x.shape)
        return AndersonGradientDescentState(x_new, points, residuals, count)
