"""The consensus of a cloud: its mean, with weights exp(-alpha f)."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def consensus(points, values, alpha):
    """Return sum of v_i exp(-alpha f_i) / sum of exp(-alpha f_i) over the rows v_i, shape (d,).

    The largest weight is made 1 first, so that nothing overflows.
    """
    lowest = np.min(values)
    if not np.isfinite(lowest):
        return np.sum(points, axis=0) / points.shape[0]
    w = np.exp(-alpha * (values - lowest))
    return (w @ points) / np.sum(w)
