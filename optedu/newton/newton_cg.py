"""Newton-CG: Newton's system solved by conjugate gradients, no more accurately than it pays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.line_search import armijo_step
from optedu.newton.truncated_conjugate_gradient import (
    LOOSEST,
    next_forcing,
    truncated_conjugate_gradient,
)
from optedu.parameters import require_between, require_positive
from optedu.protocol import method


class NewtonCGState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    forcing: float  # relative accuracy of the next direction


@method
class NewtonCG(NamedTuple):
    """Truncated Newton: Hessian products only, and a line search.

    Problem      minimize f(x), f twice differentiable and bounded below.
    Update       p by conjugate gradients on H p = -g until ||H p + g|| <= eta ||g||, or a
                 direction has no positive curvature (then what there is, or -g);  x+ = x + t p,
                 t = 1, shrunk until Armijo's condition holds
                 eta+ = 0.9 (||g+|| / ||g||)^2, safeguarded: loose far away, tight near the end
    Guarantee    none closed. Near a minimizer with positive definite Hessian the rate is that of
                 the forcing: linear for a constant eta, superlinear for eta -> 0 (dembo1982), and
                 nearly quadratic here (eisenstat1996).
    Cost         one gradient per step, one Hessian product per inner iteration, one value per
                 trial; memory of a few vectors.
    Use when     d is large and products with the Hessian cost about as much as a gradient.
    Fails when   the Hessian is ill conditioned: many inner iterations. Negative curvature is
                 noticed but not used, and a saddle with g = 0 is not left.

    Parameters
    ----------
    shrink : float
        Factor of a trial step that failed, in (0, 1).
    decrease : float
        Part of the promised decrease that is asked for, in (0, 1/2).

    References
    ----------
    dembo1982; eisenstat1996, Choice 2; nocedal2006, Algorithm 7.1.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.NewtonCG(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    shrink: float = 0.5
    decrease: float = 1e-4

    holds = ("f", "g")

    def check(self):
        """Refuse factors with which the search could not end, or would refuse Newton's step."""
        require_positive(self, "shrink", "decrease")
        require_between(self, "shrink", 0.0, 1.0)
        require_between(self, "decrease", 0.0, 0.5)

    def init(self, problem, x):
        return NewtonCGState(x, problem.value(x), problem.gradient(x), LOOSEST)

    def step(self, problem, state):
        x, f, g, forcing = state
        old = np.sqrt(np.sum(g * g))
        p = truncated_conjugate_gradient(problem, x, g, forcing * old, np.inf)[0]
        _, x, f = armijo_step(problem, x, f, g, p, 1.0, self.decrease, self.shrink)
        g = problem.gradient(x)
        return NewtonCGState(x, f, g, next_forcing(forcing, old, np.sqrt(np.sum(g * g))))
