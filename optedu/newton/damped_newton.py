"""Damped Newton: a line search, and a Hessian that is made positive definite where it is not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee
from optedu.line_search import armijo_step
from optedu.newton.shifted_newton import shifted_newton
from optedu.parameters import known, require_between, require_positive
from optedu.protocol import method


class DampedNewtonState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient


@method
class DampedNewton(NamedTuple):
    """Newton's method with a line search, along a direction that always descends.

    Problem      minimize f(x), f twice differentiable and bounded below.
    Update       (H + tau I) p = -g, tau = 0 where H is positive definite;  x+ = x + t p
                 t = 1, shrunk until f(x+) <= f(x) - decrease * t * <g, (H + tau I)^-1 g>
                 (with tau = 0 the inner product is the square of the Newton decrement)
    Guarantee    mu-strongly convex, L-smooth, M-Lipschitz Hessian: at most (f(x_0) - f*) / gamma
                 steps that fall by gamma or more, and from then on
                 f(x_k) - f* <= (2 mu^3 / M^2) (1/2)^(2^(j + 1)), j the steps since
                 (boyd2004, Section 9.5.3). True and very pessimistic.
    Cost         one gradient, one Hessian, one eigendecomposition, and one value per trial.
    Use when     d is at most a few hundred; the default choice for convex problems.
    Fails when   it starts on a saddle: there g = 0, and only a trust region sees the way down.
                 Far from convex, the shift is one number for all directions and steps are short.

    Parameters
    ----------
    shrink : float
        Factor of a trial step that failed, in (0, 1).
    decrease : float
        Part of the promised decrease that is asked for, in (0, 1/2).
    smallest_curvature : float
        Smallest eigenvalue of a shifted Hessian, relative to the largest absolute one.

    References
    ----------
    boyd2004, Section 9.5; nocedal2006, Algorithm 3.2 and Section 3.4; armijo1966.

    Examples
    --------
    >>> import optedu as oe
    >>> trace = oe.run(oe.DampedNewton(), oe.problems.Rosenbrock(), [-1.2, 1.0], tol=1e-10)
    >>> len(trace) - 1, trace.x.round(12)
    (22, array([1., 1.]))
    """

    shrink: float = 0.5
    decrease: float = 1e-4
    smallest_curvature: float = 1e-3

    holds = ("f", "g")

    def check(self):
        """Refuse factors with which the search could not end, or would refuse Newton's step."""
        require_positive(self, "shrink", "decrease", "smallest_curvature")
        require_between(self, "shrink", 0.0, 1.0)
        require_between(self, "decrease", 0.0, 0.5)

    def init(self, problem, x):
        return DampedNewtonState(x, problem.value(x), problem.gradient(x))

    def step(self, problem, state):
        x, f, g = state
        H = problem.hessian(x)
        p = shifted_newton(H, g.ravel(), self.smallest_curvature).reshape(x.shape)
        _, x, f = armijo_step(problem, x, f, g, p, 1.0, self.decrease, self.shrink)
        return DampedNewtonState(x, f, problem.gradient(x))

    def guarantee(self, problem, k, x0):
        """Return the bound on the gap: a fall by gamma at least, then doubling digits."""
        constants = known(problem, "smoothness", "strong_convexity", "hessian_lipschitz", "minimum")
        if constants is None or not constants[1]:
            return None
        L, mu, M, minimum = constants
        gap, k = problem.value(x0) - minimum, np.asarray(k)
        if M == 0:
            return Guarantee("gap", np.where(k > 0, 0.0, gap)[()], "boyd2004, Section 9.5.3")
        near = min(1.0, 3 * (1 - 2 * self.decrease)) * mu**2 / M  # gradient norm of the last phase
        gamma = self.decrease * self.shrink * near**2 * mu / L**2
        falling = np.ceil(gap / gamma)  # the most steps before that phase
        j = np.maximum(k - falling, 0)
        last = 2 * mu**3 / M**2 * 0.5 ** (2.0 ** (np.minimum(j, 60) + 1))
        bound = np.where(k >= falling, last, np.maximum(gap - gamma * k, last))
        return Guarantee("gap", bound[()], "boyd2004, Section 9.5.3")
