"""The inverse of |H|, the Hessian whose eigenvalues have lost their signs."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable

TINY = 1e-300


@portable
def absolute_solve(eigenvalues, eigenvectors, g, damping):
    """Return (|H| + damping I)^-1 g on the span of the given eigenvectors.

    Parameters
    ----------
    eigenvalues : numpy.ndarray, shape (k,)
    eigenvectors : numpy.ndarray, shape (k, d)
        Orthonormal rows.
    g : numpy.ndarray, shape (d,)
    damping : float
        0 or more; without any, a direction of no curvature is left infinitely far.

    Returns
    -------
    numpy.ndarray, shape (d,)
    """
    scale = np.maximum(np.abs(eigenvalues) + damping, TINY)
    return ((eigenvectors @ g) / scale) @ eigenvectors


@portable
def limited(direction, longest):
    """Return the direction, shortened to the given length where it is longer."""
    length = np.sqrt(np.sum(direction * direction))
    return direction * (longest / length) if length > longest else direction
