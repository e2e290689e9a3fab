"""AdaGrad-Norm: one step size for all coordinates, from the lengths of all gradients so far."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee
from optedu.line_search import inner
from optedu.parameters import known, require_positive
from optedu.protocol import method


class AdaGradNormState(NamedTuple):
    x: np.ndarray  # the iterate
    s: float  # first_scale^2 and the squared norms of all gradients so far


@method
class AdaGradNorm(NamedTuple):
    """AdaGrad with one scale for the whole vector: gradient descent that does not ask for L.

    Problem      minimize f(x), f with L-Lipschitz gradient and a minimum f*; convex or not.
    Update       g = grad f(x),  s+ = s + ||g||^2,  x+ = x - step_size g / sqrt(s+)
    Guarantee    with D = f(x_0) - f*, b = first_scale, h = step_size,
                 min over i <= k of ||grad f(x_i)||^2 <= B^2 / (k + 1),
                 B = 2 b + 2 D / h + 2 h L (log(2 h L / b) - 1) (proved in the chapter; the rate
                 without noise is that of ward2020, with other constants).
    Cost         one gradient per step.
    Use when     L is unknown and coordinates are scaled alike.
    Fails when   first_scale is far above L step_size: the first steps are all too short.

    Parameters
    ----------
    step_size : float, default 1.0
        h; in the unit of x. The longest possible step.
    first_scale : float, default 1e-3
        b; in units of the gradient.

    References
    ----------
    ward2020.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.AdaGradNorm(), problem, [9.0, 9.0], max_iter=2000).x.round(4)
    array([0.2, 0.4])
    """

    step_size: float = 1.0
    first_scale: float = 1e-3

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "step_size", "first_scale")

    def init(self, problem, x):
        return AdaGradNormState(x, self.first_scale**2)

    def step(self, problem, state):
        g = problem.gradient(state.x)
        s = state.s + inner(g, g)
        return AdaGradNormState(state.x - (self.step_size / np.sqrt(s)) * g, s)

    def guarantee(self, problem, k, x0):
        """Return the bound on the smallest gradient norm so far."""
        constants = known(problem, "smoothness", "minimum")
        if constants is None or not constants[0]:
            return None
        L, minimum = constants
        bound = self.scale_bound(L, problem.value(x0) - minimum) / np.sqrt(np.asarray(k) + 1.0)
        return Guarantee("best_gradient_norm", bound[()], "chapter adaptive, after ward2020")

    def scale_bound(self, L: float, gap: float) -> float:
        """Return B, which sqrt(s) never exceeds, from the smoothness and f(x_0) - f*."""
        h, b = self.step_size, self.first_scale
        return float(2 * b + 2 * gap / h + 2 * h * L * (np.log(2 * h * L / b) - 1))
