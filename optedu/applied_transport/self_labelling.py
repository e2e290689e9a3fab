"""Self-labelling: a classifier learns the labels that a transport plan gives to its own outputs.

With P_ik the probability that the model gives to class k of sample i, the labels are

    Q = argmax <Q, log P> + H(Q) / lambda   over Q >= 0 with row sums 1/N and column sums 1/K,

entropic transport at the cost -log P and the regularization 1/lambda: Q = diag(u) P^lambda diag(v),
found by matrix scaling. The column sums forbid what ruins the same loop with the likeliest class as
label: that all samples end in few classes, or in one.

The method is that of Asano, Rupprecht and Vedaldi (asano2020), who round Q to its largest entry in
each row and train a network on images under augmentations. Here the model is linear, the labels
stay soft, and there are no augmentations.
"""

from __future__ import annotations

import numpy as np

from optedu.problems.transport import EntropicTransport
from optedu.running.run import run
from optedu.transport.sinkhorn import Sinkhorn


def equal_labels(
    log_probabilities: np.ndarray,
    sharpness: float = 3.0,
    tol: float = 1e-12,
    max_iter: int = 10_000,
) -> np.ndarray:
    """Return soft labels that use each class equally often.

    Parameters
    ----------
    log_probabilities : array_like, shape (N, K)
        log P; numbers added to a row change nothing.
    sharpness : float
        lambda, positive.
    tol : float
        On the errors of the row and column sums of Q.
    max_iter : int
        Rounds of Sinkhorn's method.

    Returns
    -------
    numpy.ndarray, shape (N, K)
        N Q: the rows sum to 1, the columns to N / K.

    Examples
    --------
    >>> P = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])  # all like class 0 best
    >>> equal_labels(np.log(P), sharpness=20.0).argmax(axis=1)
    array([0, 0, 1, 1])
    """
    cost = -np.asarray(log_probabilities, dtype=float).T
    K, N = cost.shape
    cost = cost - np.min(cost, axis=0)
    problem = EntropicTransport(cost, np.full(K, 1 / K), np.full(N, 1 / N), 1 / sharpness)
    found = run(Sinkhorn(), problem, max_iter=max_iter, tol=tol, execution="python")
    return N * problem.plan(found.x).T


def likeliest_labels(log_probabilities: np.ndarray) -> np.ndarray:
    """Return hard labels, one row of the unit matrix for each sample: the likeliest class."""
    logs = np.asarray(log_probabilities, dtype=float)
    return np.eye(logs.shape[1])[np.argmax(logs, axis=1)]


def mixture(
    classes: int = 4, per_class: int = 40, dimension: int = 6, distance: float = 5.0,
    offset: float = 4.0, seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return points of Gaussian clouds (N, dimension), and the cloud of each.

    Parameters
    ----------
    classes, per_class, dimension : int
        classes <= dimension.
    distance : float
        Of the centers from their common middle, in random orthogonal directions; the clouds have
        the standard deviation 1.
    offset : float
        Added to every coordinate of the centered points, like the mean of positive features.
    seed : int
    """
    rng = np.random.default_rng(seed)
    centers = np.linalg.qr(rng.standard_normal((dimension, dimension)))[0][:classes] * distance
    y = np.repeat(np.arange(classes), per_class)
    A = centers[y] + rng.standard_normal((y.size, dimension))
    return A - A.mean(axis=0) + offset, y


def self_label(
    A: np.ndarray, classes: int, sharpness: float | None = 3.0, rounds: int = 60,
    steps: int = 10, step_size: float = 0.1, l2: float = 0.01, seed: int = 0,
) -> np.ndarray:  # fmt: skip
    """Return the classes that a linear softmax model ends with.

    Parameters
    ----------
    A : array_like, shape (N, d)
        One row per sample.
    classes : int
        K.
    sharpness : float or None
        lambda of `equal_labels`, which is stopped after 50 rounds; None takes `likeliest_labels`.
    rounds, steps : int
        Labels are renewed ``rounds`` times, and each time followed by gradient steps on the
        cross-entropy.
    step_size, l2 : float
        Of these steps, and of the ridge.
    seed : int
        Draws the first weights.

    Returns
    -------
    numpy.ndarray of int, shape (N,)
    """
    A = np.hstack([A, np.ones((len(A), 1))])
    W = 0.1 * np.random.default_rng(seed).standard_normal((A.shape[1], classes))
    W[-1] = 0.0
    for _ in range(rounds):
        logs = log_softmax(A @ W)
        Q = (
            likeliest_labels(logs)
            if sharpness is None
            else equal_labels(logs, sharpness, tol=1e-3, max_iter=50)
        )
        for _ in range(steps):
            residual = np.exp(log_softmax(A @ W)) - Q
            W = W - step_size * (A.T @ residual / len(A) + l2 * W)
    return np.argmax(A @ W, axis=1)


def log_softmax(Z: np.ndarray) -> np.ndarray:
    """Return the logarithm of the softmax of each row."""
    Z = Z - np.max(Z, axis=1, keepdims=True)
    return Z - np.log(np.sum(np.exp(Z), axis=1, keepdims=True))
