"""FISTA for strongly convex composite problems: a constant momentum."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.nesterov_strongly_convex import constant_momentum
from optedu.parameters import constant, require_between, require_positive, step_from_smoothness
from optedu.protocol import method


class StronglyConvexFISTAState(NamedTuple):
    x: np.ndarray  # the iterate
    y: np.ndarray  # the extrapolated point, where the gradient is taken


@method
class StronglyConvexFISTA(NamedTuple):
    """The accelerated proximal gradient method with a constant momentum.

    Problem      minimize F(x) = f(x) + g(x), f convex with L-Lipschitz gradient, g convex with a
                 prox, F mu-strongly convex, mu > 0.
    Update       x+ = prox(y - step_size * grad f(y), step_size)
                 y+ = x+ + momentum * (x+ - x)
    Guarantee    linear: the error falls by 1 - sqrt(mu / L) per step, up to a constant
                 (chambolle2016b). Without g it is NesterovStronglyConvex, whose bound
                 is stated there.
    Cost         one gradient and one prox per step.
    Use when     mu is known, as with a ridge or an elastic net.
    Fails when   mu is overstated, or understated: RestartedFISTA needs no mu.

    Parameters
    ----------
    step_size : float, optional
        Length of the step per unit of gradient; by default 1 / problem.smoothness.
    momentum : float, optional
        In [0, 1); by default (1 - sqrt(q)) / (1 + sqrt(q)) with q = step_size mu, mu the
        problem.strong_convexity.

    References
    ----------
    chambolle2016b.

    Examples
    --------
    >>> import optedu as oe
    >>> smooth = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 2.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(smooth, oe.problems.L1(1.0))
    >>> oe.run(oe.StronglyConvexFISTA(), problem, [0.0, 0.0], tol=1e-9).x.round(6)
    array([2., 0.])
    """

    step_size: float | None = None
    momentum: float | None = None

    def check(self):
        """Refuse a step size that is not positive, or a momentum outside [0, 1)."""
        require_positive(self, "step_size")
        require_between(self, "momentum", 0.0, 1.0)

    def resolve(self, problem):
        """Take step_size = 1/L and the momentum of the condition number where not given."""
        method = step_from_smoothness(self, problem)
        if self.momentum is not None:
            return method
        mu = constant(self, problem, "strong_convexity", "momentum")
        if mu <= 0:
            raise ValueError(
                "StronglyConvexFISTA needs momentum: problem.strong_convexity is 0. "
                "Pass momentum=..., or use FISTA"
            )
        return method._replace(momentum=constant_momentum(mu * method.step_size))

    def init(self, problem, x):
        return StronglyConvexFISTAState(x, x)

    def step(self, problem, state):
        x, y = state
        x_new = problem.prox(y - self.step_size * problem.gradient(y), self.step_size)
        y_new = x_new + self.momentum * (x_new - x)
        return StronglyConvexFISTAState(x_new, y_new)
