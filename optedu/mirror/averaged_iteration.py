"""Averaged iteration of a map, s+ = (1 - a) s + a T(s) + e, with a = 2 / (t + 2).

The paper (feinashley2025) states that the divergence to the fixed point falls like 1 / t^2 for
contractions. Along an eigenvector of the linear part of T, with eigenvalue m, the error is
multiplied by 1 - 2 (1 - m) / (t + 2): after n steps by `shrinkage`, of the order n^(-2 (1 - m)).
Its square falls like 1 / n^2 only if m <= 1/2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def averaged_path(
    operator: Callable[[Any], Any], s: Any, steps: int, noise: Any = None, inside: bool = False
) -> np.ndarray:
    """Return s_0, ..., s_steps.

    Parameters
    ----------
    operator : callable
        T.
    s : array_like
        The start.
    steps : int
    noise : callable, optional
        Of the step number, the perturbation e of this step.
    inside : bool
        Whether the perturbation is one of T(s), multiplied by a with it, as in Mann's iteration.
    """
    path = [np.asarray(s, dtype=float)]
    for t in range(steps):
        a, s = 2.0 / (t + 2.0), path[-1]
        e = 0.0 if noise is None else noise(t)
        path.append((1 - a) * s + a * operator(s) + (a * e if inside else e))
    return np.array(path)


def picard_path(operator: Callable[[Any], Any], s: Any, steps: int) -> np.ndarray:
    """Return s, T(s), T(T(s)), ..."""
    path = [np.asarray(s, dtype=float)]
    for _ in range(steps):
        path.append(operator(path[-1]))
    return np.array(path)


def shrinkage(m: Any, steps: int) -> Any:
    """Return the factor of an error along an eigenvector, exactly."""
    factors = 1.0 - np.multiply.outer(1 - np.asarray(m), 2.0 / (np.arange(steps) + 2.0))
    return np.prod(factors, axis=-1)


class Decisions:
    """A random Markov decision process; its Bellman operator is a contraction by `discount`.

    Parameters
    ----------
    states, actions : int
    discount : float
        Below 1.
    seed : int
    """

    def __init__(self, states: int = 10, actions: int = 3, discount: float = 0.9, seed: int = 0):
        rng = np.random.default_rng(seed)
        self.discount, self.costs = discount, rng.uniform(0, 1, (actions, states))
        self.moves = rng.dirichlet(np.full(states, 0.3), (actions, states))

    def operator(self, v: np.ndarray) -> np.ndarray:
        """Return the Bellman operator: the best action's cost, and what follows, discounted."""
        return np.min(self.costs + self.discount * self.moves @ v, axis=0)

    def values(self) -> np.ndarray:
        """Return the fixed point, by policy iteration: linear systems until the policy stays."""
        v, n = np.zeros(self.costs.shape[1]), np.arange(self.costs.shape[1])
        for _ in range(100):
            best = np.argmin(self.costs + self.discount * self.moves @ v, axis=0)
            P, c = self.moves[best, n], self.costs[best, n]
            new = np.linalg.solve(np.eye(n.size) - self.discount * P, c)
            if np.array_equal(new, v):
                break
            v = new
        return v
