"""Newton's method: minimize the quadratic model, go there, repeat."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee
from optedu.parameters import known, require_positive
from optedu.protocol import method


class NewtonMethodState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class NewtonMethod(NamedTuple):
    """Newton's method, pure or relaxed.

    Problem      minimize f(x), f twice differentiable.
    Update       x+ = x - relaxation * H^-1 g,   g = grad f(x), H the Hessian at x
    Guarantee    pure, f strongly convex with mu and M-Lipschitz Hessian, q = M ||g_0|| / (2 mu^2)
                 < 1:  ||g_k|| <= (2 mu^2 / M) q^(2^k)  (boyd2004, Section 9.5.3): the correct
                 digits double at each step. One step suffices on a quadratic (M = 0).
                 From farther away nothing is promised.
    Cost         one gradient, one Hessian and the solution of a d by d system per step.
    Use when     the start is near the solution, and d is small enough for a system.
    Fails when   the start is far: it may cycle, diverge, or go to a maximum or a saddle, since it
                 looks for a zero of the gradient only. A singular Hessian ends the run.

    Parameters
    ----------
    relaxation : float
        Part of Newton's step that is taken.

    References
    ----------
    boyd2004, Section 9.5; nocedal2006, Theorem 3.5.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> trace = oe.run(oe.NewtonMethod(), problem, [5.0, -7.0])
    >>> len(trace) - 1, trace.x.round(12)
    (1, array([0.2, 0.4]))
    """

    relaxation: float = 1.0

    def check(self):
        """Refuse a relaxation that is not positive."""
        require_positive(self, "relaxation")

    def init(self, problem, x):
        return NewtonMethodState(x)

    def step(self, problem, state):
        x = state.x
        g, H = problem.gradient(x), problem.hessian(x)
        p = -np.linalg.solve(H, g.ravel()).reshape(x.shape)
        return NewtonMethodState(x + self.relaxation * p)

    def guarantee(self, problem, k, x0):
        """Return the bound on the gradient norm where the start is near enough."""
        constants = known(problem, "strong_convexity", "hessian_lipschitz")
        if constants is None or not constants[0] or self.relaxation != 1:
            return None
        mu, M = constants
        first = np.sqrt(np.sum(problem.gradient(x0) ** 2))
        q = M * first / (2 * mu**2)
        if q >= 1:
            return None
        doublings = 2.0 ** np.asarray(k)
        bound = np.where(doublings > 1, first * q ** (doublings - 1), first)
        return Guarantee("gradient_norm", bound[()], "boyd2004, Section 9.5.3")
