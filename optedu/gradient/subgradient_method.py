"""The subgradient method, for convex functions with kinks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.gradient.decaying_step import decaying_step, require_decaying_step, sums_of_steps
from optedu.guarantees import Guarantee
from optedu.parameters import known
from optedu.protocol import method


class SubgradientMethodState(NamedTuple):
    x: np.ndarray  # the iterate
    k: float  # steps taken


@method
class SubgradientMethod(NamedTuple):
    """Steps against a subgradient, of length fixed in advance.

    Problem      minimize f(x), f convex, with subgradients bounded by M.
    Update       x+ = x - t_k g,  g a subgradient of f at x,  t_k = step_size / (k + 1)^decay
    Guarantee    with R = ||x_0 - x*||, the best of the first values satisfies
                 min over i <= k of f(x_i) - f* <= (R^2 + M^2 sum t_i^2) / (2 sum t_i)
                 (nesterov2003, Section 3.2.3), which is M R / sqrt(n + 1) at k = n for the
                 constant step R / (M sqrt(n + 1)); no method of n steps does better on all
                 such f (drori2016). Attained by the maximum norm from a diagonal point.
    Cost         one subgradient per step.
    Use when     f has kinks and nothing but subgradients.
    Fails when   it is expected to decrease f, or to end: a kink's subgradients do not vanish, a
                 constant step bounces around the minimizer.

    Parameters
    ----------
    step_size : float
        The first step size.
    decay : float
        0 keeps the step size, 1/2 is the classic decay, with which the best value converges.

    References
    ----------
    shor1985; nesterov2003, Section 3.2.3; drori2016.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> kink = oe.Problem.from_functions(
    ...     lambda x: np.abs(x).sum(), gradient=np.sign, differentiable=False, minimum=0.0)
    >>> trace = oe.run(oe.SubgradientMethod(), kink, [3.2], max_iter=200)
    >>> bool(trace.values.min() < 0.05)
    True
    """

    step_size: float = 1.0
    decay: float = 0.5

    def check(self):
        """Refuse a step size that is not positive, or a negative decay."""
        require_decaying_step(self)

    def init(self, problem, x):
        return SubgradientMethodState(x, 0.0)

    def step(self, problem, state):
        t = decaying_step(self.step_size, self.decay, state.k)
        return SubgradientMethodState(state.x - t * problem.gradient(state.x), state.k + 1.0)

    def guarantee(self, problem, k, x0):
        """Return the bound on the best gap so far."""
        constants = known(problem, "lipschitz", "strong_convexity", "minimizer")
        if constants is None:
            return None
        M, _, minimizer = constants
        total, squares = sums_of_steps(self.step_size, self.decay, k)
        bound = (np.sum((x0 - minimizer) ** 2) + M**2 * squares) / (2 * total)
        return Guarantee("best_gap", bound, "nesterov2003, Section 3.2.3")
