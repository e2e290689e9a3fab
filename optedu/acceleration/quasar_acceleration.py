"""Acceleration without convexity: the method for quasar-convex functions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import initial_gap, nesterov_lambda, squared_distance
from optedu.acceleration.quasar_line_search import quasar_line_search
from optedu.guarantees import Guarantee
from optedu.parameters import constant, require_between, require_positive
from optedu.protocol import method


class QuasarAccelerationState(NamedTuple):
    x: np.ndarray  # the iterate
    v: np.ndarray  # the sequence that carries the momentum
    omega: float  # the weight sequence, 1 / lambda_k


@method
class QuasarAcceleration(NamedTuple):
    """The accelerated method of Hinder, Sidford and Sohoni for quasar-convex functions.

    Problem      minimize f(x), f differentiable with L-Lipschitz gradient and gamma-quasar-convex
                 about a minimizer x*: f* >= f(y) + <grad f(y), x* - y> / gamma + mu/2 ||x* - y||^2
                 for all y; gamma = 1 on convex functions, smaller ones need not be convex.
    Update       y = alpha x + (1 - alpha) v,  alpha by a line search between x and v, g = grad f(y)
                 x+ = y - g / L;  v+ = beta v + (1 - beta) y - eta g
                 mu = 0: omega+ = omega (sqrt(omega^2 + 4) - omega) / 2, eta = gamma / (L omega+),
                         beta = 1;
                 mu > 0: eta = 1 / sqrt(mu L), beta = 1 - gamma sqrt(mu / L)
    Guarantee    mu = 0: f(x_k) - f* <= omega_k^2 (L ||x_0 - x*||^2 / (2 gamma^2) + f(x_0) - f*)
                         + accuracy / 2, omega_k <= 2 / (k + 2);
                 mu > 0: f(x_k) - f* <= (1 - gamma sqrt(mu / L))^k (f(x_0) - f*
                         + mu/2 ||x_0 - x*||^2).
                 Each is the paper's potential argument with its constants kept (hinder2020); up
                 to logarithms no first-order method is better.
    Cost         one gradient per step, and those of the line search: one where the momentum of
                 Nesterov's method is accepted, as on convex functions, else about log(1 / gamma).
    Use when     f is not convex but unimodal along rays to its minimizer: generalized linear
                 models, linear dynamical systems.
    Fails when   gamma is overstated, or f has another stationary point: neither is checked.

    Parameters
    ----------
    quasar_convexity : float, default 1.0
        gamma, in (0, 1].
    smoothness : float, optional
        L; by default problem.smoothness.
    strong_convexity : float, optional
        mu; by default problem.strong_convexity, 0 where it is unknown.
    accuracy : float, default 0.0
        What the line search may lose, in units of f; for mu = 0 only.

    References
    ----------
    hinder2020.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.QuasarAcceleration(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    quasar_convexity: float = 1.0
    smoothness: float | None = None
    strong_convexity: float | None = None
    accuracy: float = 0.0

    def check(self):
        """Refuse constants out of range."""
        require_positive(self, "quasar_convexity", "smoothness")
        require_between(self, "quasar_convexity", 0.0, np.nextafter(1.0, 2.0))
        require_between(self, "strong_convexity", 0.0, np.inf)
        require_between(self, "accuracy", 0.0, np.inf)

    def resolve(self, problem):
        """Take L and mu from the problem where not given."""
        L, mu = self.smoothness, self.strong_convexity
        if L is None:
            L = constant(self, problem, "smoothness", "smoothness")
        if mu is None:
            mu = float(getattr(problem, "strong_convexity", None) or 0.0)
        return self._replace(smoothness=L, strong_convexity=mu)

    def init(self, problem, x):
        return QuasarAccelerationState(x, x, 1.0)

    def step(self, problem, state):
        x, v, omega = state
        gamma, L, mu = self.quasar_convexity, self.smoothness, self.strong_convexity
        if mu > 0:
            root = np.sqrt(L / mu)
            eta, beta = 1 / np.sqrt(mu * L), 1 - gamma / root
            weight, penalty, slack, guess = root, gamma * mu / 2, 0.0, root / (1 + root)
        else:
            omega = omega / 2 * (np.sqrt(omega**2 + 4) - omega)
            eta, beta = gamma / (L * omega), 1.0
            weight, penalty = gamma * (1 / omega - 1), 0.0
            slack, guess = gamma * self.accuracy / 2, 1 - omega
        alpha = quasar_line_search(problem, x, v, guess, weight, penalty, slack, L)
        y = v + alpha * (x - v)
        g = problem.gradient(y)
        v_new = beta * v + (1 - beta) * y - eta * g
        return QuasarAccelerationState(y - g / L, v_new, omega)

    def guarantee(self, problem, k, x0):
        """Return the bound on the gap where the problem is known to be gamma-quasar-convex."""
        gamma, L, mu = self.quasar_convexity, self.smoothness, self.strong_convexity
        distance, gap = squared_distance(problem, x0), initial_gap(problem, x0)
        true_L = getattr(problem, "smoothness", None)
        convex = getattr(problem, "strong_convexity", None)
        true_gamma = getattr(problem, "quasar_convexity", 1.0 if convex is not None else 0.0)
        if distance is None or gap is None or true_L is None or true_L * (1 - 1e-12) > L:
            return None
        if gamma > true_gamma or mu > (convex or 0.0):
            return None
        if mu > 0:
            bound = (1 - gamma * np.sqrt(mu / L)) ** k * (gap + mu / 2 * distance)
        else:
            omega = 1 / nesterov_lambda(np.asarray(k) + 1)
            bound = omega**2 * (L * distance / (2 * gamma**2) + gap) + self.accuracy / 2
        return Guarantee("gap", bound, "hinder2020")
