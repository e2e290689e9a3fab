"""Forward gradients: one directional derivative, exact, along a random direction."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.black_box.differences import step_along_random
from optedu.parameters import require_positive
from optedu.protocol import method


class ForwardGradientState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class ForwardGradient(NamedTuple):
    """Descent along a random direction, as far as the exact slope along it says.

    Problem      minimize f(x), f L-smooth, where forward differentiation gives <grad f(x), u>.
    Update       u normal, or random signs;  g = <grad f(x), u> u,  x+ = x - t g
    Guarantee    t = 1 / (q L), q = d + 2 (normal) or d (signs):
                 E f(x+) <= f(x) - ||grad f(x)||^2 / (2 q L), attained by L ||x||^2 / 2;
                 f mu-strongly convex: E f(x_k) - f* <= (1 - mu / (q L))^k (f(x_0) - f*).
    Cost         one directional derivative per step. Here it is read off one gradient, which
                 forward differentiation would not compute.
    Use when     memory is short: nothing has to be kept for a way back.
    Fails when   d is large: d times the steps of gradient descent, in expectation.

    Parameters
    ----------
    step_size : float, optional
        t; by default 1 / (q problem.smoothness).
    signs : bool
        Directions of random signs; if off, normal ones.

    References
    ----------
    baydin2022; fournier2023.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [4.0, 3.0])
    >>> oe.run(oe.ForwardGradient(), problem, [0.0, 0.0], max_iter=400, seed=1).x.round(4)
    array([1., 1.])
    """

    step_size: float | None = None
    signs: bool = False

    def check(self):
        """Refuse a step size that is not positive."""
        require_positive(self, "step_size")

    def resolve(self, problem):
        """Take step_size = 1 / (q L) where none is given."""
        return step_along_random(self, problem, 0 if self.signs else 2)

    def init(self, problem, x, rng):
        return ForwardGradientState(x)

    def step(self, problem, state, rng):
        x = state.x
        if self.signs:
            u = np.where(rng.random(x.size) < 0.5, -1.0, 1.0).reshape(x.shape)
        else:
            u = rng.standard_normal(x.size).reshape(x.shape)
        slope = np.sum(problem.gradient(x) * u)
        return ForwardGradientState(x - self.step_size * slope * u)
