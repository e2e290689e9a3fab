"""BFGS: a Hessian learned from gradients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.line_search import inner, require_wolfe_constants, wolfe_step
from optedu.protocol import method, portable


class BFGSState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    H: np.ndarray  # the estimate of the inverse Hessian
    fresh: bool  # whether it is still a multiple of the identity


@portable
def bfgs_update(H, s, y):
    """Return the inverse Hessian nearest to H, in a weighted norm, with H y = s."""
    sy = s @ y
    Hy = H @ y
    middle = (1.0 + (y @ Hy) / sy) / sy
    cross = np.outer(s, Hy) / sy
    return H - cross - cross.T + middle * np.outer(s, s)


@method
class BFGS(NamedTuple):
    """The quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno.

    Problem      minimize f(x), f differentiable and bounded below.
    Update       p = -H g;  x+ = x + t p, t by the strong Wolfe conditions, t = 1 tried first
                 s = x+ - x,  y = g+ - g
                 H+ = (I - s y'/<s, y>) H (I - y s'/<s, y>) + s s'/<s, y>, so that H+ y = s
                 the first H is I; before the first update <s, y> / <y, y> times I
    Guarantee    none closed. Quadratic with an exact search: conjugate gradients, at most d steps.
                 Convex f: converges from any start, superlinearly where the Hessian at the
                 solution is Lipschitz and positive definite (nocedal2006, Theorems 6.5 and 6.6).
    Cost         one value and one gradient per trial, most steps need one; 4 d^2 multiplications.
    Use when     gradients are all there is and d is at most a few thousand.
    Fails when   d is large: memory d^2 (LBFGS). Without convexity there are functions on which it
                 does not converge (dai2002b).

    Parameters
    ----------
    first_step : float
        First trial of the very first search, along -g.
    decrease, curvature : float
        Constants of the Wolfe conditions, 0 < decrease < curvature < 1; a small curvature makes
        the search exact.

    References
    ----------
    nocedal2006, Algorithm 6.1 and Equation 6.20; dai2002b.

    Examples
    --------
    >>> import optedu as oe
    >>> trace = oe.run(oe.BFGS(), oe.problems.Rosenbrock(), [-1.2, 1.0])
    >>> trace.success, trace.x.round(6)
    (True, array([1., 1.]))
    """

    first_step: float = 1.0
    decrease: float = 1e-4
    curvature: float = 0.9

    holds = ("f", "g")

    def check(self):
        """Refuse constants for which no step may exist."""
        require_wolfe_constants(self)

    def init(self, problem, x):
        return BFGSState(x, problem.value(x), problem.gradient(x), np.eye(x.size), True)

    def step(self, problem, state):
        x, f, g, H, fresh = state
        p = -(H @ g.ravel()).reshape(x.shape)
        first = self.first_step if fresh else 1.0
        t, x_new, f_new, g_new = wolfe_step(
            problem, x, f, g, p, first, self.decrease, self.curvature
        )
        s, y = (x_new - x).ravel(), (g_new - g).ravel()
        sy = inner(s, y)
        if t == 0.0:  # no descent along p: forget what was learned
            return BFGSState(x, f, g, np.eye(x.size), True)
        if sy > 0.0:
            if fresh:
                H = sy / inner(y, y) * H
            H = bfgs_update(H, s, y)
        return BFGSState(x_new, f_new, g_new, H, fresh and not sy > 0.0)
