"""The augmented Lagrangian method for a term behind a map, with accelerated inner steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import constant, require_positive
from optedu.protocol import method
from optedu.splitting.residuals import saddle_residual


class ConeAugmentedLagrangianState(NamedTuple):
    x: np.ndarray  # the primal iterate
    y: np.ndarray  # the multiplier


@method
class ConeAugmentedLagrangian(NamedTuple):
    """Multipliers for the cones of a network, restarted FISTA for what is left.

    Problem      minimize h(x) + f(x) + g(K x), h smooth and convex, f with a prox, g with a dual
                 prox: a `ConvexReLU`, with either loss, where g holds K x in the cones.
    Update       x+ = about argmin h(x) + f(x) + m(x), m the envelope of g + <y, .> at K x: for
                 cones m(x) = ||min(y + penalty K x, 0)||^2 / (2 penalty);
                 grad m(x) = K' dual_prox(y + penalty K x, penalty);
                 `inner` steps of FISTA, which forget their momentum when it points uphill
                 y+ = dual_prox(y + penalty K x+, penalty)
    Guarantee    with the inner problems solved to errors that can be summed, x and y converge to
                 a primal-dual solution: it is the proximal point method for y (rockafellar1976).
                 For a fixed number of inner steps none known.
    Cost         per step `inner` times one gradient, one prox, one dual prox and one product with
                 K and one with K'; and these two once more.
    Use when     the loss is no square, so that ADMM has no linear system to solve.
    Fails when   the penalty is large, and the inner problems need more steps than they get; or
                 small, and y needs many.

    The multipliers and the inner method are those of mishkin2022, who search for the step and
    tune the penalty at the start.

    Parameters
    ----------
    penalty : float, optional
        By default L / ||K||^2: then m is as curved as h.
    inner : int
        Steps of FISTA per step.
    step_size : float, optional
        Of these; by default 1 / (L + penalty ||K||^2).

    References
    ----------
    mishkin2022; rockafellar1976.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.problems.activation_patterns import all_patterns
    >>> X, y = np.array([[1.0, 1.0], [0.0, 1.0], [-1.0, 1.0]]), np.array([1.0, -1.0, 1.0])
    >>> problem = oe.problems.ConvexReLU(X, y, all_patterns(X).active, 0.1, logistic=True)
    >>> oe.run(oe.ConeAugmentedLagrangian(), problem, tol=1e-6, max_iter=2000).success
    True
    """

    penalty: float | None = None
    inner: int = 20
    step_size: float | None = None

    certificate_name = "saddle point residual"
    may_rest = True

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "penalty", "inner", "step_size")

    def resolve(self, problem):
        """Fill in penalty and step size from L and ||K||."""
        method = self
        if method.penalty is None or method.step_size is None:
            L = constant(self, problem, "smoothness", "penalty and step_size")
            K = constant(self, problem, "linear_norm", "penalty and step_size")
            if method.penalty is None:
                method = method._replace(penalty=L / K**2 if L > 0 < K else 1.0)
            if method.step_size is None:
                method = method._replace(step_size=1.0 / max(L + method.penalty * K**2, 1e-300))
        return method

    def init(self, problem, x):
        return ConeAugmentedLagrangianState(x, 0.0 * problem.linear_map(x))

    def step(self, problem, state):
        x, y = state
        z, t, c, h = x, 1.0, self.penalty, self.step_size
        for _ in range(self.inner):
            pull = problem.adjoint(problem.dual_prox(y + c * problem.linear_map(z), c))
            x_new = problem.prox(z - h * (problem.gradient(z) + pull.reshape(z.shape)), h)
            t_new = (1.0 + np.sqrt(1.0 + 4.0 * t * t)) / 2.0
            if np.sum((z - x_new) * (x_new - x)) > 0.0:
                t, t_new = 1.0, 1.0
            z = x_new + (t - 1.0) / t_new * (x_new - x)
            x, t = x_new, t_new
        return ConeAugmentedLagrangianState(x, problem.dual_prox(y + c * problem.linear_map(x), c))

    def certificate(self, problem, state):
        """Residual of the optimality conditions at (x, y), with steps of length 1."""
        return saddle_residual(problem, state.x, state.y, problem.gradient(state.x))
