"""Gradient descent: a step of constant size against the gradient."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.guarantees import Guarantee
from optedu.parameters import known, require_positive, step_from_smoothness
from optedu.protocol import method


class GradientDescentState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class GradientDescent(NamedTuple):
    """Gradient descent with a constant step size.

    Problem      minimize f(x), f differentiable with L-Lipschitz gradient.
    Update       x+ = x - step_size * grad f(x)
    Guarantee    tight, for h = step_size in (0, 2/L), f convex, mu-strongly where mu > 0:
                 f(x_k) - f* <= max(1 / (1 + h L E(1 - h mu)), (1 - h L)^(2k)) L R^2 / 2
                 with R = ||x_0 - x*|| and E(q) = q^-1 + q^-2 + ... + q^-2k (kim2024, Theorem
                 1.3). For mu = 0 and h = 1/L this is L R^2 / (4 k + 2) (drori2014, Theorem 3.1),
                 attained by a Huber function; the other term by a quadratic of curvature L.
                 Without convexity: min over i <= k of ||grad f(x_i)||^2 <=
                 (f(x_0) - f*) / (k h (1 - h L / 2) + 1 / (2 L)) (nesterov2003, Section 1.2.3).
    Cost         one gradient per step.
    Use when     a gradient is cheap and nothing is known but L.
    Fails when   step_size > 2/L: it diverges on any quadratic of curvature L.

    Parameters
    ----------
    step_size : float, optional
        Length of the step per unit of gradient; by default 1 / problem.smoothness.

    References
    ----------
    drori2014, Theorem 3.1; kim2024, Theorem 1.3; nesterov2003, Section 1.2.3.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.GradientDescent(step_size=0.25), problem, [0.0, 0.0]).x.round(4)
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
        return GradientDescentState(x)

    def step(self, problem, state):
        x = state.x
        return GradientDescentState(x - self.step_size * problem.gradient(x))

    def guarantee(self, problem, k, x0):
        """Return the bound on the gap; without convexity, on the smallest gradient norm."""
        k, h = np.asarray(k), self.step_size
        convex = known(problem, "smoothness", "strong_convexity", "minimizer")
        smooth = known(problem, "smoothness", "minimum")
        if convex is not None and h * convex[0] < 2:
            L, mu, minimizer = convex
            rate = exact_rate(h * L, h * mu, k) * L / 2
            return Guarantee("gap", rate * np.sum((x0 - minimizer) ** 2), "kim2024, Theorem 1.3")
        if smooth is not None and h * smooth[0] < 2:
            L, minimum = smooth
            decrease = k * h * (1 - h * L / 2) + 1 / (2 * L)
            bound = np.sqrt((problem.value(x0) - minimum) / decrease)
            return Guarantee("best_gradient_norm", bound, "nesterov2003, Section 1.2.3")
        return None


def exact_rate(a: float, b: float, k: Any) -> Any:
    """Return the largest (f(x_k) - f*) / (L R^2 / 2) for a = step_size L, b = step_size mu.

    The sum 1 + a E(1 - b) of kim2024 is written in closed form, as 1 + 2 k a where b = 0.
    """
    with np.errstate(over="ignore"):
        powers = np.expm1(-2 * k * np.log1p(-b)) / b if 0 < b < 1 else 2.0 * k
    slow = 1 / (1 + a * powers) if b < 1 else 0.0
    return np.maximum(slow, (1 - a) ** (2.0 * k))
