"""beta-GD: gradients divided by a power of their norm."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee, over_steps
from optedu.line_search import inner
from optedu.parameters import known, require_positive
from optedu.protocol import method


class PowerNormalizedGradientState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class PowerNormalizedGradient(NamedTuple):
    """The beta-normalized gradient descent of Chen, Zhou, Liang and Lu.

    Problem      minimize f(x), f differentiable, perhaps not convex; its curvature may grow with
                 its gradient: ||Hess f(x)|| <= L0 + L1 ||grad f(x)||^a, a <= power.
    Update       x+ = x - step_size g / ||g||^power,  g = grad f(x)
    Guarantee    a = power = 1, step t with L1 t e^(L1 t) <= 1: the smallest of k gradient norms is
                 at most 2 (f(x_0) - f*) / (t k) + t L0 e^(L1 t) (shown in the chapter). For other
                 powers, with steps of order eps^power, norm eps after O(1 / eps^2) steps, as for
                 L-smooth f (chen2023).
    Cost         one gradient per step.
    Use when     gradients explode far from the minimizer: polynomials, exponentials.
    Fails when   the steps must shrink: with power = 1 all have the same length, and it bounces at
                 distance step_size / 2.

    Parameters
    ----------
    step_size : float, default 0.1
        In the unit of x times a gradient to the (power - 1).
    power : float, default 1.0
        beta, in [0, 1]: 0 is gradient descent, 1 normalized gradient descent.

    References
    ----------
    chen2023.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.HyperbolicCosine([[1.0, 0.0], [0.0, 1.0]], [20.0, -3.0])
    >>> oe.run(oe.PowerNormalizedGradient(0.05), f, [0.0, 0.0], max_iter=500).x.round(1)
    array([20., -3.])
    """

    step_size: float = 0.1
    power: float = 1.0

    def check(self):
        """Refuse a step size that is not positive and a power outside [0, 1]."""
        require_positive(self, "step_size")
        if not 0 <= self.power <= 1:
            raise ValueError(
                f"PowerNormalizedGradient: power must be between 0 and 1, got {self.power}"
            )

    def init(self, problem, x):
        return PowerNormalizedGradientState(x)

    def step(self, problem, state):
        x = state.x
        g = problem.gradient(x)
        norm = np.sqrt(inner(g, g))
        t = self.step_size / norm**self.power if norm > 0.0 else 0.0
        return PowerNormalizedGradientState(x - t * g)

    def guarantee(self, problem, k, x0):
        """Return the bound on the smallest gradient norm, for power = 1 and a short step."""
        constants = known(problem, "generalized_smoothness", "minimum")
        if constants is None or self.power != 1.0:
            return None
        (L0, L1), minimum = constants
        t = self.step_size
        growth = np.exp(min(L1 * t, 700.0))
        if L1 * t * growth > 1.0:
            return None
        gap = problem.value(x0) - minimum
        bound = over_steps(2.0 * gap / t, k) + t * L0 * growth
        return Guarantee("best_gradient_norm", bound, "the chapter's theorem, after chen2023")
