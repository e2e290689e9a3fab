"""Consensus-based optimization: a cloud drifts to its consensus, and shakes where it is far."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.black_box.consensus import consensus
from optedu.black_box.populations import values_of
from optedu.parameters import require_positive
from optedu.protocol import method


class ConsensusBasedState(NamedTuple):
    x: np.ndarray  # the consensus
    cloud: np.ndarray  # the particles, flattened, a row each


@method
class ConsensusBased(NamedTuple):
    """Consensus-based optimization: particles are drawn to the best region that any has seen.

    Problem      minimize f(x) from values alone, f with many local minima.
    Update       c = sum of v_i exp(-alpha f(v_i)) / sum of exp(-alpha f(v_i))
                 v_i+ = v_i - drift time (v_i - c) + noise sqrt(time) D_i u_i,  u_i normal
                 D_i = ||v_i - c||, or entry by entry |v_i - c| (`anisotropic`);  x+ = c
    Guarantee    the law of infinitely many particles concentrates at the minimizer, if alpha is
                 large and 2 drift > d noise^2 (fornasier2021), or 2 drift > noise^2 (anisotropic;
                 fornasier2022); no constant is stated here.
    Cost         `population` values per step.
    Use when     f has many minima and d is small.
    Fails when   the cloud never covered the minimizer's region; no step can be taken back.

    x is the start at first, and the center of the cloud; it is no particle.

    Parameters
    ----------
    size : float
        Standard deviation of the first cloud, in the units of x.
    alpha : float
        How much better values count, in 1 / units of f.
    population : int
        Number of particles.
    drift : float
        Rate at which particles approach the consensus.
    noise : float
        Rate of the noise.
    time : float
        Length of a step in time.
    anisotropic : bool
        Noise entry by entry.

    References
    ----------
    pinnau2017; carrillo2021; fornasier2021; fornasier2022; riedl2023.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Rastrigin()
    >>> trace = oe.run(oe.ConsensusBased(3.0), problem, [2.2, -1.7], max_iter=300, seed=1)
    >>> bool(abs(trace.x).max() < 0.05)  # the lowest of the dimples
    True
    """

    size: float = 1.0
    alpha: float = 30.0
    population: int = 100
    drift: float = 1.0
    noise: float = 1.0
    time: float = 0.1
    anisotropic: bool = True

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "size", "alpha", "population", "drift", "noise", "time")

    def init(self, problem, x, rng):
        n = self.population
        u = rng.standard_normal(n * x.size).reshape((n, x.size))
        return ConsensusBasedState(x, x.ravel() + self.size * u)

    def step(self, problem, state, rng):
        x, cloud = state
        c = consensus(cloud, values_of(problem, cloud, x), self.alpha)
        away = cloud - c
        u = rng.standard_normal(cloud.size).reshape(cloud.shape)
        spread = np.abs(away)
        if not self.anisotropic:
            spread = np.sqrt(np.sum(away * away, axis=1)).reshape((-1, 1)) + 0.0 * away
        cloud = cloud - self.drift * self.time * away + self.noise * np.sqrt(self.time) * spread * u
        return ConsensusBasedState(c.reshape(x.shape), cloud)
