"""Steps along a running mean of stochastic gradients: momentum."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.gradient.decaying_step import decaying_step, require_decaying_step
from optedu.minibatch import (
    draw_batch,
    minibatch_gradient,
    require_batch,
    resolve_components,
)
from optedu.parameters import require_positive
from optedu.protocol import method


class MeanGradientState(NamedTuple):
    x: np.ndarray  # the iterate
    m: np.ndarray  # the running mean of the gradients
    k: float  # steps taken


@method
class MeanGradient(NamedTuple):
    """Gradient descent along an online estimate of the mean of the gradients: momentum.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each smooth.
    Update       g = gradient of a random batch at x
                 m+ = m + weight / (1 + weight) (g - m), the prox of weight ||. - g||^2 / 2 at m
                 x+ = x - t_k m+,  t_k = step_size / (k + 1)^decay
    Guarantee    none of this rule. With beta = 1 / (1 + weight) it is the heavy ball with momentum
                 beta and step (1 - beta) t, and the squared twin of the running median
                 (schaipp2024).
    Cost         batch_size component gradients per step.
    Use when     the noise is tame, and gradients of many steps are worth an average.
    Fails when   the noise has heavy tails: one gradient of length 10^6 moves m by that much.

    Parameters
    ----------
    step_size : float, default 0.05
        The first step size.
    weight : float, default 0.1
        Weight of the newest gradient against m.
    decay : float, default 0.0
        0 keeps the step size.
    batch_size : int, default 1
        Number of terms per step, drawn with replacement.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    schaipp2024.

    Examples
    --------
    >>> import optedu as oe
    >>> skewed = oe.problems.NoisyQuadratic([[1.0]], 9 * [[1.0]] + [[-9.0]])
    >>> mean = oe.MeanGradient(step_size=0.001, weight=0.1)
    >>> bool(abs(oe.run(mean, skewed, [1.0], max_iter=8000, seed=0).x[0]) < 0.3)
    True
    """

    step_size: float = 0.05
    weight: float = 0.1
    decay: float = 0.0
    batch_size: int = 1
    components: int | None = None

    def check(self):
        """Refuse numbers out of range."""
        require_decaying_step(self)
        require_positive(self, "weight")
        require_batch(self)

    def resolve(self, problem):
        """Take the number of terms from the problem where not given."""
        return resolve_components(self, problem)

    def init(self, problem, x, rng):
        return MeanGradientState(x, 0.0 * x, 0.0)

    def step(self, problem, state, rng):
        x, m, k = state
        batch = draw_batch(rng, self.components, self.batch_size)
        g = minibatch_gradient(problem, batch, x)
        m = m + self.weight / (1.0 + self.weight) * (g - m)
        t = decaying_step(self.step_size, self.decay, k)
        return MeanGradientState(x - t * m, m, k + 1.0)
