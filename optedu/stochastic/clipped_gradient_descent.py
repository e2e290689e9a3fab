"""Gradient descent whose gradients are clipped at a threshold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method
from optedu.stochastic.clipping import clip_norm


class ClippedGradientDescentState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class ClippedGradientDescent(NamedTuple):
    """Gradient descent with gradients no longer than a threshold.

    Problem      minimize f(x), f smooth.
    Update       g = grad f(x);  x+ = x - step_size min(1, threshold / ||g||) g
    Guarantee    the stationary points are those of gradient descent, and near them the step is the
                 same: without noise the threshold costs terms of higher order only
                 (koloskova2023).
    Cost         one gradient per step.
    Use when     f has cliffs, where one gradient would throw the iterate far away.
    Fails when   the start is far: a clipped step is step_size * threshold long, no more.

    Parameters
    ----------
    threshold : float, default 1.0
        c, in units of a gradient.
    step_size : float, optional
        By default 1 / problem.smoothness.

    References
    ----------
    koloskova2023; pascanu2013.

    Examples
    --------
    >>> import optedu as oe
    >>> bowl = oe.problems.Quadratic([[1.0]], [0.0])
    >>> oe.run(oe.ClippedGradientDescent(threshold=2.0), bowl, [7.0], max_iter=2).x
    array([3.])
    """

    threshold: float = 1.0
    step_size: float | None = None

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "threshold", "step_size")

    def resolve(self, problem):
        """Take 1 / L from the problem where no step size is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x):
        return ClippedGradientDescentState(x)

    def step(self, problem, state):
        g = clip_norm(problem.gradient(state.x), self.threshold)
        return ClippedGradientDescentState(state.x - self.step_size * g)
