"""Projected gradient descent: step out of the set, and back to its nearest point."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.gradient.proximal_bound import proximal_bound
from optedu.parameters import known, require_positive, step_from_smoothness
from optedu.protocol import method


class ProjectedGradientDescentState(NamedTuple):
    x: np.ndarray  # the iterate, in the set


@method
class ProjectedGradientDescent(NamedTuple):
    """Gradient descent over a convex set, with a projection after each step.

    Problem      minimize f(x) over x in C, f convex with L-Lipschitz gradient, C closed and
                 convex with a projection that is cheap.
    Update       x+ = project(x - step_size * grad f(x)),  x_0 projected first
    Guarantee    for h = step_size, R = ||x_0 - x*||, f mu-strongly convex (mu = 0 allowed):
                 h < 2/L: ||x_k - x*|| <= max(|1 - h L|, |1 - h mu|)^k R, tight
                 (taylor2018, Theorem 3.1, with g the indicator of C);
                 h <= 1/L: f(x_k) - f* <= R^2 / (4 h k), tight for mu = 0 (teboulle2023;
                 taylor2017, Table 1), and <= (1 - h mu)^(2k - 1) R^2 / (2 h) (from the above).
    Cost         one gradient and one projection per step.
    Use when     C is a box, a ball, a simplex, an affine space.
    Fails when   the projection is itself a hard problem; then methods with a linear minimizer.

    Parameters
    ----------
    step_size : float, optional
        Length of the step per unit of gradient; by default 1 / problem.smoothness.

    References
    ----------
    beck2009; taylor2017, Table 1; taylor2018, Theorem 3.1; teboulle2023.

    Examples
    --------
    >>> import optedu as oe
    >>> objective = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> box = oe.problems.Box([0.3, -1.0], [1.0, 1.0])
    >>> problem = oe.problems.Constrained(objective, box)
    >>> oe.run(oe.ProjectedGradientDescent(), problem, [0.0, 0.0]).x.round(4)
    array([0.3 , 0.35])
    """

    step_size: float | None = None

    def check(self):
        """Refuse a step size that is not positive."""
        require_positive(self, "step_size")

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x):
        return ProjectedGradientDescentState(problem.project(x))

    def step(self, problem, state):
        x = state.x
        return ProjectedGradientDescentState(
            problem.project(x - self.step_size * problem.gradient(x))
        )

    def guarantee(self, problem, k, x0):
        """Return the bound on the gap for steps up to 1/L, on the distance for longer ones."""
        constants = known(problem, "smoothness", "strong_convexity", "minimizer")
        if constants is None:
            return None
        L, mu, minimizer = constants
        squared = np.sum((x0 - minimizer) ** 2)
        return proximal_bound(self.step_size, L, mu, 0.0, squared, k)
