"""Douglas-Rachford splitting: minimize a sum of two terms by their proxes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.protocol import method
from optedu.splitting.residuals import require_relaxation, two_term_residual


class DouglasRachfordState(NamedTuple):
    x: np.ndarray  # prox of f_0 at z, the candidate solution
    z: np.ndarray  # what the method iterates on


@method
class DouglasRachford(NamedTuple):
    """Douglas-Rachford splitting, relaxed; Peaceman-Rachford at relaxation 2.

    Problem      minimize f_0(x) + f_1(x), both convex and closed, each with a prox. Of two sets,
                 whose proxes are projections, it finds a common point.
    Update       x = prox_0(z, step_size);  y = prox_1(2 x - z, step_size)
                 z+ = z + relaxation (y - x)
    Guarantee    z+ = T z with T averaged, nonexpansive at relaxation 2: for a fixed point z* (they
                 exist when the sum has a minimizer that both terms agree on) ||z - z*|| never
                 grows, and with relaxation 1, ||z_{k+1} - z_k|| <= ||z_0 - z*|| / sqrt(k + 1).
                 f_0 mu-strongly convex and L-smooth: z_k - z* contracts by
                 |1 - r/2| + (r/2) max((1 - h mu)/(1 + h mu), (h L - 1)/(1 + h L)), h the step size
                 and r the relaxation (giselsson2017). Two subspaces: the cosine of the
                 Friedrichs angle, exactly (bauschke2014).
    Cost         one prox of each term per step.
    Use when     neither term is smooth, or the proxes are all you have.
    Fails when   relaxation is 2 and no term is strongly convex: Peaceman-Rachford may circle for
                 ever. Without a solution z runs away, along a straight line in the end.

    Parameters
    ----------
    step_size : float, default 1.0
        The parameter of both proxes. Any positive one converges, at very different speeds.
    relaxation : float, default 1.0
        In (0, 2]; 2 is Peaceman-Rachford.

    References
    ----------
    lions1979; eckstein1992; giselsson2017; bauschke2014.

    Examples
    --------
    >>> import optedu as oe
    >>> lasso = oe.problems.SumOfTwo(oe.problems.SquaredError([3.0, 0.5]), oe.problems.L1(1.0))
    >>> oe.run(oe.DouglasRachford(), lasso, [0.0, 0.0]).x.round(6)
    array([2., 0.])
    """

    step_size: float = 1.0
    relaxation: float = 1.0

    certificate_name = "two-term residual"
    may_rest = True

    def check(self):
        """Refuse a step size that is not positive and a relaxation out of range."""
        require_positive(self, "step_size")
        require_relaxation(self)

    def init(self, problem, x):
        return DouglasRachfordState(problem.component_prox(0, x, self.step_size), x)

    def step(self, problem, state):
        x, z = state
        y = problem.component_prox(1, 2.0 * x - z, self.step_size)
        z_new = z + self.relaxation * (y - x)
        return DouglasRachfordState(problem.component_prox(0, z_new, self.step_size), z_new)

    def certificate(self, problem, state):
        """How far (z - x) / step_size is from a subgradient of f_0 whose negative is one of f_1."""
        return two_term_residual(problem, state.x, (state.z - state.x) / self.step_size)
