"""Conjugate gradients on Newton's system, stopped early: by accuracy, curvature or radius."""

from __future__ import annotations

import numpy as np

from optedu.line_search import inner
from optedu.protocol import portable

FLAT = 1e-15
"""A curvature below this part of the largest one met counts as not positive."""

SAFEGUARD = 0.9
LOOSEST = 0.5


@portable
def truncated_conjugate_gradient(problem, x, g, accuracy, radius):
    """Approximately minimize <g, p> + <p, H p> / 2 over ||p|| <= radius, by products with H.

    It ends when the residual ||H p + g|| is at most `accuracy`; at the boundary; or at a direction
    without positive curvature, along which it goes to the boundary (steihaug1983) or, when the
    radius is infinite, not at all, unless it is the first one, -g itself (nocedal2006,
    Algorithm 7.1).

    Returns (p, decrease of the model, whether there was a direction without positive curvature).
    """
    p = np.zeros_like(x)
    r, d = g, -g
    square = inner(r, r)
    model, largest = 0.0, 0.0
    for i in range(10 * x.size):
        if np.sqrt(square) <= accuracy:
            return p, -model, False
        Hd = problem.hessian_product(x, d)
        length = inner(d, d)
        curvature = inner(d, Hd)
        largest = max(largest, np.abs(curvature) / length)
        bad = curvature <= FLAT * largest * length
        if bad and radius == np.inf:
            if i == 0:
                p, model = -g, -square
            return p, -model, True
        t = square / curvature if not bad else np.inf
        along = inner(p, d)
        inside = inner(p, p)
        if bad or inside + t * (2.0 * along + t * length) >= radius**2:
            room = max(radius**2 - inside, 0.0)
            t = room / (along + np.sqrt(along**2 + length * room))
            model = model + t * (inner(r, d) + 0.5 * t * curvature)
            return p + t * d, -model, bad
        p = p + t * d
        model = model - 0.5 * t * square
        r = r + t * Hd
        new = inner(r, r)
        d = -r + (new / square) * d
        square = new
    return p, -model, False


@portable
def next_forcing(forcing, old, new):
    """Return how accurately the next system is to be solved (eisenstat1996, Choice 2, exponent 2).

    0.9 (new / old)^2, with the gradient norms before and after the step; not much less than the
    last one while that was large, and 0.5 at most.
    """
    wanted = SAFEGUARD * (new / old) ** 2 if old > 0.0 else 0.0
    kept = SAFEGUARD * forcing**2
    if kept > 0.1:
        wanted = max(wanted, kept)
    return min(wanted, LOOSEST)
