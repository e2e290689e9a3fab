"""Sharpness-aware minimization: the gradient a short way uphill."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_between, require_positive, step_from_smoothness
from optedu.protocol import method


class SharpnessAwareMinimizationState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class SharpnessAwareMinimization(NamedTuple):
    """Gradient descent with the gradient taken at the worst point nearby (SAM).

    Problem      minimize f(x), or rather max over ||e|| <= rho of f(x + e), to first order.
    Update       x+ = x - t grad f(x + rho g / ||g||),  g = grad f(x)
    Guarantee    none in general. On a quadratic the component of g along an eigenvector of
                 eigenvalue lambda enters multiplied by 1 + rho lambda / ||g||: larger along
                 positive curvature; along negative curvature smaller in size while
                 ||g|| > -rho lambda / 2, and reversed below -rho lambda.
    Cost         two gradients per step.
    Use when     a flat solution is wanted, as in learning.
    Fails when   an exact minimizer is wanted: the iterates end in a cycle around it, of a width
                 proportional to rho. Without noise, a saddle may attract.

    Parameters
    ----------
    radius : float
        rho, the length of the way uphill; 0 is gradient descent.
    step_size : float, optional
        t; by default 1 / problem.smoothness.

    References
    ----------
    foret2021; rangwani2022.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[1.0, 0.0], [0.0, 4.0]], [0.0, 0.0])
    >>> method = oe.SharpnessAwareMinimization(radius=0.5, step_size=0.1)
    >>> oe.run(method, problem, [3.0, 1.0], max_iter=1).x.round(3)  # ||g|| = 5
    array([2.67, 0.44])
    """

    radius: float = 0.05
    step_size: float | None = None

    def check(self):
        """Refuse a negative radius, and a step size that is not positive."""
        require_positive(self, "step_size")
        require_between(self, "radius", 0.0, np.inf)

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x):
        return SharpnessAwareMinimizationState(x)

    def step(self, problem, state):
        x = state.x
        g = problem.gradient(x)
        length = np.sqrt(np.sum(g * g))
        uphill = x + g * (self.radius / length) if length > 0.0 else x
        return SharpnessAwareMinimizationState(x - self.step_size * problem.gradient(uphill))
