"""Are two solutions in one valley? The loss along a straight and along a bent path.

A bent path is a parabola x(t) = (1 - t)^2 a + 2 t (1 - t) c + t^2 b from a to b, whose middle c is
moved until the mean loss along it is small.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def stochastic_descent(
    problem: Any, batch: int, steps: int, step_size: float, seed: int = 0
) -> np.ndarray:
    """Return the iterate of gradient descent on random batches of a network's observations.

    Parameters
    ----------
    problem : MultilayerPerceptron
    batch : int
        Observations per step, drawn without replacement.
    steps : int
    step_size : float
    seed : int
    """
    rng, x, n = np.random.default_rng(seed), problem.start, len(problem.A)
    for _ in range(steps):
        i = rng.choice(n, batch, replace=False)
        x = x - step_size * problem._replace(A=problem.A[i], Y=problem.Y[i]).gradient(x)
    return x


def bent_path(a: Any, b: Any, c: Any, points: int = 21) -> np.ndarray:
    """Return points of the parabola from a to b with middle c, shape (points, d)."""
    t = np.linspace(0.0, 1.0, points)[:, None]
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * c + t**2 * b


def bend(problem: Any, a: Any, b: Any, steps: int = 200, step_size: float = 0.5) -> np.ndarray:
    """Return the middle c of a parabola from a to b with a small mean loss.

    Gradient descent with momentum on the mean loss at nine inner points, started at the straight
    line.
    """
    t = np.linspace(0.1, 0.9, 9)
    c, velocity = 0.5 * (a + b), np.zeros(np.size(a))
    for _ in range(steps):
        points = bent_path(a, b, c, 11)[1:-1]
        slopes = np.array([problem.gradient(x) for x in points])
        velocity = 0.9 * velocity - step_size * np.mean((2 * t * (1 - t))[:, None] * slopes, axis=0)
        c = c + velocity
    return c


def barrier(problem: Any, path: np.ndarray) -> float:
    """Return by how much the loss along a path exceeds that of its higher end."""
    losses = np.array([problem.value(x) for x in path])
    return float(losses.max() - max(losses[0], losses[-1]))
