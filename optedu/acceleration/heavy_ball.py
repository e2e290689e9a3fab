"""Heavy ball: gradient descent that keeps its last movement."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import initial_gap, is_quadratic, squared_distance
from optedu.guarantees import Guarantee
from optedu.parameters import constant, require_between, require_positive, step_from_smoothness
from optedu.protocol import method


class HeavyBallState(NamedTuple):
    x: np.ndarray  # the iterate
    x_old: np.ndarray  # the one before


@method
class HeavyBall(NamedTuple):
    """Polyak's heavy ball.

    Problem      minimize f(x), f differentiable; made for quadratics mu I <= A <= L I.
    Update       x+ = x - step_size * grad f(x) + momentum * (x - x_old)
    Guarantee    quadratic f, momentum = beta >= (1 - sqrt(step_size l))^2 for each eigenvalue l:
                 ||x_k - x*|| <= beta^(k/2) (1 + k (1 + sqrt(beta))) ||x_0 - x*||, attained along
                 an eigenvector where equality holds and step_size l > 1 (the factor of an
                 eigenvector is beta^(k/2) (U_k - sqrt(beta) U_{k-1}), U_k the Chebyshev
                 polynomials of the second kind, |U_k| <= k + 1).
                 mu-strongly convex f, step_size <= 1/L,
                 beta = sqrt((1 - step_size mu) (1 - step_size L)): f(x_k) - f* <=
                 (1 - step_size mu)^k (f(x_0) - f*) (ghadimi2015, Theorem 4).
    Cost         one gradient per step.
    Use when     f is close to a quadratic with known mu and L.
    Fails when   f is not a quadratic: with the default tuning it runs for ever around a cycle of
                 length 3 on a function of one variable with mu = 1, L = 25 (lessard2016).

    Parameters
    ----------
    step_size : float, optional
        By default 4 / (sqrt(L) + sqrt(mu))^2; where only the momentum is given, 1 / L.
    momentum : float, optional
        In [0, 1); by default ((sqrt(L) - sqrt(mu)) / (sqrt(L) + sqrt(mu)))^2. With 0 the method
        is gradient descent.

    References
    ----------
    polyak1964; lessard2016; ghadimi2015, Theorem 4.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.HeavyBall(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    step_size: float | None = None
    momentum: float | None = None

    def check(self):
        """Refuse a step size that is not positive, or a momentum outside [0, 1)."""
        require_positive(self, "step_size")
        require_between(self, "momentum", 0.0, 1.0)

    def resolve(self, problem):
        """Take Polyak's tuning where nothing is given."""
        if self.momentum is not None:
            return step_from_smoothness(self, problem)
        L = constant(self, problem, "smoothness", "momentum")
        mu = constant(self, problem, "strong_convexity", "momentum")
        if mu <= 0:
            raise ValueError(
                "HeavyBall needs momentum: problem.strong_convexity is 0, which its default "
                "divides by. Pass momentum=..., or use NesterovAcceleration"
            )
        step_size, momentum = polyak_tuning(L, mu)
        if self.step_size is not None:
            step_size = self.step_size
        return self._replace(step_size=step_size, momentum=momentum)

    def init(self, problem, x):
        return HeavyBallState(x, x)

    def step(self, problem, state):
        x, x_old = state
        x_new = x - self.step_size * problem.gradient(x) + self.momentum * (x - x_old)
        return HeavyBallState(x_new, x)

    def guarantee(self, problem, k, x0):
        """Return the bound for quadratics, or ghadimi2015, Theorem 4, where one applies."""
        L = getattr(problem, "smoothness", None)
        mu = getattr(problem, "strong_convexity", None)
        if L is None or not mu:
            return None
        h, beta = self.step_size, self.momentum
        needed = max((1 - np.sqrt(h * mu)) ** 2, (1 - np.sqrt(h * L)) ** 2)
        if is_quadratic(problem) and beta >= needed * (1 - 1e-12):
            growth = 1 + k * (1 + np.sqrt(beta))
            bound = np.sqrt(beta) ** k * growth * np.sqrt(squared_distance(problem, x0))
            return Guarantee("distance", bound, "polyak1964; Chebyshev polynomials")
        gap = initial_gap(problem, x0)
        coupled = np.sqrt(max(1 - h * mu, 0.0) * max(1 - h * L, 0.0))
        if gap is None or h * L > 1 + 1e-12 or not np.isclose(beta, coupled, rtol=1e-9, atol=1e-9):
            return None
        return Guarantee("gap", (1 - h * mu) ** k * gap, "ghadimi2015, Theorem 4")


def polyak_tuning(L: float, mu: float) -> tuple[float, float]:
    """Return the step size and momentum that are fastest on quadratics with mu I <= A <= L I."""
    top, low = np.sqrt(L), np.sqrt(mu)
    return float(4 / (top + low) ** 2), float(((top - low) / (top + low)) ** 2)
