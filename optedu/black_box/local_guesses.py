"""Guesses of a gradient: directions along which one exact slope is worth more than at random."""

from __future__ import annotations

from typing import Any

import numpy as np


def along(gradient: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """Return the projection of a gradient on a guess, which needs one directional derivative.

    Parameters
    ----------
    gradient, guess : numpy.ndarray of one shape
        Of the gradient only the number <gradient, guess> is used.

    Returns
    -------
    numpy.ndarray
        <gradient, guess> guess / ||guess||^2: never longer than the gradient, and never uphill.
    """
    return np.sum(gradient * guess) / np.sum(guess * guess) * guess


def cosine(u: np.ndarray, v: np.ndarray) -> float:
    """Return <u, v> / (||u|| ||v||)."""
    return float(np.sum(u * v) / np.sqrt(np.sum(u * u) * np.sum(v * v)))


def first_layer(problem: Any) -> int:
    """Return how many weights the first layer of a perceptron has; they come first in x."""
    rows, columns = problem.layers[0]
    return int(rows * columns)


def local_gradient(local: Any, x: np.ndarray, head: np.ndarray) -> np.ndarray:
    """Return the gradient of a local loss in the first layer's weights.

    Parameters
    ----------
    local : MultilayerPerceptron
        One hidden layer: the first layer of a deeper network, and linear outputs of its own.
    x : numpy.ndarray
        The weights of the deeper network, of which the first layer is used.
    head : numpy.ndarray
        The weights of the local outputs.
    """
    n = first_layer(local)
    return local.gradient(np.concatenate((x[:n], head)))[:n]


def train_head(local: Any, x: np.ndarray, head: np.ndarray, steps: int, step_size: float):
    """Return the head after gradient steps on the local loss, the first layer held."""
    n = first_layer(local)
    for _ in range(steps):
        head = head - step_size * local.gradient(np.concatenate((x[:n], head)))[n:]
    return head


def train_first_layer(
    problem: Any, local: Any, guess: str, steps: int, step_size: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Train a perceptron whose first layer gets no gradient but one slope along a guess.

    The other layers take gradient steps. A local head takes a gradient step on the local loss.

    Parameters
    ----------
    problem : MultilayerPerceptron
        Two hidden layers or more.
    local : MultilayerPerceptron
        The same data and first layer, one hidden layer.
    guess : {"local", "random", "gradient"}
        The gradient of the local loss; a normal direction, with the estimate <g, u> u / (d + 2);
        or the gradient itself, for comparison.
    steps : int
    step_size : float
    seed : int
        Of the random directions.

    Returns
    -------
    values : numpy.ndarray, shape (steps + 1,)
        Loss of the whole network.
    cosines : numpy.ndarray, shape (steps,)
        Between the guess and the gradient of the first layer.
    """
    rng, n, x = np.random.default_rng(seed), first_layer(problem), problem.start
    head, values, cosines = local.start[n:], [problem.value(x)], []
    for _ in range(steps):
        g = problem.gradient(x)
        head = train_head(local, x, head, 1, step_size)
        if guess == "local":
            u = local_gradient(local, x, head)
            estimate = along(g[:n], u)
        elif guess == "random":
            u = rng.standard_normal(n)
            estimate = np.sum(g[:n] * u) * u / (n + 2)
        else:
            estimate = u = g[:n]
        cosines.append(cosine(u, g[:n]))
        x = x - step_size * np.concatenate((estimate, g[n:]))
        values.append(problem.value(x))
    return np.array(values), np.array(cosines)
