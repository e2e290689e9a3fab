"""Feasible learning: every sample's loss below a level, instead of a low mean."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import constant, require_positive
from optedu.protocol import method, portable


class FeasibleLearningState(NamedTuple):
    x: np.ndarray  # the parameters
    y: np.ndarray  # a multiplier for each sample
    losses: np.ndarray  # each sample's loss at x


@portable
def losses_at(problem, x, n):
    """Return all n component values."""
    losses = np.zeros(n)
    for i in range(n):
        losses[i] = problem.component_value(i, x)
    return losses


@portable
def weighted_gradient(problem, x, y):
    """Return sum_i y_i grad l_i(x)."""
    total = 0.0 * x
    for i in range(y.size):
        if y[i] != 0.0:
            total = total + y[i] * problem.component_gradient(i, x)
    return total


@method
class FeasibleLearning(NamedTuple):
    """Gradient descent in the parameters, projected ascent in one multiplier per sample.

    Problem      find x with l_i(x) <= level for every sample i; or, if `resilient`, minimize
                 ||u||^2 / 2 subject to l_i(x) <= level + u_i.
    Update       x+ = x - step_size sum_i y_i grad l_i(x)
                 y+ = max(y + dual_step (l(x+) - level), 0),
                 resilient: l(x+) - level - y in the bracket, since u = y at the optimum
    Guarantee    none is stated for the iteration. A fixed point is a KKT point. Resilient, l_i
                 convex: its x is optimal and y is the least relaxation u.
    Cost         n component values, and a gradient for each sample with y_i > 0.
    Use when     the worst samples matter, not the mean.
    Fails when   no x meets the level, and `resilient` is off: the multipliers of the samples that
                 cannot be met grow for ever.

    Parameters
    ----------
    level : float
        What each loss may be.
    step_size : float
        Of the parameters.
    dual_step : float
        Of the multipliers; 0 leaves them at `first_multiplier`: gradient descent on the sum.
    first_multiplier : float
        Of every sample.
    resilient : bool
        Relax the levels where they cost most.
    components : int, optional
        Number of samples; by default problem.components.

    References
    ----------
    ramirez2025.

    Examples
    --------
    >>> import optedu as oe
    >>> line = oe.problems.LeastSquares([[1.0], [1.0]], [0.0, 2.0])
    >>> trace = oe.run(oe.FeasibleLearning(0.5, 0.1, 0.1), line, [0.0], max_iter=2000, tol=1e-6)
    >>> trace.x.round(3)
    array([1.])
    """

    level: float = 0.1
    step_size: float = 0.01
    dual_step: float = 0.1
    first_multiplier: float = 0.0
    resilient: bool = True
    components: int | None = None

    certificate_name = "KKT residual"

    def check(self):
        """Refuse a step size that is not positive."""
        require_positive(self, "step_size")

    def resolve(self, problem):
        """Read the number of samples off the problem."""
        if self.components is not None:
            return self
        count = constant(self, problem, "components", "components")
        return self._replace(components=int(count))

    def init(self, problem, x):
        n = self.components
        y = np.full(n, self.first_multiplier)
        return FeasibleLearningState(x, y, losses_at(problem, x, n))

    def step(self, problem, state):
        y = state.y
        x = state.x - self.step_size * weighted_gradient(problem, state.x, y)
        losses = losses_at(problem, x, self.components)
        slack = losses - self.level - y if self.resilient else losses - self.level
        return FeasibleLearningState(x, np.maximum(y + self.dual_step * slack, 0.0), losses)

    def certificate(self, problem, state):
        """Return the norm of (sum y grad l, min(y, level + u - l)), u = y or 0."""
        g = weighted_gradient(problem, state.x, state.y)
        room = self.level - state.losses
        if self.resilient:
            room = room + state.y
        pairing = np.minimum(state.y, room)
        return np.sqrt(np.sum(g * g) + np.sum(pairing * pairing))
