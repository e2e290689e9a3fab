"""Clipping: what shortens a gradient that is long."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def clip_norm(g, threshold):
    """Return g where it is not longer than the threshold, else its direction at that length."""
    size = np.sqrt(np.sum(g * g))
    if size > threshold:
        return (threshold / size) * g
    return g


@portable
def clip_entries(g, threshold):
    """Return g with each entry moved to the nearest point of [-threshold, threshold]."""
    return np.minimum(np.maximum(g, -threshold), threshold)
