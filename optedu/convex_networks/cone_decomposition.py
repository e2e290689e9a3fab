"""From a gated network to a ReLU network: each weight as a difference of two from its cone."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls


def cone_decomposition(x: np.ndarray, X: np.ndarray, patterns: np.ndarray) -> np.ndarray:
    """Return a point of a `ConvexReLU` with the outputs of a point of a `GatedReLU`.

    Each row u of x becomes v - w with (2 D_i - I) X v >= 0 and (2 D_i - I) X w >= 0. Of all such
    pairs it is the one with the least ||v||^2 + ||w||^2, namely v, w = t + u / 2, t - u / 2 with
    the shortest t that has (2 D_i - I) X t >= |X u| / 2: a least-distance problem, which becomes
    one of nonnegative least squares in n unknowns (lawson1995, Chapter 23).

    Parameters
    ----------
    x : numpy.ndarray, shape (P, d)
    X : numpy.ndarray, shape (n, d)
    patterns : numpy.ndarray, shape (n, P)

    Returns
    -------
    numpy.ndarray, shape (2 P, d)

    Raises
    ------
    ValueError
        If a cone has no interior, and the differences of its points are not all vectors.

    References
    ----------
    mishkin2022 (that a gated network is a ReLU network); the pair of least squares is ours.

    Examples
    --------
    >>> import numpy as np
    >>> from optedu.convex_networks.cone_decomposition import cone_decomposition
    >>> pair = cone_decomposition(np.array([[1.0, -1.0]]), np.eye(2), np.ones((2, 1)))
    >>> pair.round(6) + 0.0
    array([[1., 0.],
           [0., 1.]])
    """
    v, w = np.zeros_like(x), np.zeros_like(x)
    for i in np.flatnonzero(np.any(x != 0.0, axis=1)):
        S = (2.0 * patterns[:, i] - 1.0)[:, None] * X
        t = shortest(S, 0.5 * np.abs(X @ x[i]))
        if t is None:
            raise ValueError(f"cone_decomposition: the cone of pattern {i} has no interior")
        v[i], w[i] = t + x[i] / 2, t - x[i] / 2
    return np.concatenate((v, w))


def shortest(A: np.ndarray, b: np.ndarray) -> np.ndarray | None:
    """Return the shortest t with A t >= b, or None where there is none.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
    b : numpy.ndarray, shape (n,)
    """
    height = np.max(np.abs(b), initial=0.0)
    if height == 0.0:
        return np.zeros(A.shape[1])
    size = np.linalg.norm(A, axis=1)
    size = np.where(size > 0.0, size, 1.0)
    E = np.vstack(((A / size[:, None]).T, b / size / height))
    target = np.append(np.zeros(A.shape[1]), 1.0)
    r = E @ nnls(E, target, maxiter=50 * len(A))[0] - target
    if r[-1] >= -1e-12:
        return None
    return -height * r[:-1] / r[-1]
