"""Steps along a running median of stochastic gradients."""

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
from optedu.stochastic.clipping import clip_norm


class MedianGradientState(NamedTuple):
    x: np.ndarray  # the iterate
    m: np.ndarray  # the running median of the gradients
    k: float  # steps taken


@method
class MedianGradient(NamedTuple):
    """Gradient descent along an online estimate of the geometric median of the gradients.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each smooth.
    Update       g = gradient of a random batch at x
                 m+ = m + min(1, threshold / ||g - m||) (g - m), the prox of
                 threshold ||. - g|| at m
                 x+ = x - t_k m+,  t_k = step_size / (k + 1)^decay
    Guarantee    none of this rule; with m held at 0 it is clipped stochastic gradient descent, and
                 with ||. - g||^2 in place of ||. - g|| momentum (schaipp2024).
    Cost         batch_size component gradients per step.
    Use when     the noise is symmetric with heavy tails: its median is zero, its mean may not be.
    Fails when   the noise is skewed, and the median of the gradients is not their mean.

    Parameters
    ----------
    step_size : float, default 0.05
        The first step size.
    threshold : float, default 0.5
        How far a gradient may move m.
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
    >>> median = oe.MedianGradient(step_size=0.01, threshold=0.01)
    >>> oe.run(median, skewed, [3.0], max_iter=5000, seed=0).x.round(1)
    array([1.])
    """

    step_size: float = 0.05
    threshold: float = 0.5
    decay: float = 0.0
    batch_size: int = 1
    components: int | None = None

    def check(self):
        """Refuse numbers out of range."""
        require_decaying_step(self)
        require_positive(self, "threshold")
        require_batch(self)

    def resolve(self, problem):
        """Take the number of terms from the problem where not given."""
        return resolve_components(self, problem)

    def init(self, problem, x, rng):
        return MedianGradientState(x, 0.0 * x, 0.0)

    def step(self, problem, state, rng):
        x, m, k = state
        batch = draw_batch(rng, self.components, self.batch_size)
        g = minibatch_gradient(problem, batch, x)
        m = m + clip_norm(g - m, self.threshold)
        t = decaying_step(self.step_size, self.decay, k)
        return MedianGradientState(x - t * m, m, k + 1.0)
