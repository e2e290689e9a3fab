"""The best convex combination of regression models: a quadratic program over the simplex."""

from __future__ import annotations

import numpy as np

from optedu.duality.active_set import simplex_quadratic


def ensemble_program(
    predictions: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return Q and q with mean_i s_i (y_i - <p_i, w>)^2 = <w, Q w> / 2 + <q, w> + constant.

    Parameters
    ----------
    predictions : numpy.ndarray, shape (n, m)
        One column per model, best of data that it was not fitted on.
    y : numpy.ndarray, shape (n,)
    sample_weight : numpy.ndarray, shape (n,), optional
        s >= 0; by default 1.

    Returns
    -------
    tuple of numpy.ndarray, shapes (m, m) and (m,)
    """
    s = np.ones(y.size) if sample_weight is None else np.asarray(sample_weight)
    Q = 2 * (predictions.T * s) @ predictions / y.size
    return (Q + Q.T) / 2, -2 * predictions.T @ (s * y) / y.size


def optimal_weights(
    predictions: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
) -> np.ndarray:
    """Return the nonnegative weights with sum 1 of the least weighted mean squared error.

    Exact but for rounding, by an active-set method (echtenbruck2022 solve the same quadratic
    program).

    Parameters
    ----------
    predictions : numpy.ndarray, shape (n, m)
        One column per model, best of data that it was not fitted on.
    y : numpy.ndarray, shape (n,)
    sample_weight : numpy.ndarray, shape (n,), optional
        s >= 0; by default 1.

    Returns
    -------
    numpy.ndarray, shape (m,)

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([1.0, 2.0, 4.0])
    >>> optimal_weights(np.column_stack((y + 1.0, y - 3.0)), y)
    array([0.75, 0.25])
    """
    Q, q = ensemble_program(np.asarray(predictions, dtype=float), np.asarray(y, dtype=float),
                            sample_weight)  # fmt: skip
    first = int(np.argmin(np.diag(Q) / 2 + q))
    w = simplex_quadratic(Q, q, np.ones(q.size), first, 1000)
    return w / w.sum()
