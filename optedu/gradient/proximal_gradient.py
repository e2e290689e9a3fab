"""Proximal gradient (ISTA): a gradient step on the smooth part, a prox on the rest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.gradient.proximal_bound import proximal_bound
from optedu.parameters import known, require_positive, step_from_smoothness
from optedu.protocol import method


class ProximalGradientState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class ProximalGradient(NamedTuple):
    """Proximal gradient with a constant step size, also called ISTA and forward-backward.

    Problem      minimize F(x) = f(x) + g(x), f convex with L-Lipschitz gradient, g convex with a
                 prox that is cheap.
    Update       x+ = prox(x - step_size * grad f(x), step_size),  the prox that of g
    Guarantee    for h = step_size, R = ||x_0 - x*||, f mu-strongly convex (mu = 0 allowed):
                 h < 2/L: ||x_k - x*|| <= max(|1 - h L|, |1 - h mu|)^k R, tight
                 (taylor2018, Theorem 3.1); over (1 + h m)^k where g is m-strongly convex;
                 h <= 1/L: F(x_k) - F* <= R^2 / (4 h k), tight for mu = 0 (teboulle2023;
                 taylor2017, Table 1), and <= (1 - h mu)^(2k - 1) R^2 / (2 h) (from the above).
    Cost         one gradient and one prox per step.
    Use when     g has kinks or is a constraint: l1, group norms, a set's indicator.
    Fails when   step_size > 2/L.

    Parameters
    ----------
    step_size : float, optional
        By default 1 / problem.smoothness, the smoothness of f.

    References
    ----------
    beck2009; taylor2017, Table 1; taylor2018, Theorem 3.1; teboulle2023.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> lasso = oe.Problem.from_functions(
    ...     lambda x: 0.5 * (x[0] - 3.0) ** 2 + abs(x[0]), gradient=lambda x: x - 3.0,
    ...     prox=lambda x, t: np.sign(x) * np.maximum(np.abs(x) - t, 0.0))
    >>> oe.run(oe.ProximalGradient(step_size=0.5), lasso, [0.0]).x.round(4)
    array([2.])
    """

    step_size: float | None = None

    def check(self):
        """Refuse a step size that is not positive."""
        require_positive(self, "step_size")

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x):
        return ProximalGradientState(x)

    def step(self, problem, state):
        x, t = state.x, self.step_size
        return ProximalGradientState(problem.prox(x - t * problem.gradient(x), t))

    def guarantee(self, problem, k, x0):
        """Return the bound on the gap for steps up to 1/L, on the distance for longer ones."""
        constants = known(problem, "smoothness", "strong_convexity", "minimizer")
        if constants is None:
            return None
        L, total, minimizer = constants
        # Not knowing the parts, count all strong convexity as that of g: the rate is slower so.
        mu = getattr(getattr(problem, "smooth", None), "strong_convexity", None) or 0.0
        squared = np.sum((x0 - minimizer) ** 2)
        return proximal_bound(self.step_size, L, mu, max(total - mu, 0.0), squared, k)
