"""Real data that scikit-learn carries, so that nothing is downloaded.

Each function returns the pair (A, y): columns of A have mean 0 and variance 1 (a column that is
constant becomes 0). With ``intercept=True`` a column of ones is put in front.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def breast_cancer(intercept: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return 569 tumours with 30 measurements; y is +1 for benign and -1 for malignant.

    Parameters
    ----------
    intercept : bool
        Put a column of ones in front.

    Returns
    -------
    tuple of numpy.ndarray
        (A, y) of shapes (569, 30) and (569,).
    """
    A, y = _load("breast_cancer")
    return _standardized(A, intercept), 2.0 * y - 1.0


def diabetes(intercept: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return 442 patients with 10 measurements; y, the progression, has mean 0 and variance 1.

    Parameters
    ----------
    intercept : bool
        Put a column of ones in front.

    Returns
    -------
    tuple of numpy.ndarray
        (A, y) of shapes (442, 10) and (442,).
    """
    A, y = _load("diabetes")
    return _standardized(A, intercept), (y - y.mean()) / y.std()


def digits(
    pair: tuple[int, int] | None = None, intercept: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return 1797 images of 8 by 8 pixels of the digits 0 to 9; y is the digit.

    Parameters
    ----------
    pair : tuple of int, optional
        Keep two digits only; y is -1 for the first and +1 for the second.
    intercept : bool
        Put a column of ones in front.

    Returns
    -------
    tuple of numpy.ndarray
        (A, y) of shapes (n, 64) and (n,); y is int64 where no pair is asked for.

    Raises
    ------
    ValueError
        If the pair is not two different digits.
    """
    A, y = _load("digits")
    if pair is None:
        return _standardized(A, intercept), y.astype(np.int64)
    first, second = pair
    if first == second or not {first, second} <= set(range(10)):
        raise ValueError(f"digits: pair must be two different digits from 0 to 9, got {pair}")
    kept = (y == first) | (y == second)
    return _standardized(A[kept], intercept), np.where(y[kept] == second, 1.0, -1.0)


def wine(intercept: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return 178 wines with 13 measurements; y is the cultivar, 0 to 2.

    Parameters
    ----------
    intercept : bool
        Put a column of ones in front.

    Returns
    -------
    tuple of numpy.ndarray
        (A, y) of shapes (178, 13) and (178,), y of int64.
    """
    A, y = _load("wine")
    return _standardized(A, intercept), y.astype(np.int64)


def iris(intercept: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return 150 flowers with 4 measurements; y is the species, 0 to 2.

    Parameters
    ----------
    intercept : bool
        Put a column of ones in front.

    Returns
    -------
    tuple of numpy.ndarray
        (A, y) of shapes (150, 4) and (150,), y of int64.
    """
    A, y = _load("iris")
    return _standardized(A, intercept), y.astype(np.int64)


def _load(name: str) -> tuple[np.ndarray, Any]:
    try:
        from sklearn import datasets
    except ImportError:
        raise ImportError(
            f"{name} is read from scikit-learn, which is missing: pip install scikit-learn"
        ) from None
    A, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return np.asarray(A, dtype=float), y


def _standardized(A: np.ndarray, intercept: bool) -> np.ndarray:
    centered = A - A.mean(axis=0)
    deviation = A.std(axis=0)
    scaled = centered / np.where(deviation > 0, deviation, 1.0)
    if intercept:
        scaled = np.hstack([np.ones((A.shape[0], 1)), scaled])
    return np.ascontiguousarray(scaled)
