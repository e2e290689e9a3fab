"""The spectrum of a network's Hessian: a bulk near zero, and a few outliers.

With outputs z_i(x) and a loss l, the Hessian is the sum of two parts (sagun2018),

    H = (1/n) sum_i J_i' (grad^2 l_i) J_i + (1/n) sum_i sum_k (dl_i / dz_ik) grad^2 z_ik.

The first is the Gauss-Newton matrix: a covariance of gradients, in which each class makes itself
felt. The second fades as the outputs come to fit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import load_digits


def blobs(
    classes: int,
    per_class: int,
    dimension: int = 6,
    distance: float = 2.0,
    spread: float = 0.5,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw Gaussian clouds, one for each class, whose centers are equally far from each other.

    Parameters
    ----------
    classes, per_class, dimension : int
        classes <= dimension.
    distance : float
        Of the centers from the origin, in random orthogonal directions.
    spread : float
        Standard deviation of a cloud.
    seed : int

    Returns
    -------
    A : numpy.ndarray, shape (classes * per_class, dimension)
    Y : numpy.ndarray, shape (classes * per_class, classes)
        One 1 in each row.
    """
    rng = np.random.default_rng(seed)
    centers = distance * np.linalg.qr(rng.standard_normal((dimension, dimension)))[0][:classes]
    y = np.repeat(np.arange(classes), per_class)
    A = centers[y] + spread * rng.standard_normal((y.size, dimension))
    return A, np.eye(classes)[y]


def coarse_digits(n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Return the first n handwritten digits at 4 x 4 pixels, and their classes.

    Returns
    -------
    A : numpy.ndarray, shape (n, 16)
        Means of 2 x 2 pixels, from 0 to 1: not centered.
    Y : numpy.ndarray, shape (n, 10)
    """
    digits = load_digits()
    images = digits.images[:n].reshape(n, 4, 2, 4, 2).mean(axis=(2, 4)) / 16.0
    return images.reshape(n, 16), np.eye(10)[digits.target[:n]]


def train(problem: Any, steps: int, step_size: float = 0.2, x: Any = None) -> np.ndarray:
    """Return the iterate of gradient descent with momentum 0.9 after so many steps."""
    x = problem.start if x is None else np.asarray(x)
    velocity = np.zeros(x.size)
    for _ in range(steps):
        velocity = 0.9 * velocity - step_size * problem.gradient(x)
        x = x + velocity
    return x


def spectrum(problem: Any, x: Any) -> np.ndarray:
    """Return the eigenvalues of the loss's Hessian, without the ridge's, the largest first."""
    return np.linalg.eigvalsh(problem.hessian(np.asarray(x)))[::-1] - problem.l2


def outliers(eigenvalues: np.ndarray, most: int) -> int:
    """Count the eigenvalues above the widest gap: the r <= most of the largest ratio to the next.

    Parameters
    ----------
    eigenvalues : numpy.ndarray
        The largest first.
    most : int
        Gaps farther down are not looked at.
    """
    top = eigenvalues[: most + 1]
    return int(np.argmax(top[:-1] / top[1:])) + 1


def near_zero(eigenvalues: np.ndarray, part: float = 0.01) -> float:
    """Return the fraction of eigenvalues smaller in size than this part of the largest."""
    return float(np.mean(np.abs(eigenvalues) < part * np.abs(eigenvalues).max()))
