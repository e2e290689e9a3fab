"""Stochastic gradient descent whose gradients are clipped at a threshold."""

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


class ClippedStochasticGradientState(NamedTuple):
    x: np.ndarray  # the iterate
    k: float  # steps taken


@method
class ClippedStochasticGradient(NamedTuple):
    """Stochastic gradient descent with gradients no longer than a threshold.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each smooth.
    Update       g = gradient of a random batch at x;  x+ = x - t_k min(1, threshold / ||g||) g,
                 t_k = step_size / (k + 1)^decay
    Guarantee    for noise of variance sigma^2 and any threshold c, the gradient norm ends at the
                 order of min(sigma, sigma^2 / c), however short the steps, and no analysis gets
                 less (koloskova2023). Symmetric noise that is at times shorter than c has no bias.
    Cost         batch_size component gradients per step.
    Use when     a few gradients are far longer than the others: no step is longer than t_k c.
    Fails when   the noise is skewed: where the clipped gradients average to zero, f has a slope.

    Parameters
    ----------
    step_size : float, default 0.1
        The first step size.
    threshold : float, default 1.0
        c, in units of a gradient. Infinite is plain stochastic gradient descent.
    decay : float, default 0.0
        0 keeps the step size.
    batch_size : int, default 1
        Number of terms per step, drawn with replacement; their mean is clipped.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    koloskova2023.

    Examples
    --------
    >>> import optedu as oe
    >>> skewed = oe.problems.NoisyQuadratic([[1.0]], 9 * [[1.0]] + [[-9.0]])
    >>> clipped = oe.ClippedStochasticGradient(step_size=0.001, threshold=2.0)
    >>> oe.run(clipped, skewed, [3.0], max_iter=8000, seed=0).x.round(1)
    array([0.8])
    """

    step_size: float = 0.1
    threshold: float = 1.0
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
        return ClippedStochasticGradientState(x, 0.0)

    def step(self, problem, state, rng):
        x, k = state
        batch = draw_batch(rng, self.components, self.batch_size)
        g = clip_norm(minibatch_gradient(problem, batch, x), self.threshold)
        return ClippedStochasticGradientState(
            x - decaying_step(self.step_size, self.decay, k) * g, k + 1.0
        )
