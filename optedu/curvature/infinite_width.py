"""How far one step of K-FAC or Shampoo moves a network as its width grows.

Layers of a network of width M start from normal weights and learn with a rate of their own,

    W_l ~ N(0, M^(-2 b_l)),    W_l <- W_l - rate M^(-c_l) (preconditioned gradient of W_l).

The standard parameterization takes the same rate for all layers, c = 0, and b = 1/2 behind a hidden
layer. Under the maximal update parameterization one step changes each layer's outputs by about
the same amount at all widths (ishikawa2024).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

INPUTS, OUTPUTS, SAMPLES = 6, 2, 12


class Exponents(NamedTuple):
    """The exponents b_l and c_l of the input, the hidden and the output layer."""

    b: tuple[float, float, float]
    c: tuple[float, float, float]


STANDARD = Exponents((0.0, 0.5, 0.5), (0.0, 0.0, 0.0))
MAXIMAL = {
    "gradient": Exponents((0.0, 0.5, 1.0), (-1.0, 0.0, 1.0)),
    "kfac": Exponents((0.0, 0.5, 1.0), (0.0, 0.0, 0.0)),
    "shampoo": Exponents((0.0, 0.5, 1.0), (-0.5, 0.0, 0.5)),
}
"""The maximal update parameterization of gradient descent, K-FAC and Shampoo."""


def teacher(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs (n, INPUTS) and targets (n, OUTPUTS), the same at every width."""
    rng = np.random.default_rng([seed, 1])
    X = rng.standard_normal((SAMPLES, INPUTS))
    return X, np.tanh(X @ rng.standard_normal((INPUTS, OUTPUTS)))


def network(width: int, exponents: Exponents, seed: int) -> list[np.ndarray]:
    """Return the weights of three layers, each of shape (outputs, inputs), without biases."""
    rng = np.random.default_rng([seed, 2, width])
    shapes = (width, INPUTS), (width, width), (OUTPUTS, width)
    scales = 1 / np.sqrt(INPUTS), 1.0, 1.0
    return [
        scale * width**-b * rng.standard_normal(shape)
        for shape, scale, b in zip(shapes, scales, exponents.b, strict=True)
    ]


def outputs(weights: list[np.ndarray], X: np.ndarray) -> list[np.ndarray]:
    """Return the outputs of each layer before tanh, each of shape (n, width of the layer)."""
    found, a = [], X
    for W in weights:
        found.append(a @ W.T)
        a = np.tanh(found[-1])
    return found


def loss(weights: list[np.ndarray], X: np.ndarray, Y: np.ndarray) -> float:
    """Return the mean of ||network(x) - y||^2 / 2."""
    return float(np.sum((outputs(weights, X)[-1] - Y) ** 2) / (2 * len(X)))


def directions(
    optimizer: str, weights: list[np.ndarray], X: np.ndarray, Y: np.ndarray,
    damping: float = 0.1, rescaled: bool = True,
) -> list[np.ndarray]:  # fmt: skip
    """Return the preconditioned gradient of each layer.

    Parameters
    ----------
    optimizer : str
        ``"gradient"``, ``"kfac"`` or ``"shampoo"`` (its first step).
    weights, X, Y : arrays
        The network, inputs and targets.
    damping : float
        Of K-FAC's factors, and of Shampoo's relative to the trace.
    rescaled : bool
        Whether K-FAC's damping is relative to the traces of the two factors; else it is shared
        out by the rule of martens2015, as in `optedu.KFAC`.
    """
    H, n = outputs(weights, X), len(X)
    activations = [X, *(np.tanh(h) for h in H[:-1])]
    slopes = np.broadcast_to(np.eye(OUTPUTS), (n, OUTPUTS, OUTPUTS))  # d output_c / d h of layer
    residual = np.zeros((n, OUTPUTS, n))
    residual[np.arange(n), :, np.arange(n)] = (H[-1] - Y) / n
    core, found = residual.reshape(-1, n), []
    for layer in (2, 1, 0):
        a, b = activations[layer], slopes.reshape(n * OUTPUTS, -1)
        found.append(_direction(optimizer, a, b, core, damping, rescaled))
        if layer:
            slopes = (slopes @ weights[layer]) * (1 - np.tanh(H[layer - 1]) ** 2)[:, None, :]
    return found[::-1]


