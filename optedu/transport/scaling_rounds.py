"""What methods share that scale a plan's rows and columns."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable

FAR = 100.0
"""Largest logarithm of a scaling before it is absorbed: e^100 is 1e43."""


@portable
def scaling_round(K, rows, marginals):
    """Return the scalings (u, v) of a round, K v, and how far the row sums are off then.

    `rows` is K v of the round before, so that a round costs two products with K.
    """
    n = rows.size
    a, b = marginals[:n], marginals[n:]
    u = a / rows
    v = b / (u @ K)
    rows = K @ v
    error = u * rows - a
    return np.concatenate((u, v)), rows, np.sqrt(np.sum(error * error))


@portable
def sums_of(P):
    """Return the sums of the rows, and then those of the columns."""
    return np.concatenate((np.sum(P, axis=1), np.sum(P, axis=0)))
