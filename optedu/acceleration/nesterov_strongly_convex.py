"""Nesterov acceleration with the constant momentum that strong convexity allows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import curvature_bound, initial_gap, squared_distance
from optedu.guarantees import Guarantee
from optedu.parameters import constant, require_between, require_positive, step_from_smoothness
from optedu.protocol import method


class NesterovStronglyConvexState(NamedTuple):
    x: np.ndarray  # the iterate
    y: np.ndarray  # the extrapolated point, where the gradient is taken


@method
class NesterovStronglyConvex(NamedTuple):
    """Nesterov's accelerated gradient method for strongly convex functions.

    Problem      minimize f(x), f mu-strongly convex with L-Lipschitz gradient, mu > 0.
    Update       x+ = y - step_size * grad f(y)
                 y+ = x+ + momentum * (x+ - x)
    Guarantee    step_size = h <= 1/L, momentum = (1 - sqrt(h mu)) / (1 + sqrt(h mu)):
                 f(x_k) - f* <= (1 - sqrt(h mu))^k (f(x_0) - f* + mu/2 ||x_0 - x*||^2)
                 (daspremont2021, Corollary 4.15).
    Cost         one gradient per step.
    Use when     mu is known; the error falls by a constant factor every sqrt(L / mu) steps.
    Fails when   mu is overstated: the momentum is too small and the speed is that of gradient
                 descent; understated, the values oscillate.

    Parameters
    ----------
    step_size : float, optional
        Length of the step per unit of gradient; by default 1 / problem.smoothness.
    momentum : float, optional
        In [0, 1); by default (sqrt(kappa) - 1) / (sqrt(kappa) + 1) with
        kappa = 1 / (step_size mu).

    References
    ----------
    nesterov2003; daspremont2021, Corollary 4.15.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.NesterovStronglyConvex(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
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
                "NesterovStronglyConvex needs momentum: problem.strong_convexity is 0. "
                "Pass momentum=..., or use NesterovAcceleration"
            )
        return method._replace(momentum=constant_momentum(mu * method.step_size))

    def init(self, problem, x):
        return NesterovStronglyConvexState(x, x)

    def step(self, problem, state):
        x, y = state
        x_new = y - self.step_size * problem.gradient(y)
        y_new = x_new + self.momentum * (x_new - x)
        return NesterovStronglyConvexState(x_new, y_new)

    def guarantee(self, problem, k, x0):
        """Return the bound of daspremont2021, Corollary 4.15, on the gap."""
        L, mu = curvature_bound(self, problem), getattr(problem, "strong_convexity", None)
        distance, gap = squared_distance(problem, x0), initial_gap(problem, x0)
        if L is None or not mu or distance is None or gap is None:
            return None
        if not np.isclose(self.momentum, constant_momentum(mu / L), rtol=1e-9, atol=1e-12):
            return None
        bound = (1 - np.sqrt(mu / L)) ** k * (gap + mu / 2 * distance)
        return Guarantee("gap", bound, "daspremont2021, Corollary 4.15")


def constant_momentum(q: float) -> float:
    """Return (1 - sqrt(q)) / (1 + sqrt(q)) for q = mu / L."""
    root = np.sqrt(min(q, 1.0))
    return float((1 - root) / (1 + root))
