"""R-FISTA: FISTA that searches for its step, up and down, and forgets its momentum uphill."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_between, require_positive
from optedu.protocol import method


class SearchingRestartedFISTAState(NamedTuple):
    x: np.ndarray  # the iterate
    y: np.ndarray  # the extrapolated point, where the gradient is taken
    t: float  # the momentum sequence, 1 after a restart
    step_size: float  # the first trial of the next step


@method
class SearchingRestartedFISTA(NamedTuple):
    """R-FISTA, as it trains gated networks: line search, growing steps, restarts.

    Problem      minimize F(x) = f(x) + g(x), f convex with Lipschitz gradient, g convex with a
                 prox; a `GatedReLU`.
    Update       shrink h until p = prox(y - h grad f(y), h) has
                 <grad f(p) - grad f(y), p - y> <= ||p - y||^2 / h;  x+ = p
                 <y - p, p - x> > 0: restart, t = 1 and y+ = p; else
                 t+ = (1 + sqrt(1 + 4 t^2)) / 2,  y+ = p + (t - 1) / t+ * (p - x)
                 h grows by a factor if the left side is `slack` times less than the right
    Guarantee    none known: the restart is a heuristic, and steps that grow are not covered by
                 the bound of FISTA.
    Cost         one gradient per step, one gradient and one prox per trial, mostly one trial.
    Use when     neither L nor the strong convexity near the minimizer is known, as in a group
                 Lasso whose groups die out.
    Fails when   as `RestartedFISTA`: restarts that come too early.

    Both halves are in the chapter on acceleration: `BacktrackingFISTA`, whose step never grows,
    and `RestartedFISTA`, whose step is given. mishkin2022 put them together. Their test of a step
    compares values of f, ours its gradients; on a quadratic f they are the same test, and every
    h <= 1 / L passes both.

    Parameters
    ----------
    first_step : float
        The first trial of the step size.
    shrink : float
        Factor after a failed trial, in (0, 1).
    grow : float
        Factor after a step with slack, at least 1.
    slack : float
        How loose the test must be for that.

    References
    ----------
    mishkin2022; odonoghue2015, Section 3.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.problems.activation_patterns import all_patterns
    >>> X, y = np.array([[1.0, 1.0], [0.0, 1.0], [-1.0, 1.0]]), np.array([1.0, 0.0, 1.0])
    >>> problem = oe.problems.GatedReLU(X, y, all_patterns(X).active, 0.1)
    >>> oe.run(oe.SearchingRestartedFISTA(), problem, tol=1e-9).success
    True
    """

    first_step: float = 1.0
    shrink: float = 0.5
    grow: float = 1.25
    slack: float = 5.0

    def check(self):
        """Refuse a first step that is not positive, and factors out of range."""
        require_positive(self, "first_step", "shrink")
        require_between(self, "shrink", 0.0, 1.0)
        require_between(self, "grow", 1.0, np.inf)
        require_between(self, "slack", 1.0, np.inf)

    def init(self, problem, x):
        return SearchingRestartedFISTAState(x, x, 1.0, self.first_step)

    def step(self, problem, state):
        x, y, t, h = state
        g = problem.gradient(y)
        resolution = 1e-24 * max(1.0, np.sum(y * y))
        while True:
            p = problem.prox(y - h * g, h)
            d = p - y
            square = np.sum(d * d)
            curvature = h * np.sum((problem.gradient(p) - g) * d)
            if not (curvature > square and square > resolution):  # NaN ends it too
                break
            h = self.shrink * h
        if self.slack * curvature < square and square > resolution:
            h = self.grow * h
        if np.sum(d * (p - x)) < 0.0:
            return SearchingRestartedFISTAState(p, p, 1.0, h)
        t_new = (1.0 + np.sqrt(1.0 + 4.0 * t * t)) / 2.0
        return SearchingRestartedFISTAState(p, p + (t - 1.0) / t_new * (p - x), t_new, h)