def step(
    optimizer: str, weights: list[np.ndarray], X: np.ndarray, Y: np.ndarray,
    exponents: Exponents, width: int, rate: float, **options: Any,
) -> list[np.ndarray]:  # fmt: skip
    """Return the weights after one step; arguments as for `directions`."""
    moves = directions(optimizer, weights, X, Y, **options)
    return [
        W - rate * float(width) ** -c * D
        for W, D, c in zip(weights, moves, exponents.c, strict=True)
    ]


def changes(
    optimizer: str, exponents: Exponents, width: int, seed: int, rate: float = 0.1, **options: Any
) -> np.ndarray:
    """Return by how much one step changes the outputs of each layer, root mean square."""
    (X, Y), weights = teacher(seed), network(width, exponents, seed)
    after = outputs(step(optimizer, weights, X, Y, exponents, width, rate, **options), X)
    pairs = zip(after, outputs(weights, X), strict=True)
    return np.array([np.sqrt(np.mean((new - old) ** 2)) for new, old in pairs])


def width_slopes(
    optimizer: str, exponents: Exponents, widths: Any, seeds: Any, **options: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Return the slope of log change over log width for each layer, and its standard error.

    Parameters
    ----------
    optimizer, exponents
        As for `changes`.
    widths, seeds : sequence of int
        One line is fitted for each seed.

    Returns
    -------
    slopes, errors : numpy.ndarray, shape (3,)
        Mean over the seeds, and the standard error of this mean.
    """
    fitted = []
    for seed in seeds:
        measured = [changes(optimizer, exponents, M, seed, **options) for M in widths]
        fitted.append(np.polyfit(np.log(widths), np.log(measured), 1)[0])
    return np.mean(fitted, axis=0), np.std(fitted, axis=0, ddof=1) / np.sqrt(len(fitted))


def best_rate(
    optimizer: str, exponents: Exponents, width: int, rates: Any, seeds: Any, steps: int,
    **options: Any,
) -> float:  # fmt: skip
    """Return the rate whose loss after some steps is least, as a geometric mean over the seeds."""
    ends = np.zeros(len(rates))
    for seed in seeds:
        X, Y = teacher(seed)
        for i, rate in enumerate(rates):
            weights = network(width, exponents, seed)
            for _ in range(steps):
                weights = step(optimizer, weights, X, Y, exponents, width, rate, **options)
                if not loss(weights, X, Y) < 1e6:
                    break
            ends[i] += np.log(min(loss(weights, X, Y), 1e6))
    return float(rates[int(np.argmin(ends))])


def _direction(optimizer, a, b, core, damping, rescaled):
    """Precondition the gradient b' core a of a layer; its rank is small, so the work is, too."""
    if optimizer == "gradient":
        return b.T @ core @ a
    if optimizer == "shampoo":
        (left, P), (right, Q) = np.linalg.qr(b.T), np.linalg.qr(a.T)
        U, s, V = np.linalg.svd(P @ core @ Q.T, full_matrices=False)
        s = s / np.sqrt(s**2 + damping**2 * np.sum(s**2))
        return (left @ U * s) @ (V @ right.T)
    n = len(a)
    sizes = np.sum(a * a) / n, np.sum(b * b) / n  # the traces of the factors a'a/n and b'b/n
    if rescaled:
        damp_a, damp_b = damping * sizes[0], damping * sizes[1]
    else:
        pi = np.sqrt(sizes[0] / a.shape[1] / (sizes[1] / b.shape[1]))
        damp_a, damp_b = pi * np.sqrt(damping), np.sqrt(damping) / pi
    half = np.linalg.solve(b @ b.T / n + damp_b * np.eye(len(b)), core)
    return b.T @ np.linalg.solve(a @ a.T / n + damp_a * np.eye(n), half.T).T @ a
