"""Stochastic Frank-Wolfe with an averaged gradient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.projection_free.averaging import averaged_step, require_components, take_components
from optedu.projection_free.steps import frank_wolfe_gap_at
from optedu.protocol import method


class StochasticFrankWolfeState(NamedTuple):
    x: np.ndarray  # the iterate
    d: np.ndarray  # the averaged gradient
    k: int  # steps taken


@method
class StochasticFrankWolfe(NamedTuple):
    """Stochastic Frank-Wolfe of Mokhtari, Hassani and Karbasi: one term, an average, a vertex.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), over a compact convex set C with
                 a linear minimizer; f convex and smooth.
    Update       draw i;  d+ = (1 - rho) d + rho grad f_i(x),  rho = min(1, averaging /
                 (k + 8)^(2/3)),  d = 0 at the start
                 s = argmin over C of <d+, s>,  x+ = (1 - t) x + t s,  t = 2 / (k + 8)
    Guarantee    E f(x_k) - f* = O(k^(-1/3)) (mokhtari2020).
    Cost         one component gradient and one linear minimizer per step.
    Use when     the data are many and a low accuracy is enough.
    Fails when   rho = 1 (``average`` off): the noise picks the vertex, and f(x_k) stalls above
                 f* however long it runs.

    The start must lie in C: it keeps a part of x that falls like 42 / k^2.

    Parameters
    ----------
    averaging : float
        Weight of the newest gradient at k = 0 times 4.
    average : bool
        Average the gradients; if off, rho = 1.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    mokhtari2020, Algorithm 1.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [3.0, 1.8, 0.0])
    >>> problem = oe.problems.Constrained(f, oe.problems.L1Ball())
    >>> oe.run(oe.StochasticFrankWolfe(), problem, [0.0, 0.0], max_iter=3000).x.round(1) + 0.0
    array([1., 0.])
    """

    averaging: float = 4.0
    average: bool = True
    components: int | None = None

    certificate_name = "Frank-Wolfe gap"

    def check(self):
        """Refuse numbers that are not positive."""
        require_components(self)

    def resolve(self, problem):
        """Take n from the problem where it is not given."""
        return take_components(self, problem)

    def init(self, problem, x, rng):
        return StochasticFrankWolfeState(x, np.zeros(x.shape), 0)

    def step(self, problem, state, rng):
        x, d, k = state
        g = problem.component_gradient(rng.integers(0, self.components), x)
        rho = min(1.0, self.averaging / (k + 8) ** (2 / 3)) if self.average else 1.0
        x, d = averaged_step(problem, x, d, g, k, rho)
        return StochasticFrankWolfeState(x, d, k + 1)

    def certificate(self, problem, state):
        """Return the Frank-Wolfe gap at x, with the whole gradient."""
        return frank_wolfe_gap_at(problem, state.x)
