"""Clouds that flow towards a target along slices, plain and augmented."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.newton.lbfgs import LBFGS
from optedu.problems.sliced import AugmentedSliced, SlicedWasserstein
from optedu.running.run import run


def random_directions(m: int, d: int, rng: np.random.Generator) -> np.ndarray:
    """Return m unit vectors of dimension d, uniform on the sphere, shape (m, d)."""
    v = rng.standard_normal((m, d))
    return v / np.linalg.norm(v, axis=1, keepdims=True)


def sliced_flow(
    x: np.ndarray, y: np.ndarray, m: int, steps: int, step_size: float, seed: int = 0
) -> np.ndarray:
    """Return the path of a cloud x in gradient steps on SW_2^2 to y, shape (steps + 1, n, d).

    Parameters
    ----------
    x, y : numpy.ndarray, shape (n, d)
        The cloud, and where it shall go.
    m : int
        Directions, drawn anew for each step.
    steps : int
    step_size : float
        In units of the longest step that surely descends.
    seed : int
    """
    rng, path = np.random.default_rng(seed), [x]
    for _ in range(steps):
        problem = SlicedWasserstein(y, random_directions(m, y.shape[1], rng))
        path.append(path[-1] - step_size * problem.longest_step * problem.gradient(path[-1]))
    return np.array(path)


def augmented_flow(
    x: np.ndarray,
    y: np.ndarray,
    m: int,
    steps: int,
    step_size: float,
    *,
    outputs: int = 2,
    hidden: int = 8,
    weight: float = 0.5,
    ascent: int = 5,
    seed: int = 0,
) -> np.ndarray:
    """Return the path of a cloud x in gradient steps on augmented SW_2^2, (steps + 1, n, d).

    Before each step the network climbs by `ascent` steps of L-BFGS, from where it was.

    Parameters
    ----------
    x, y : numpy.ndarray, shape (n, d)
        The cloud, and where it shall go.
    m : int
        Directions in dimension d + outputs, drawn anew for each step.
    steps : int
    step_size : float
        In units of the longest step that surely descends where the network is 0.
    outputs, hidden, weight
        Of the network, as in `AugmentedSliced`.
    ascent : int
    seed : int
    """
    rng, path, w = np.random.default_rng(seed), [x], None
    for _ in range(steps):
        directions = random_directions(m, y.shape[1] + outputs, rng)
        problem: Any = AugmentedSliced(path[-1], y, directions, hidden, weight, seed)
        start = problem.start if w is None else w
        w = run(LBFGS(), problem, start, max_iter=ascent, execution="python").x
        flat = directions[:, : y.shape[1]]
        spread = np.linalg.eigvalsh(flat.T @ flat / m)[-1]
        step = step_size * len(y) / (2.0 * spread)
        path.append(path[-1] - step * problem.cloud_gradient(w))
    return np.array(path)
