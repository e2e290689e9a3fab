"""Newton's direction, of the Hessian or of one that is shifted until it is positive definite."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable

SINGULAR = 1e-14
"""An eigenvalue below this part of the largest one counts as not positive."""


@portable
def shifted_newton(H, g, smallest_curvature):
    """Return p with (H + tau I) p = -g, for a vector g.

    tau is 0 where H is positive definite; else it lifts the smallest eigenvalue to
    `smallest_curvature` times the largest absolute one. So p always descends.
    """
    w, Q = np.linalg.eigh(H)
    largest = np.max(np.abs(w))
    if w[0] <= SINGULAR * largest:
        if largest == 0.0:
            return -g
        w = w + (smallest_curvature * largest - w[0])
    return -(Q @ ((Q.T @ g) / w))
