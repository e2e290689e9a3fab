"""Zeroth-order Frank-Wolfe with differences along every coordinate (KWSA)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.projection_free.averaging import averaged_step, require_components, take_components
from optedu.projection_free.steps import frank_wolfe_gap_at
from optedu.protocol import method, portable


class KieferWolfowitzFrankWolfeState(NamedTuple):
    x: np.ndarray  # the iterate
    d: np.ndarray  # the averaged gradient
    k: int  # steps taken


@portable
def coordinate_differences(problem, i, x, c):
    """Return (f_i(x + c e_j) - f_i(x)) / c for each coordinate j, in the shape of x."""
    base, g = problem.component_value(i, x), np.zeros(x.size)
    for j in range(x.size):
        moved = x.copy().ravel()
        moved[j] += c
        g[j] = (problem.component_value(i, moved.reshape(x.shape)) - base) / c
    return g.reshape(x.shape)


@method
class KieferWolfowitzFrankWolfe(NamedTuple):
    """Zeroth-order Frank-Wolfe of Sahu, Zaheer and Kar with the estimator of Kiefer-Wolfowitz.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), over a compact convex set C with
                 a linear minimizer, from values of the terms alone.
    Update       draw i;  g_j = (f_i(x + c e_j) - f_i(x)) / c,  c = 2 smoothing /
                 (sqrt(d) (k + 8)^(1/3))
                 d+ = (1 - rho) d + rho g,  rho = min(1, averaging / (k + 8)^(2/3)), d = 0 at
                 the start
                 s = argmin over C of <d+, s>,  x+ = (1 - t) x + t s,  t = 2 / (k + 8)
    Guarantee    f convex: E f(x_k) - f* = O(k^(-1/3)) (sahu2019); no constant is stated here.
    Cost         d + 1 values of one term, and one linear minimizer per step.
    Use when     there are no gradients, and d values in one step are affordable.
    Fails when   rho = 1 (``average`` off): the noise picks the vertex and f(x_k) stalls.

    The start must lie in C. Values are asked for up to c outside of C.

    Parameters
    ----------
    averaging : float
        Weight of the newest estimate at k = 0 times 4.
    smoothing : float
        Factor of the length c of the differences.
    average : bool
        Average the estimates; if off, rho = 1.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    sahu2019; kiefer1952.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [3.0, 1.8, 0.0])
    >>> problem = oe.problems.Constrained(f, oe.problems.L1Ball())
    >>> oe.run(oe.KieferWolfowitzFrankWolfe(), problem, [0.0, 0.0], max_iter=3000).x.round(1) + 0.0
    array([1., 0.])
    """

    averaging: float = 4.0
    smoothing: float = 1.0
    average: bool = True
    components: int | None = None

    certificate_name = "Frank-Wolfe gap"

    def check(self):
        """Refuse numbers that are not positive."""
        require_components(self)
        require_positive(self, "smoothing")

    def resolve(self, problem):
        """Take n from the problem where it is not given."""
        return take_components(self, problem)

    def init(self, problem, x, rng):
        return KieferWolfowitzFrankWolfeState(x, np.zeros(x.shape), 0)

    def step(self, problem, state, rng):
        x, d, k = state
        c = 2.0 * self.smoothing / (np.sqrt(x.size) * (k + 8) ** (1 / 3))
        g = coordinate_differences(problem, rng.integers(0, self.components), x, c)
        rho = min(1.0, self.averaging / (k + 8) ** (2 / 3)) if self.average else 1.0
        x, d = averaged_step(problem, x, d, g, k, rho)
        return KieferWolfowitzFrankWolfeState(x, d, k + 1)

    def certificate(self, problem, state):
        """Return the Frank-Wolfe gap at x, with the true gradient, which the steps never see."""
        return frank_wolfe_gap_at(problem, state.x)
