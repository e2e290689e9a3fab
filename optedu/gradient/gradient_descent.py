"""Gradient descent: a step of constant size against the gradient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee
from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method


class GradientDescentState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class GradientDescent(NamedTuple):
    """Gradient descent with a constant step size.

    Problem      minimize f(x), f differentiable with L-Lipschitz gradient.
    Update       x+ = x - step_size * grad f(x)
    Guarantee    convex f, step_size <= 1/L:
                 f(x_k) - f* <= ||x_0 - x*||^2 / (step_size (4 k + 2 / (step_size L))); for
                 step_size = 1/L this is L ||x_0 - x*||^2 / (4 k + 2), attained by a Huber
                 function (drori2014, Theorem 3.1).
    Cost         one gradient per step.
    Use when     a gradient is cheap and nothing is known but L.
    Fails when   step_size > 2/L: it diverges on any quadratic of curvature L.

    Parameters
    ----------
    step_size : float, optional
        Length of the step per unit of gradient; by default 1 / problem.smoothness.

    References
    ----------
    drori2014, Theorem 3.1.

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
        """Return the bound of drori2014, Theorem 3.1, on the gap."""
        L, h = problem.smoothness, self.step_size
        if L is None or problem.minimizer is None or h > 1 / L * (1 + 1e-12):
            return None
        distance = np.sum((x0 - problem.minimizer) ** 2)
        return Guarantee("gap", L * distance / (4 * k * h * L + 2), "drori2014, Theorem 3.1")
