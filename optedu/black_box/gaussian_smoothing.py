"""A gradient step along one random direction, from two values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.black_box.differences import slope_along, step_along_random
from optedu.parameters import require_positive
from optedu.protocol import method


class GaussianSmoothingState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class GaussianSmoothing(NamedTuple):
    """Random gradient-free descent of Nesterov and Spokoiny, with central differences.

    Problem      minimize f(x), f L-smooth, from values alone.
    Update       u normal;  g = (f(x + c u) - f(x - c u)) / (2 c) u,  x+ = x - t g
                 E g is the gradient of the smoothed function E f(x + c u).
    Guarantee    f a quadratic, or c -> 0, and t = 1 / ((d + 2) L):
                 E f(x+) <= f(x) - ||grad f(x)||^2 / (2 (d + 2) L), attained by L ||x||^2 / 2.
                 So E f(x_k) - f* <= (1 - mu / ((d + 2) L))^k (f(x_0) - f*), f mu-strongly convex.
                 For any c and forward differences see nesterov2017.
    Cost         two values per step.
    Use when     d is large, and values are cheap against 2 d of them.
    Fails when   d is large and accuracy is wanted: it needs d + 2 times the steps of gradient
                 descent, in expectation.

    Parameters
    ----------
    step_size : float, optional
        t; by default 1 / ((d + 2) problem.smoothness).
    smoothing : float
        c, in the units of x.

    References
    ----------
    nesterov2017.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [4.0, 3.0])
    >>> oe.run(oe.GaussianSmoothing(), problem, [0.0, 0.0], max_iter=400, seed=1).x.round(4)
    array([1., 1.])
    """

    step_size: float | None = None
    smoothing: float = 1e-4

    def check(self):
        """Refuse lengths that are not positive."""
        require_positive(self, "step_size", "smoothing")

    def resolve(self, problem):
        """Take step_size = 1 / ((d + 2) L) where none is given."""
        return step_along_random(self, problem, 2)

    def init(self, problem, x, rng):
        return GaussianSmoothingState(x)

    def step(self, problem, state, rng):
        x, c = state.x, self.smoothing
        u = rng.standard_normal(x.size).reshape(x.shape)
        slope = slope_along(problem, x, c * u) / (2.0 * c)
        return GaussianSmoothingState(x - self.step_size * slope * u)
