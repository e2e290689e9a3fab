"""Descent from rankings: nobody tells a value, only which points are better."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.black_box.populations import best_first, values_of
from optedu.parameters import require_positive
from optedu.protocol import method, portable


class RankDescentState(NamedTuple):
    x: np.ndarray  # the iterate


@portable
def rank_estimate(directions, order, top):
    """Return the mean of u_j - u_i over the pairs where i is known to be better than j.

    The `top` best are known in their order, and to be better than all others.

    Parameters
    ----------
    directions : numpy.ndarray, shape (m, d)
    order : numpy.ndarray of int, shape (m,)
        Indices from the best up.
    top : int
        How many are in order, from 1 to m.
    """
    m, ordered = directions.shape[0], directions[order]
    rest = np.sum(ordered, axis=0)  # of those behind i
    g, pairs = np.zeros(directions.shape[1]), 0
    for i in range(min(top, m - 1)):
        rest = rest - ordered[i]
        g = g + (rest - (m - 1.0 - i) * ordered[i])
        pairs += m - 1 - i
    return g / pairs


@method
class RankDescent(NamedTuple):
    """ZO-RankSGD: descend along what a ranking of random neighbours says.

    Problem      minimize f(x), f smooth, where an oracle only ranks points: the `top` best of
                 `population` in their order.
    Update       v_i = x + c u_i, u_i normal, i = 1, ..., m;  pairs (i, j): i known better than j
                 g = mean of u_j - u_i over the pairs,  x+ = x - t g
    Guarantee    converges to a stationary point under the conditions of tang2024c; no constant is
                 stated here. Runs are the same, bit by bit, for f and any increasing function of f.
    Cost         one ranking of `population` points per step (here: as many values, compared only).
    Use when     the oracle is a person, or values are known up to a monotone scale.
    Fails when   the step stays: g has a length of its own, about 1, near the minimizer too.

    Parameters
    ----------
    step_size : float
        t; a length, for g has no units.
    smoothing : float
        c, in the units of x.
    population : int
        m, at least 2.
    top : int
        How many of the best are in order; 0 stands for all.

    References
    ----------
    tang2024c.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [4.0, 3.0])
    >>> oe.run(oe.RankDescent(0.02), problem, [0.0, 0.0], max_iter=500, seed=1).x.round(1)
    array([1., 1.])
    """

    step_size: float = 0.05
    smoothing: float = 0.01
    population: int = 10
    top: int = 0

    def check(self):
        """Refuse numbers that are not positive, and fewer than two points."""
        require_positive(self, "step_size", "smoothing")
        if self.population < 2:
            raise ValueError(f"RankDescent: population must be at least 2, got {self.population}")
        if not 0 <= self.top <= self.population:
            raise ValueError(
                f"RankDescent: top must be from 0 to the population {self.population}, got "
                f"{self.top}"
            )

    def init(self, problem, x, rng):
        return RankDescentState(x)

    def step(self, problem, state, rng):
        x, m = state.x, self.population
        top = self.top if self.top > 0 else m
        u = rng.standard_normal(m * x.size).reshape((m, x.size))
        order = best_first(values_of(problem, x.ravel() + self.smoothing * u, x))
        g = rank_estimate(u, order, top)
        return RankDescentState(x - self.step_size * g.reshape(x.shape))
