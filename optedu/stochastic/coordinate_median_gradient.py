"""Steps along running medians of the entries of stochastic gradients."""

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
from optedu.stochastic.clipping import clip_entries


class CoordinateMedianGradientState(NamedTuple):
    x: np.ndarray  # the iterate
    m: np.ndarray  # the running medians of the gradient's entries
    k: float  # steps taken


@method
class CoordinateMedianGradient(NamedTuple):
    """Gradient descent along online estimates of the medians of the gradients' entries.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each smooth.
    Update       g = gradient of a random batch at x
                 m_j+ = m_j + clip(g_j - m_j, -threshold, threshold), the prox of
                 threshold ||. - g||_1 at m
                 x+ = x - t_k m+,  t_k = step_size / (k + 1)^decay
    Guarantee    none of this rule; with m held at 0 it is clipping entry by entry (schaipp2024),
                 which for a small threshold is the step of a sign method.
    Cost         batch_size component gradients per step.
    Use when     single entries have heavy tails, and no direction is special.
    Fails when   the noise is skewed in some coordinate; rotate the axes, and it is another method.

    Parameters
    ----------
    step_size : float, default 0.05
        The first step size.
    threshold : float, default 0.5
        How far a gradient may move an entry of m.
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
    >>> median = oe.CoordinateMedianGradient(step_size=0.01, threshold=0.01)
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
        return CoordinateMedianGradientState(x, 0.0 * x, 0.0)

    def step(self, problem, state, rng):
        x, m, k = state
        batch = draw_batch(rng, self.components, self.batch_size)
        g = minibatch_gradient(problem, batch, x)
        m = m + clip_entries(g - m, self.threshold)
        t = decaying_step(self.step_size, self.decay, k)
        return CoordinateMedianGradientState(x - t * m, m, k + 1.0)
