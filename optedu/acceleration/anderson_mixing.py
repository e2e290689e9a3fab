"""The least-squares step of Anderson acceleration, shared by its two forms."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable

DEPENDENT = 1e-12  # differences of residuals below this part of the largest count as dependent


@portable
def appended(history, row):
    """Return the history without its oldest row and with a new last one."""
    longer = np.empty_like(history)
    longer[:-1] = history[1:]
    longer[-1] = row.ravel()
    return longer


@portable
def anderson_mix(points, residuals, count, relaxation):
    """Return the mixture of the last points whose linearized residual is least.

    The last `count` rows hold x_j and r_j = T x_j - x_j; the answer is flat.
    """
    x, r = points[-1], residuals[-1]
    if count < 2:
        return x + relaxation * r
    first = len(points) - count
    steps = points[first + 1 :] - points[first:-1]
    changes = residuals[first + 1 :] - residuals[first:-1]
    weights = np.linalg.lstsq(np.ascontiguousarray(changes.T), r, DEPENDENT)[0]
    return x + relaxation * r - weights @ (steps + relaxation * changes)
