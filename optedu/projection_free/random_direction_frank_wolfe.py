"""Zeroth-order Frank-Wolfe with differences along random directions (RDSA)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.projection_free.averaging import averaged_step, require_components, take_components
from optedu.projection_free.steps import frank_wolfe_gap_at
from optedu.protocol import method, portable


class RandomDirectionFrankWolfeState(NamedTuple):
    x: np.ndarray  # the iterate
    d: np.ndarray  # the averaged gradient
    k: int  # steps taken


@portable
def direction_differences(problem, i, x, c, m, rng):
    """Return the mean of (f_i(x + c z) - f_i(x)) / c * z over m normal directions z."""
    base, g = problem.component_value(i, x), np.zeros(x.shape)
    for _ in range(m):
        z = rng.standard_normal(x.size).reshape(x.shape)
        g = g + (problem.component_value(i, x + c * z) - base) / c * z
    return g / m


@method
class RandomDirectionFrankWolfe(NamedTuple):
    """Zeroth-order Frank-Wolfe of Sahu, Zaheer and Kar along one random direction, or m.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), over a compact convex set C with
                 a linear minimizer, from values of the terms alone.
    Update       draw i and normal z_1, ..., z_m;  g = the mean of (f_i(x + c z) - f_i(x)) / c z,
                 c = 2 smoothing sqrt(m) / (d^(3/2) (k + 8)^(1/3))
                 d+ = (1 - rho) d + rho g,  rho = min(1, averaging / (q^(1/3) (k + 8)^(2/3))),
                 d = 0 at the start, q = d for m = 1 (RDSA), q = 1 + d / m beyond (I-RDSA)
                 s = argmin over C of <d+, s>,  x+ = (1 - t) x + t s,  t = 2 / (k + 8)
    Guarantee    f convex: E f(x_k) - f* = O(d^(1/3) k^(-1/3)); f not convex: the Frank-Wolfe
                 gap is O(d^(1/3) k^(-1/4)) (sahu2019); no constant is stated here.
    Cost         m + 1 values of one term, and one linear minimizer per step.
    Use when     there are no gradients, and d is large: two values do for a step.
    Fails when   rho = 1 (``average`` off): the noise picks the vertex and f(x_k) stalls.

    The start must lie in C. Values are asked for outside of C, at distance c ||z||.

    Parameters
    ----------
    directions : int
        m.
    averaging : float
        Scale of the weight of the newest estimate.
    smoothing : float
        Factor of the length c of the differences.
    average : bool
        Average the estimates; if off, rho = 1.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    sahu2019.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [3.0, 1.8, 0.0])
    >>> problem = oe.problems.Constrained(f, oe.problems.L1Ball())
    >>> oe.run(oe.RandomDirectionFrankWolfe(), problem, [0.0, 0.0], max_iter=3000).x.round(1) + 0.0
    array([1., 0.])
    """

    directions: int = 1
    averaging: float = 4.0
    smoothing: float = 1.0
    average: bool = True
    components: int | None = None

    certificate_name = "Frank-Wolfe gap"

    def check(self):
        """Refuse numbers that are not positive."""
        require_components(self)
        require_positive(self, "directions", "smoothing")

    def resolve(self, problem):
        """Take n from the problem where it is not given."""
        return take_components(self, problem)

    def init(self, problem, x, rng):
        return RandomDirectionFrankWolfeState(x, np.zeros(x.shape), 0)

    def step(self, problem, state, rng):
        x, d, k = state
        m, size = self.directions, float(x.size)
        c = 2.0 * self.smoothing * np.sqrt(m) / (size**1.5 * (k + 8) ** (1 / 3))
        g = direction_differences(problem, rng.integers(0, self.components), x, c, m, rng)
        q = size if m == 1 else 1.0 + size / m
        rho = min(1.0, self.averaging / (q ** (1 / 3) * (k + 8) ** (2 / 3)))
        x, d = averaged_step(problem, x, d, g, k, rho if self.average else 1.0)
        return RandomDirectionFrankWolfeState(x, d, k + 1)

    def certificate(self, problem, state):
        """Return the Frank-Wolfe gap at x, with the true gradient, which the steps never see."""
        return frank_wolfe_gap_at(problem, state.x)
