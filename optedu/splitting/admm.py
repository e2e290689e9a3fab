"""ADMM: the alternating direction method of multipliers, for two terms."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.protocol import method
from optedu.splitting.residuals import balanced, norm, require_relaxation, two_term_residual


class ADMMState(NamedTuple):
    x: np.ndarray  # the copy of the second term
    y: np.ndarray  # the multiplier
    rho: float  # the penalty
    k: int  # steps taken


@method
class ADMM(NamedTuple):
    """The alternating direction method of multipliers, over-relaxed, on x = z.

    Problem      minimize f_0(w) + f_1(x) subject to w = x, both convex with a prox.
    Update       w = prox_0(x - y / rho, 1 / rho);  v = relaxation w + (1 - relaxation) x
                 x+ = prox_1(v + y / rho, 1 / rho)
                 y+ = y + rho (v - x+)
                 in the first `balance` steps then rho doubled when ||w - x+|| > 10 rho ||x+ - x||,
                 halved when it is 10 times less
    Guarantee    relaxation in (0, 2) and rho constant from some step on: w - x -> 0, the value
                 converges to the minimum, y to a dual solution when there is one (boyd2011,
                 Section 3.2; eckstein1992, Theorem 8). It is Douglas-Rachford in other letters:
                 x + y / rho is its z.
    Cost         one prox of each term per step.
    Use when     two terms are easy one at a time and hard together.
    Fails when   rho is off by orders of magnitude: it converges, slowly. Three blocks instead of
                 two may diverge.

    Parameters
    ----------
    penalty : float, default 1.0
        rho, the first one where it is balanced.
    relaxation : float, default 1.0
        In (0, 2]; 1.5 to 1.8 is often faster.
    balance : int, default 0
        Number of steps after which rho may still be changed.

    References
    ----------
    boyd2011, Sections 3.1 to 3.4; eckstein1992, Theorem 8.

    Examples
    --------
    >>> import optedu as oe
    >>> lasso = oe.problems.SumOfTwo(oe.problems.SquaredError([3.0, 0.5]), oe.problems.L1(1.0))
    >>> oe.run(oe.ADMM(), lasso, [0.0, 0.0]).x.round(4)
    array([2., 0.])
    """

    penalty: float = 1.0
    relaxation: float = 1.0
    balance: int = 0

    certificate_name = "two-term residual"
    may_rest = True

    def check(self):
        """Refuse a penalty that is not positive and a relaxation out of range."""
        require_positive(self, "penalty")
        require_relaxation(self)

    def init(self, problem, x):
        return ADMMState(x, 0.0 * x, self.penalty, 0)

    def step(self, problem, state):
        x, y, rho, k = state
        w = problem.component_prox(0, x - y / rho, 1.0 / rho)
        v = self.relaxation * w + (1.0 - self.relaxation) * x
        x_new = problem.component_prox(1, v + y / rho, 1.0 / rho)
        y_new = y + rho * (v - x_new)
        if k < self.balance:
            rho = balanced(rho, norm(w - x_new), rho * norm(x_new - x))
        return ADMMState(x_new, y_new, rho, k + 1)

    def certificate(self, problem, state):
        """How far -y is from a subgradient of f_0 at x, and y from one of f_1."""
        return two_term_residual(problem, state.x, -state.y)
