"""Transport between Gaussian distributions, in closed form."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def square_root(S):
    """Return the symmetric square root of a positive semidefinite matrix."""
    eigenvalues, Q = np.linalg.eigh(S)
    return (Q * np.sqrt(np.maximum(eigenvalues, 0.0))) @ Q.T


@portable
def bures_squared(S, T):
    """Return trace(S + T - 2 (S^1/2 T S^1/2)^1/2), the squared Bures distance of covariances.

    Parameters
    ----------
    S, T : numpy.ndarray, shape (d, d)
        Positive semidefinite.
    """
    R = square_root(S)
    middle = np.linalg.eigvalsh(R @ T @ R)
    return max(np.trace(S) + np.trace(T) - 2 * np.sum(np.sqrt(np.maximum(middle, 0.0))), 0.0)


@portable
def gaussian_distance(m, S, n, T):
    """Return the 2-Wasserstein distance of the Gaussians N(m, S) and N(n, T).

    Its square is ||m - n||^2 plus the squared Bures distance of S and T.

    Parameters
    ----------
    m : numpy.ndarray, shape (d,)
        Mean of the first.
    S : numpy.ndarray, shape (d, d)
        Its covariance, positive semidefinite.
    n : numpy.ndarray, shape (d,)
        Mean of the second.
    T : numpy.ndarray, shape (d, d)
        Its covariance.

    Returns
    -------
    float

    References
    ----------
    dowson1982.

    Examples
    --------
    >>> import numpy as np
    >>> from optedu.transport.gaussian import gaussian_distance
    >>> m, n = np.zeros(2), np.array([3.0, 0.0])
    >>> float((gaussian_distance(m, np.eye(2), n, 9 * np.eye(2)) ** 2).round(6))
    17.0
    """
    return np.sqrt(np.sum((m - n) ** 2) + bures_squared(S, T))


@portable
def gaussian_map(m, S, n, T):
    """Return A and c such that x -> A x + c is the optimal map of N(m, S) to N(n, T).

    A = S^-1/2 (S^1/2 T S^1/2)^1/2 S^-1/2 is the only positive semidefinite matrix with A S A = T.

    Parameters
    ----------
    m : numpy.ndarray, shape (d,)
        Mean of the first.
    S : numpy.ndarray, shape (d, d)
        Its covariance, positive definite.
    n : numpy.ndarray, shape (d,)
        Mean of the second.
    T : numpy.ndarray, shape (d, d)
        Its covariance, positive semidefinite.

    Returns
    -------
    tuple of numpy.ndarray
        A of shape (d, d), and c of shape (d,).
    """
    R = square_root(S)
    W = np.linalg.inv(R)
    A = W @ square_root(R @ T @ R) @ W
    return A, n - A @ m
