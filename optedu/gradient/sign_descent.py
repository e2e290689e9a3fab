"""Sign descent: every coordinate moves by the same length."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.gradient.decaying_step import decaying_step, require_decaying_step, sums_of_steps
from optedu.guarantees import Guarantee
from optedu.parameters import known
from optedu.protocol import method


class SignDescentState(NamedTuple):
    x: np.ndarray  # the iterate
    k: float  # steps taken


@method
class SignDescent(NamedTuple):
    """Steps along the signs of the gradient: steepest descent in the maximum norm.

    Problem      minimize f(x), f differentiable with L-Lipschitz gradient, x of d coordinates.
    Update       x+ = x - t_k sign(grad f(x)),  t_k = step_size / (k + 1)^decay
    Guarantee    without convexity: min over i <= k of ||grad f(x_i)|| is at most that of
                 ||grad f(x_i)||_1 <= (f(x_0) - f* + L d / 2 sum t_i^2) / sum t_i, from
                 f(x+) <= f(x) - t ||grad f(x)||_1 + L d t^2 / 2 (as in bernstein2018).
    Cost         one gradient per step; one bit per coordinate to send it.
    Use when     curvature is aligned with the coordinates; to understand Adam, which it is
                 without memory (balles2020).
    Fails when   the problem is rotated: it depends on the coordinates; a constant step bounces.

    Parameters
    ----------
    step_size : float
        Move of each coordinate in the first step.
    decay : float
        0 keeps the step size, 1/2 is the classic decay.

    References
    ----------
    bernstein2018; balles2020.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> trace = oe.run(oe.SignDescent(step_size=0.5), problem, [9.0, 9.0])
    >>> bool(trace.values.min() - problem.minimum < 1e-3)
    True
    """

    step_size: float = 1.0
    decay: float = 0.5

    def check(self):
        """Refuse a step size that is not positive, or a negative decay."""
        require_decaying_step(self)

    def init(self, problem, x):
        return SignDescentState(x, 0.0)

    def step(self, problem, state):
        x, k = state.x, state.k
        t = decaying_step(self.step_size, self.decay, k)
        return SignDescentState(x - t * np.sign(problem.gradient(x)), k + 1.0)

    def guarantee(self, problem, k, x0):
        """Return the bound on the smallest gradient norm so far."""
        constants = known(problem, "smoothness", "minimum")
        if constants is None:
            return None
        L, minimum = constants
        total, squares = sums_of_steps(self.step_size, self.decay, k)
        gap = problem.value(x0) - minimum
        bound = (gap + L * np.size(x0) / 2 * squares) / total
        return Guarantee("best_gradient_norm", bound, "bernstein2018")
