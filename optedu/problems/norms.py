"""The Euclidean norm, without overflow or underflow."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def euclidean_norm(x):
    """||x||, of a vector or (Frobenius) of a matrix, right for entries of any size."""
    largest = np.max(np.abs(x))
    if largest == 0.0 or not np.isfinite(largest):
        return largest
    scaled = x / largest
    return largest * np.sqrt(np.sum(scaled * scaled))
