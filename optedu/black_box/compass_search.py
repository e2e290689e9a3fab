"""Direct search along the axes, with a decrease that is worth the step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_between, require_positive
from optedu.protocol import method


class CompassSearchState(NamedTuple):
    x: np.ndarray  # the best point
    f: float  # f(x)
    size: float  # length of the next steps
    failed: bool  # whether the last poll found nothing


@method
class CompassSearch(NamedTuple):
    """Direct search: try both ways along every axis; if none is good enough, halve the step.

    Problem      minimize f(x), f smooth, from values alone.
    Update       poll x + size e_1, x - size e_1, x + size e_2, ... and go to the first v with
                 f(v) < f(x) - decrease size^2;  if there is none, size+ = shrink size
    Guarantee    after a failed poll of length size, with L the smoothness of f:
                 max_j |df/dx_j (x)| <= (L / 2 + decrease) size, attained; so
                 ||grad f(x)|| <= sqrt(d) (L / 2 + decrease) size (kolda2003). If f is bounded
                 below, size -> 0.
    Cost         1 to 2 d values per step.
    Use when     d is small, f is expensive, and you want a method that can be trusted.
    Fails when   a narrow valley is not along the axes: steps as short as the valley is wide; or f
                 has kinks: it stops where no axis leads down.

    The size is a certificate where L is known, and the only one that values can give.

    Parameters
    ----------
    size : float
        Length of the first steps, in the units of x.
    decrease : float
        Decrease of f that a step of length 1 has to bring.
    shrink : float
        Factor of the length after a poll that failed.

    References
    ----------
    kolda2003.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [4.0, 3.0])
    >>> oe.run(oe.CompassSearch(), problem, [0.3, 0.0], max_iter=100).x.round(4)
    array([1., 1.])
    """

    size: float = 1.0
    decrease: float = 1e-4
    shrink: float = 0.5

    may_rest = True

    def check(self):
        """Refuse lengths that are not positive, and a factor that does not shrink."""
        require_positive(self, "size", "decrease", "shrink")
        require_between(self, "shrink", 0.0, 1.0)

    def init(self, problem, x):
        return CompassSearchState(x, problem.value(x), self.size, False)

    def step(self, problem, state):
        x, f, size, _ = state
        enough = f - self.decrease * size**2
        for j in range(x.size):
            for sign in (1.0, -1.0):
                v = x.copy().ravel()
                v[j] += sign * size
                v = v.reshape(x.shape)
                value = problem.value(v)
                if value < enough:
                    return CompassSearchState(v, value, size, False)
        return CompassSearchState(x, f, self.shrink * size, True)
