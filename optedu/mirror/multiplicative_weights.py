"""Multiplicative weights: each expert is cut by what he lost."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.mirror.steps import positive_weights, resolve_rounds
from optedu.parameters import require_positive
from optedu.protocol import method


class MultiplicativeWeightsState(NamedTuple):
    x: np.ndarray  # the weights for the next round
    k: int  # rounds played


@method
class MultiplicativeWeights(NamedTuple):
    """The multiplicative weights method, exp(-step_size g) replaced by 1 - step_size g.

    Problem      round k reveals a convex f_k after the weights x_k, a point of the probability
                 simplex, were chosen; the entries of the gradients are in [-1, 1].
    Update       x_i+ = x_i (1 - step_size g_i) / sum_j x_j (1 - step_size g_j),  g = grad f_k(x)
    Guarantee    step_size <= 1/2: from even weights the regret of n rounds against expert i is at
                 most log(d) / step_size + step_size sum over k of |g_ki| (arora2012, Theorem 2.1).
    Cost         one component gradient and d multiplications per round.
    Use when     an expert who never loses is likely: its bound does not grow with n.
    Fails when   step_size * g > 1: a weight would become negative (such factors are taken for 0).

    Parameters
    ----------
    step_size : float
        At most 1/2 for the guarantee.
    components : int, optional
        Number of rounds; by default problem.components.

    References
    ----------
    arora2012, Theorem 2.1.

    Examples
    --------
    >>> import optedu as oe
    >>> rounds = oe.problems.LinearRounds([[1.0, 0.0], [0.0, 0.5]])
    >>> oe.run(oe.MultiplicativeWeights(0.5), rounds, [0.5, 0.5], max_iter=2).x.round(4)
    array([0.4, 0.6])
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
        return MultiplicativeWeightsState(positive_weights(x), 0)

    def step(self, problem, state):
        x, k = state
        g = problem.component_gradient(k % self.components, x)
        w = x * np.maximum(1.0 - self.step_size * g, 0.0)
        return MultiplicativeWeightsState(w / np.sum(w), k + 1)

    def regret_bound(self, dimension: int, magnitude: Any) -> Any:
        """Return the bound, from even weights, against an expert with this sum of |g_ki|."""
        return np.log(dimension) / self.step_size + self.step_size * magnitude
