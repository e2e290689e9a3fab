"""The primal-dual method of Condat and Vu: a gradient, a prox, and a term behind a map."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import constant, require_positive
from optedu.protocol import method
from optedu.splitting.chambolle_pock import resolve_steps
from optedu.splitting.residuals import adjoint_like, saddle_residual


class CondatVuState(NamedTuple):
    x: np.ndarray  # the primal iterate
    y: np.ndarray  # the dual iterate


@method
class CondatVu(NamedTuple):
    """Condat-Vu: Chambolle-Pock with a smooth term that is met by its gradient.

    Problem      minimize h(x) + f(x) + g(K x), h convex with L-Lipschitz gradient, f and g convex
                 with a prox each.
    Update       x+ = prox(x - primal_step (grad h(x) + K' y), primal_step)
                 y+ = dual_prox(y + dual_step K (2 x+ - x), dual_step)
    Guarantee    1/primal_step - dual_step ||K||^2 >= L/2: the iterates converge to a primal-dual
                 solution (condat2013, Theorem 3.1). h = 0: Chambolle-Pock. K = 0: proximal
                 gradient.
    Cost         one gradient, one prox, one dual prox, one product with K and one with K' per
                 step.
    Use when     a loss that has only a gradient meets a regularizer behind a linear map.
    Fails when   1/primal_step - dual_step ||K||^2 < L/2.

    Parameters
    ----------
    primal_step : float, optional
        By default 1 / (L/2 + dual_step ||K||^2 / 0.99).
    dual_step : float, optional
        By default what primal_step leaves, or 0.99 / ||K|| where neither is given.

    References
    ----------
    condat2013, Theorem 3.1; vu2013.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.FusedLasso([[1.0, 0.0], [0.0, 1.0]], [3.0, 2.0], 0.25, 0.5)
    >>> oe.run(oe.CondatVu(), problem, max_iter=500).x.round(4)
    array([2.25, 1.75])
    """

    primal_step: float | None = None
    dual_step: float | None = None

    certificate_name = "saddle point residual"
    may_rest = True

    def check(self):
        """Refuse steps that are not positive."""
        require_positive(self, "primal_step", "dual_step")

    def resolve(self, problem):
        """Fill in the steps from L and ||K||."""
        if self.primal_step is not None and self.dual_step is not None:
            return self
        L = constant(self, problem, "smoothness", "primal_step and dual_step")
        return resolve_steps(self, problem, L)

    def init(self, problem, x):
        return CondatVuState(x, 0.0 * problem.linear_map(x))

    def step(self, problem, state):
        x, y = state
        tau, sigma = self.primal_step, self.dual_step
        x_new = problem.prox(x - tau * (problem.gradient(x) + adjoint_like(problem, y, x)), tau)
        y_new = problem.dual_prox(y + sigma * problem.linear_map(2.0 * x_new - x), sigma)
        return CondatVuState(x_new, y_new)

    def certificate(self, problem, state):
        """Residual of the optimality conditions at (x, y), with steps of length 1."""
        return saddle_residual(problem, state.x, state.y, problem.gradient(state.x))
