"""The exact minimizer of a quadratic over a ball, also in the hard case."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable

ITERATIONS = 100
EXACT = 1e-15
"""Relative error of ||p|| at which the search for the multiplier ends."""


@portable
def point_at(a, gaps, sigma):
    """Return z = -a / (gaps + sigma), 0 where the divisor is; ||z||; and -||z|| times its slope.

    The slope is that of ||z|| as a function of sigma.
    """
    z = np.zeros(a.size)
    square, falling = 0.0, 0.0
    for i in range(a.size):
        divisor = gaps[i] + sigma
        if divisor > 0.0:
            z[i] = -a[i] / divisor
            square += z[i] ** 2
            falling += z[i] ** 2 / divisor
    return z, np.sqrt(square), falling


@portable
def trust_region_step(w, Q, g, radius):
    """Minimize <g, p> + <p, H p> / 2 over ||p|| <= radius, H = Q diag(w) Q', w ascending.

    The solution is the p for which some lam >= 0 satisfies (H + lam I) p = -g with H + lam I
    positive semidefinite and lam (radius - ||p||) = 0 (more1983). In the eigenbasis p has the
    coordinates -a_i / (w_i + lam), a = Q'g. We look for sigma = lam + w_0 >= 0, the distance from
    the pole, so that nothing cancels near it: 1 / ||p|| as a function of sigma is concave, and
    Newton's iteration from the left of its solution is monotone.

    Returns (p, lam).
    """
    a = Q.T @ g
    gaps = w - w[0]
    if w[0] > 0.0:
        z = -a / w
        if np.sqrt(np.sum(z * z)) <= radius:
            return Q @ z, 0.0
    sigma = max(0.0, w[0], np.max(np.abs(a) / radius - gaps))
    z, length, falling = point_at(a, gaps, sigma)
    if sigma == 0.0 and length <= radius:  # the hard case: no multiplier makes p long enough
        if w[0] < 0.0:
            z[0] = z[0] + np.sqrt(max(radius**2 - length**2, 0.0))
        return Q @ z, max(0.0, -w[0])
    for _ in range(ITERATIONS):
        if length <= radius * (1.0 + EXACT):
            break
        new = sigma + (length - radius) / radius * length**2 / falling
        if not new > sigma:
            break
        sigma = new
        z, length, falling = point_at(a, gaps, sigma)
    return Q @ (z * (radius / length)), max(0.0, sigma - w[0])
