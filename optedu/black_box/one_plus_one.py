"""One parent, one child: the (1+1) evolution strategy with the one-fifth rule."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.protocol import method


class OnePlusOneState(NamedTuple):
    x: np.ndarray  # the parent
    f: float  # f(x)
    size: float  # standard deviation of the next mutation


@method
class OnePlusOne(NamedTuple):
    """The (1+1) evolution strategy: keep the child if it is no worse; one in five should be.

    Problem      minimize f(x) from values alone; only their order matters.
    Update       v = x + size u, u normal.  If f(v) <= f(x): x+ = v, size+ = growth size
                 else x+ = x, size+ = size / growth^(1/4)
                 The size rests where one child in five is kept.
    Guarantee    f(x_k) never rises. On ||x||^2 the distance falls by a constant factor per step,
                 about 1 - c / d (jagerskupper2003); no constant is stated here.
    Cost         one value per step.
    Use when     you want the shortest method that adapts its step; f may have kinks and noise.
    Fails when   f is badly conditioned: steps are spheres, and a step that fits the steepest
                 direction is too short for the flattest.

    Parameters
    ----------
    size : float
        Standard deviation of the first mutation, in the units of x.
    growth : float
        Factor of the size after a success, above 1.

    References
    ----------
    rechenberg1973; jagerskupper2003.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [4.0, 3.0])
    >>> oe.run(oe.OnePlusOne(), problem, [0.0, 0.0], max_iter=400, seed=1).x.round(4)
    array([1., 1.])
    """

    size: float = 1.0
    growth: float = 1.5

    def check(self):
        """Refuse a size that is not positive, and a factor that does not grow."""
        require_positive(self, "size")
        if not self.growth > 1.0:
            raise ValueError(f"OnePlusOne: growth must be above 1, got {self.growth}")

    def init(self, problem, x, rng):
        return OnePlusOneState(x, problem.value(x), self.size)

    def step(self, problem, state, rng):
        x, f, size = state
        v = x + size * rng.standard_normal(x.size).reshape(x.shape)
        value = problem.value(v)
        if value <= f:
            return OnePlusOneState(v, value, self.growth * size)
        return OnePlusOneState(x, f, size / self.growth**0.25)
