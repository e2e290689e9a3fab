"""The primal-dual method of Chambolle and Pock, also called PDHG."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import constant, require_positive
from optedu.protocol import method
from optedu.splitting.residuals import saddle_residual


class ChambollePockState(NamedTuple):
    x: np.ndarray  # the primal iterate
    y: np.ndarray  # the dual iterate
    x_mean: np.ndarray  # mean of x_1, ..., x_k
    y_mean: np.ndarray  # mean of y_1, ..., y_k
    k: int  # steps taken


@method
class ChambollePock(NamedTuple):
    """The primal-dual hybrid gradient method with extrapolation.

    Problem      minimize f(x) + g(K x), f and g convex with a prox each, as the saddle point of
                 f(x) + <K x, y> - g*(y).
    Update       x+ = prox(x - primal_step K' y, primal_step)
                 y+ = dual_prox(y + dual_step K (2 x+ - x), dual_step)
    Guarantee    primal_step dual_step ||K||^2 <= 1: for the means X, Y of the first k >= 1
                 iterates and every (x, y)
                   f(X) + <K X, y> - g*(y) - f(x) - <K x, Y> + g*(Y)
                     <= ( ||x - x_0||^2 / primal_step + ||y - y_0||^2 / dual_step
                          - 2 <K (x - x_0), y - y_0> ) / (2 k)
                 (chambolle2016, Theorem 1). The iterates converge when the product is below 1.
                 With K = I and primal_step = 1 / dual_step it is Douglas-Rachford.
    Cost         one prox, one dual prox, one product with K and one with K' per step.
    Use when     K stands between you and every prox: total variation, constraints A x = b.
    Fails when   the two steps are out of balance: their product is bounded, their ratio is yours
                 to choose, and speed depends on it.

    Parameters
    ----------
    primal_step : float, optional
        By default 0.99 / (dual_step ||K||^2).
    dual_step : float, optional
        By default 1 / (primal_step ||K||^2), or 0.99 / ||K|| where neither is given.

    References
    ----------
    chambolle2011; chambolle2016, Theorem 1.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.TotalVariation([0.0, 0.0, 3.0, 3.0], 1.0)
    >>> oe.run(oe.ChambollePock(), problem).x.round(4)
    array([0.5, 0.5, 2.5, 2.5])
    """

    primal_step: float | None = None
    dual_step: float | None = None

    certificate_name = "saddle point residual"
    may_rest = True

    def check(self):
        """Refuse steps that are not positive."""
        require_positive(self, "primal_step", "dual_step")

    def resolve(self, problem):
        """Fill in the steps from ||K||."""
        return resolve_steps(self, problem, 0.0)

    def init(self, problem, x):
        y = 0.0 * problem.linear_map(x)
        return ChambollePockState(x, y, x, y, 0)

    def step(self, problem, state):
        x, y, x_mean, y_mean, k = state
        tau, sigma = self.primal_step, self.dual_step
        x_new = problem.prox(x - tau * problem.adjoint(y), tau)
        y_new = problem.dual_prox(y + sigma * problem.linear_map(2.0 * x_new - x), sigma)
        w = 1.0 / (k + 1)
        x_mean, y_mean = x_mean + w * (x_new - x_mean), y_mean + w * (y_new - y_mean)
        return ChambollePockState(x_new, y_new, x_mean, y_mean, k + 1)

    def certificate(self, problem, state):
        """Residual of the optimality conditions at (x, y), with steps of length 1."""
        return saddle_residual(problem, state.x, state.y, 0.0 * state.x)


def resolve_steps(method, problem, smoothness):
    """Return the method with both steps, where 1/tau - smoothness/2 >= sigma ||K||^2 / 0.99.

    Raises
    ------
    ValueError
        If ||K|| is needed and unknown.
    """
    tau, sigma = method.primal_step, method.dual_step
    if tau is not None and sigma is not None:
        return method
    K = constant(method, problem, "linear_norm", "primal_step and dual_step")
    if sigma is None:
        sigma = 0.99 / K if tau is None else 0.99 * (1 / tau - smoothness / 2) / K**2
        if sigma <= 0:
            raise ValueError(
                f"{type(method).__name__}: primal_step must be below {2 / smoothness:g}, got {tau}"
            )
    if tau is None:
        tau = 1 / (smoothness / 2 + sigma * K**2 / 0.99)
    return method._replace(primal_step=float(tau), dual_step=float(sigma))
