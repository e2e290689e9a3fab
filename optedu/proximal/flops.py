"""Sparse codes for search: what a comparison of two codes costs, and a penalty for it.

Two sparse codes are compared by an inner product, which multiplies where both are not zero. If
coordinate j is in use with probability p_j, a random pair costs sum_j p_j^2 multiplications.
Counting is not differentiable; the mean of |a_j| stands in for p_j (paria2020).
"""

from __future__ import annotations

import numpy as np

from optedu.problems.functions import Problem

ENTROPY_SCALE = 8.0
"""Codes have length 1; so much sharper are the scores made of them."""


def usage(codes: np.ndarray) -> np.ndarray:
    """Return p_j, the part of the codes, rows of shape (n, m), in which coordinate j is not 0."""
    return np.mean(codes != 0.0, axis=0)


def multiplications(codes: np.ndarray) -> int:
    """Return the multiplications that the inner products of all n^2 ordered pairs need, counted."""
    used = codes != 0.0
    return sum(int(np.sum(used & row)) for row in used)


def flops_penalty(codes: np.ndarray) -> tuple[float, np.ndarray]:
    """Return sum_j (mean_i |a_ij|)^2 and its gradient, 0 at an entry that is 0."""
    mean = np.mean(np.abs(codes), axis=0)
    return float(mean @ mean), 2.0 * mean * np.sign(codes) / len(codes)


def l1_penalty(codes: np.ndarray) -> tuple[float, np.ndarray]:
    """Return mean_i sum_j |a_ij| and its gradient, 0 at an entry that is 0."""
    return float(np.abs(codes).sum() / len(codes)), np.sign(codes) / len(codes)


def encode(A: np.ndarray, W: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the codes max(A W, 0), each scaled to length 1, what they were, and their lengths."""
    raw = np.maximum(A @ W, 0.0)
    lengths = np.sqrt(np.sum(raw * raw, axis=1, keepdims=True) + 1e-6)
    return raw / lengths, raw, lengths


def coding_problem(
    A: np.ndarray, y: np.ndarray, width: int, penalty: str, weight: float, ridge: float = 1e-3
) -> Problem:
    """Return the training of a linear encoder: cross-entropy of the codes' scores plus a penalty.

    Parameters
    ----------
    A, y : numpy.ndarray
        Rows and classes 0, 1, ...
    width : int
        Length of a code.
    penalty : str
        ``"flops"`` or ``"l1"``.
    weight : float
        Of the penalty.
    ridge : float
        Of all parameters: those of the encoder, (d, width), then those of the scores.
    """
    n, d = A.shape
    classes = int(y.max()) + 1
    penalize = {"flops": flops_penalty, "l1": l1_penalty}[penalty]

    def both(x):
        W, V = x[: d * width].reshape(d, width), x[d * width :].reshape(width, classes)
        codes, raw, lengths = encode(A, W)
        scores = ENTROPY_SCALE * codes @ V
        scores = scores - scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        cost, slope = penalize(codes)
        value = -logs[np.arange(n), y].mean() + weight * cost + 0.5 * ridge * (x @ x)
        back = ENTROPY_SCALE * (np.exp(logs) - np.eye(classes)[y]) / n
        inner = back @ V.T + weight * slope
        inner = (inner - codes * np.sum(codes * inner, axis=1, keepdims=True)) / lengths
        parts = (A.T @ (inner * (raw > 0.0)), codes.T @ back)
        return value, np.concatenate([part.ravel() for part in parts]) + ridge * x

    return Problem.from_functions(
        lambda x: both(x)[0], gradient=lambda x: both(x)[1], shape=(width * (d + classes),)
    )


def recall(codes: np.ndarray, y: np.ndarray, queries: np.ndarray, wanted: np.ndarray) -> float:
    """Return the part of the queries whose nearest code, by inner product, is of their class."""
    return float(np.mean(y[np.argmax(queries @ codes.T, axis=1)] == wanted))


def trade_off(
    A: np.ndarray, y: np.ndarray, held: np.ndarray, wanted: np.ndarray, width: int, penalty: str,
    weight: float, seed: int, steps: int = 300,
) -> tuple[float, float]:  # fmt: skip
    """Train an encoder; return the recall of held-out rows and the cost of one comparison.

    The cost is the mean over pairs of a held-out row and a row of A, exact by `usage`.
    """
    d = A.shape[1]
    problem = coding_problem(A, y, width, penalty, weight)
    x0 = np.random.default_rng(seed).standard_normal(problem.shape) / np.sqrt(d)
    x, mean, square = x0, 0.0 * x0, 0.0 * x0
    for k in range(1, steps + 1):  # Adam: the codes have kinks wherever they become 0
        g = problem.gradient(x)
        mean, square = 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g * g
        x = x - 0.02 * (mean / (1 - 0.9**k)) / (np.sqrt(square / (1 - 0.999**k)) + 1e-8)
    W = x[: d * width].reshape(d, width)
    codes, queries = encode(A, W)[0], encode(held, W)[0]
    return recall(codes, y, queries, wanted), float(usage(codes) @ usage(queries))
