"""Exponentiated gradient, for one expert in a round: Hedge."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.mirror.steps import positive_weights, resolve_rounds
from optedu.parameters import require_positive
from optedu.protocol import method


class ExponentiatedGradientState(NamedTuple):
    x: np.ndarray  # the weights for the next round
    k: int  # rounds played


@method
class ExponentiatedGradient(NamedTuple):
    """Exponentiated gradient of Kivinen and Warmuth; with linear losses, Hedge.

    Problem      round k reveals a convex f_k after the weights x_k, a point of the probability
                 simplex, were chosen.
    Update       x_i+ = x_i exp(-step_size g_i) / sum_j x_j exp(-step_size g_j),  g = grad f_k(x)
    Guarantee    entries of each gradient within a range of length M: from even weights the regret
                 of n rounds is at most log(d) / step_size + step_size n M^2 / 8, which with
                 step_size = sqrt(8 log(d) / n) / M is M sqrt(n log(d) / 2) (cesabianchi2006,
                 Theorem 2.2).
    Cost         one component gradient and d exponentials per round.
    Use when     there are many experts and a few good ones.
    Fails when   the best expert changes: a weight that has become tiny takes as long to grow again.

    Parameters
    ----------
    step_size : float
        Also called the learning rate.
    components : int, optional
        Number of rounds; by default problem.components.

    References
    ----------
    kivinen1997; freund1997; cesabianchi2006, Theorem 2.2.

    Examples
    --------
    >>> import optedu as oe
    >>> rounds = oe.problems.LinearRounds([[1.0, 0.0], [0.0, 0.5]])
    >>> oe.run(oe.ExponentiatedGradient(1.0), rounds, [0.5, 0.5], max_iter=2).x.round(4)
    array([0.3775, 0.6225])
    """

    step_size: float = 0.1
    components: int | None = None

    def check(self):
        """Refuse a step size that is not positive."""
        require_positive(self, "step_size", "components")

    def resolve(self, problem):
        """Take the number of rounds from the problem where it is not given."""
        return resolve_rounds(self, problem)

    def init(self, problem, x):
        return ExponentiatedGradientState(positive_weights(x), 0)

    def step(self, problem, state):
        x, k = state
        g = problem.component_gradient(k % self.components, x)
        w = x * np.exp(-self.step_size * (g - np.min(g)))
        return ExponentiatedGradientState(w / np.sum(w), k + 1)

    def regret_bound(self, dimension: int, rounds: Any, spread: float = 1.0) -> Any:
        """Return the bound on the regret from even weights."""
        return np.log(dimension) / self.step_size + self.step_size * rounds * spread**2 / 8
