"""Consensus hopping: draw a cloud around the iterate, go to its consensus."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.black_box.consensus import consensus
from optedu.black_box.populations import values_of
from optedu.parameters import require_positive
from optedu.protocol import method


class ConsensusHoppingState(NamedTuple):
    x: np.ndarray  # the consensus


@method
class ConsensusHopping(NamedTuple):
    """Consensus hopping: x+ is the mean of N(x, size^2 I) with weights exp(-alpha f).

    Problem      minimize f(x) from values alone.
    Update       v_i = x + size u_i, u_i normal, i = 1, ..., population
                 x+ = sum of v_i exp(-alpha f(v_i)) / sum of exp(-alpha f(v_i))
    Guarantee    as population -> inf, x+ = x - alpha size^2 grad h(x) with h = -log(E exp(-alpha
                 f(x + size u))) / alpha; for a convex quadratic f it is the proximal step of length
                 alpha size^2 (riedl2023 for the bounds with few points).
    Cost         `population` values per step.
    Use when     f is rugged: bumps narrower than `size` are averaged away.
    Fails when   population is small and d large: the consensus is one or two points, and noise.

    Parameters
    ----------
    size : float
        Standard deviation of the cloud, in the units of x.
    alpha : float
        How much better values count, in 1 / units of f.
    population : int
        Number of points.

    References
    ----------
    riedl2023.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [4.0, 3.0])
    >>> oe.run(oe.ConsensusHopping(0.1), problem, [0.0, 0.0], max_iter=200, seed=1).x.round(1)
    array([1., 1.])
    """

    size: float = 0.3
    alpha: float = 30.0
    population: int = 100

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "size", "alpha", "population")

    def init(self, problem, x, rng):
        return ConsensusHoppingState(x)

    def step(self, problem, state, rng):
        x, n = state.x, self.population
        u = rng.standard_normal(n * x.size).reshape((n, x.size))
        points = x.ravel() + self.size * u
        c = consensus(points, values_of(problem, points, x), self.alpha)
        return ConsensusHoppingState(c.reshape(x.shape))
