"""The step of SANIA: how far along -B^{-1} g a quadratic model with matrix B falls to zero."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def divide(g, B):
    """Return g / B entry by entry, and 0 where B is 0."""
    return np.where(B > 0.0, g / np.where(B > 0.0, B, 1.0), 0.0)


@portable
def sania_factor(f, q):
    """Return the t in [0, 1] for which f - t q + t^2 q / 2 is zero, or is smallest.

    Parameters
    ----------
    f : float
        Value above the lower bound, at least 0.
    q : float
        <g, B^{-1} g>; the model along x - t B^{-1} g is f - t q + t^2 q / 2.
    """
    if 2.0 * f >= q:
        return 1.0
    return 1.0 - np.sqrt(1.0 - 2.0 * max(f, 0.0) / q)
