"""What the Frank-Wolfe methods share: the gap, a line search on a segment, the bound."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.guarantees import Guarantee
from optedu.line_search import inner
from optedu.parameters import known
from optedu.protocol import portable


@portable
def frank_wolfe_gap_at(problem, x):
    """Return |<grad f(x), x - s>|, s the linear minimizer.

    Within the set the product is never negative, and at least f(x) - f* where f is convex. Only
    a start outside of the set can make it negative.
    """
    g = problem.gradient(x)
    return np.abs(inner(g, x - problem.linear_minimizer(g)))


@portable
def exact_step(problem, x, d, slope, longest):
    """Return the t in [0, longest] that minimizes f(x + t d), f convex.

    The slope <grad f(x + t d), d> has its root there. It is found by the secant through a
    bracket, the end that stays having its slope halved (the Illinois rule), so that a quadratic
    takes two gradients. `slope` is the one at t = 0.

    Returns
    -------
    float
        0 where d is no direction of descent.
    """
    if not slope < 0.0:
        return 0.0
    low, high, at_low = 0.0, longest, slope
    at_high = inner(problem.gradient(x + high * d), d)
    if at_high <= 0.0:
        return longest
    t, last = longest, 0
    for _ in range(60):
        t = low - at_low * (high - low) / (at_high - at_low)
        products = problem.gradient(x + t * d) * d
        at_t = np.sum(products)
        noise = 1e-15 * np.sum(np.abs(products))
        if np.abs(at_t) <= max(1e-13 * np.abs(slope), noise) or not low < t < high:
            break
        if at_t < 0.0:
            low, at_low = t, at_t
            at_high = 0.5 * at_high if last < 0 else at_high
            last = -1
        else:
            high, at_high = t, at_t
            at_low = 0.5 * at_low if last > 0 else at_low
            last = 1
    return min(max(t, 0.0), longest)


def open_loop_bound(problem: Any, k: Any, x0: Any) -> Guarantee | None:
    """Return 2 L D^2 / (k + 2) on the gap for k >= 1 and x_0 in the set, else None.

    Parameters
    ----------
    problem : problem
        With `smoothness`, `diameter` and convex objective.
    k : array_like of int
        Numbers of steps.
    x0 : numpy.ndarray
        The start; where the problem has a projection, it is used to see whether x_0 is inside.
    """
    constants = known(problem, "smoothness", "diameter", "strong_convexity")
    if constants is None:
        return None
    L, D, _ = constants
    if hasattr(problem, "project") and not np.allclose(problem.project(x0), x0, atol=1e-9):
        return None
    k = np.asarray(k)
    bound = np.where(k > 0, 2 * L * D**2 / (k + 2), np.inf)
    return Guarantee("gap", bound, "jaggi2013, Theorem 1")
