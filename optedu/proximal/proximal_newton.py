"""Proximal Newton: the quadratic model of f, with the kinks of g left as they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_between, require_positive
from optedu.protocol import method, portable


class ProximalNewtonState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # F(x)
    g: np.ndarray  # the gradient of the smooth part


@portable
def coordinate_descent(problem, x, g, H, most, forcing):
    """Return a point that lowers <g, u - x> + <H (u - x), u - x> / 2 + g(u), by cyclic sweeps.

    Each coordinate is minimized exactly. The sweeps end when the largest change in one is below
    forcing * min(1, c) * c, c the largest change in the first.
    """
    u, slope, first = x.copy(), g.copy(), 0.0
    for sweep in range(most):
        largest = 0.0
        for i in range(x.size):
            curvature = H[i, i]
            if curvature <= 0.0:
                raise ValueError("proximal Newton: the Hessian's diagonal must be positive")
            old = float(u[i])  # an entry of an array on a GPU is a view
            u[i] = old - slope[i] / curvature
            new = problem.coordinate_prox(i, u, 1.0 / curvature)
            u[i] = new
            if new != old:
                slope = slope + (new - old) * H[:, i]
                largest = max(largest, abs(new - old))
        if sweep == 0:
            first = largest
        if largest <= forcing * min(1.0, first) * first:
            break
    return u


@method
class ProximalNewton(NamedTuple):
    """Newton's method for a smooth function plus a separable one with kinks.

    Problem      minimize F(x) = f(x) + g(x), f twice differentiable with a positive definite
                 Hessian, g separable and convex with a prox: l1, elastic net.
    Update       u ~ argmin of <grad f(x), u - x> + <H (u - x), u - x> / 2 + g(u), H the Hessian,
                 by cyclic coordinate descent; x+ = x + t (u - x), t = 1, 1/2, 1/4, ... until
                 F(x+) <= F(x) - (decrease / 2) t <H (u - x), u - x>
    Guarantee    no bound is stated. The search ends: the model is not above F(x), so that the
                 slope of F is <= -<H (u - x), u - x> / 2. With t = 1 in the end and models solved
                 exactly enough, superlinear convergence (lee2014).
    Cost         one gradient and one Hessian, some sweeps of O(d^2), one value per trial.
    Use when     d is a few thousands at most, f is costly, F is wanted to many digits.
    Fails when   f is not convex, or the Hessian does not fit.

    Parameters
    ----------
    sweeps : int
        The most sweeps for one model.
    forcing : float
        The sweeps end when their changes are below forcing * min(1, c) * c, c the largest change
        in the first: the closer, the more exact (ours; lee2014 has a test on the residual).
    decrease : float
        Part of the promised decrease that the line search asks for, in (0, 1).

    References
    ----------
    lee2014; friedman2010, for the sweeps.

    Examples
    --------
    >>> import optedu as oe
    >>> loss = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 2.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(loss, oe.problems.L1(1.0))
    >>> oe.run(oe.ProximalNewton(), problem, [0.0, 0.0]).x
    array([2., 0.])
    """

    sweeps: int = 100
    forcing: float = 0.1
    decrease: float = 1e-4

    holds = ("f", "g")

    def check(self):
        """Refuse numbers out of range."""
        require_positive(self, "sweeps", "forcing", "decrease")
        require_between(self, "decrease", 0.0, 1.0)

    def init(self, problem, x):
        return ProximalNewtonState(x, problem.value(x), problem.gradient(x))

    def step(self, problem, state):
        x, f, g = state
        H = problem.hessian(x)
        p = coordinate_descent(problem, x, g, H, self.sweeps, self.forcing) - x
        promised = 0.5 * self.decrease * (p @ (H @ p))
        t = 1.0
        x_new, f_new = x + p, problem.value(x + p)
        while not f_new <= f - t * promised and t > 1e-12:
            t = 0.5 * t
            x_new, f_new = x + t * p, problem.value(x + t * p)
        if not f_new <= f:
            return state
        return ProximalNewtonState(x_new, f_new, problem.gradient(x_new))
