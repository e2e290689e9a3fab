"""Triple momentum: the fastest known fixed-step rate on strongly convex functions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import squared_distance
from optedu.guarantees import Guarantee
from optedu.parameters import constant, require_positive
from optedu.protocol import method


class TripleMomentumState(NamedTuple):
    x: np.ndarray  # the answer: a point extrapolated from the last two xi
    xi: np.ndarray  # the sequence that moves
    xi_old: np.ndarray  # the one before
    y: np.ndarray  # where the gradient is taken


@method
class TripleMomentum(NamedTuple):
    """The triple momentum method of Van Scoy, Freeman and Lynch.

    Problem      minimize f(x), f mu-strongly convex with L-Lipschitz gradient, mu > 0.
    Update       xi+ = (1 + beta) xi - beta xi_old - alpha * grad f(y)
                 y+ = (1 + gamma) xi+ - gamma xi
                 x+ = (1 + delta) xi+ - delta xi
                 with rho = 1 - sqrt(mu / L), alpha = (1 + rho) / L, beta = rho^2 / (2 - rho),
                 gamma = rho^2 / ((1 + rho) (2 - rho)), delta = rho^2 / (1 - rho^2)
    Guarantee    f(x_k) - f* <= rho^(2k) L^2 / (2 mu) ||x_0 - x*||^2 (vanscoy2018, Theorem 1):
                 the error of x falls by 1 - sqrt(mu / L) per step, where Nesterov's method has
                 the square root of that.
    Cost         one gradient per step.
    Use when     mu and L are both known well.
    Fails when   mu is overstated: the rate is proven for the true constants only.

    Parameters
    ----------
    smoothness : float, optional
        L; by default problem.smoothness.
    strong_convexity : float, optional
        mu; by default problem.strong_convexity.

    References
    ----------
    vanscoy2018, Theorem 1.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.TripleMomentum(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    smoothness: float | None = None
    strong_convexity: float | None = None

    def check(self):
        """Refuse constants that are not positive, or mu above L."""
        require_positive(self, "smoothness", "strong_convexity")
        L, mu = self.smoothness, self.strong_convexity
        if L is not None and mu is not None and mu > L:
            raise ValueError(f"TripleMomentum: strong_convexity {mu} is above smoothness {L}")

    def resolve(self, problem):
        """Take L and mu from the problem where not given."""
        L, mu = self.smoothness, self.strong_convexity
        if L is None:
            L = constant(self, problem, "smoothness", "smoothness")
        if mu is None:
            mu = constant(self, problem, "strong_convexity", "strong_convexity")
        if mu <= 0:
            raise ValueError(
                "TripleMomentum needs strong_convexity: problem.strong_convexity is 0. "
                "Pass strong_convexity=..., or use NesterovAcceleration"
            )
        return self._replace(smoothness=L, strong_convexity=min(mu, L))

    def init(self, problem, x):
        return TripleMomentumState(x, x, x, x)

    def step(self, problem, state):
        xi, xi_old = state.xi, state.xi_old
        rho = 1 - np.sqrt(self.strong_convexity / self.smoothness)
        alpha = (1 + rho) / self.smoothness
        beta = rho**2 / (2 - rho)
        gamma = rho**2 / ((1 + rho) * (2 - rho))
        delta = rho**2 / (1 - rho**2)
        xi_new = (1 + beta) * xi - beta * xi_old - alpha * problem.gradient(state.y)
        y_new = (1 + gamma) * xi_new - gamma * xi
        x_new = (1 + delta) * xi_new - delta * xi
        return TripleMomentumState(x_new, xi_new, xi, y_new)

    def guarantee(self, problem, k, x0):
        """Return the bound of vanscoy2018, Theorem 1, on the gap."""
        L, mu = self.smoothness, self.strong_convexity
        true_L = getattr(problem, "smoothness", None)
        true_mu = getattr(problem, "strong_convexity", None)
        distance = squared_distance(problem, x0)
        if true_L is None or true_mu is None or distance is None:
            return None
        if true_L * (1 - 1e-12) > L or true_mu * (1 + 1e-12) < mu:
            return None
        rho = 1 - np.sqrt(mu / L)
        bound = rho ** (2 * np.asarray(k)) * L**2 / (2 * mu) * distance
        return Guarantee("gap", bound, "vanscoy2018, Theorem 1")
