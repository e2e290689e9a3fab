"""The sampled convex program: hidden units drawn and kept, a Lasso for the output layer."""

from __future__ import annotations

import numpy as np


def random_features(X: np.ndarray, gates: np.ndarray) -> np.ndarray:
    """Return what hidden units with unit weights along the gates say of each row, shape (n, P).

    With these features a Lasso, ``L1LeastSquares.from_matrix(features, y, beta)``, is `ConvexReLU`
    with each v_i and w_i held to the ray of its gate: one number is left of each. So its minimum
    is no lower, and its solution is a network.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
    gates : numpy.ndarray, shape (P, d)
        Not zero; from `sampled_patterns`, or drawn.

    Returns
    -------
    numpy.ndarray, shape (n, P)

    References
    ----------
    bai2023 (the sampled convex program).

    Examples
    --------
    >>> import numpy as np
    >>> from optedu.convex_networks.random_features import random_features
    >>> random_features(np.array([[1.0, 2.0]]), np.array([[0.0, 2.0], [-1.0, 0.0]]))
    array([[2., 0.]])
    """
    return np.maximum(X @ (gates / np.linalg.norm(gates, axis=1)[:, None]).T, 0.0)
