"""Searches for a step length along a direction, shared by the methods that need one.

Along x + t p the objective is phi(t) = f(x + t p), with slope phi'(t) = <grad f(x + t p), p>.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.oracles import value_and_gradient
from optedu.parameters import require_between, require_positive
from optedu.protocol import portable

ROUNDING = 1e-10
"""Relative change of f below which its slopes tell more than its values."""

EXACT = 1e-12
"""Fraction of the slope at 0 that an exact search leaves: orthogonality to working precision."""

HALVED = 0.51
"""A bracket so much shorter counts as halved: with 0.5 the last bit would judge a bisection."""

TRIALS = 100


@portable
def inner(a, b):
    """Return <a, b>, for arrays of any shape."""
    return np.sum(a * b)


@portable
def ratio(a, b):
    """Return a / b, and 0 where b is 0."""
    return a / b if b != 0.0 else 0.0 * a


@portable
def enough_decrease(f, f_new, slope, slope_new, t, decrease):
    """Whether phi(t) <= phi(0) + decrease * t * phi'(0), the Armijo condition.

    Where the change of f drowns in rounding, the slopes decide instead: phi'(t) <=
    (2 decrease - 1) phi'(0), which is the same condition when phi is a quadratic (hager2005).
    """
    if np.abs(f_new - f) <= ROUNDING * np.abs(f):
        return slope_new <= (2.0 * decrease - 1.0) * slope
    return f_new <= f + decrease * t * slope


@portable
def armijo_step(problem, x, f, g, direction, t, decrease, shrink):
    """Shrink t until it satisfies the Armijo condition.

    Returns (t, x + t p, phi(t)), and (0, x, f) when no t > 0 will do. The value f may be larger
    than f(x): a nonmonotone search compares with the worst of the last few values.
    """
    slope = inner(g, direction)
    smallest = 1e-18 * t
    while t > smallest:
        x_new = x + t * direction
        f_new = problem.value(x_new)
        slope_new = slope
        if np.abs(f_new - f) <= ROUNDING * np.abs(f):
            slope_new = inner(problem.gradient(x_new), direction)
        if enough_decrease(f, f_new, slope, slope_new, t, decrease):
            return t, x_new, f_new
        t = shrink * t
    return 0.0, x, f


@portable
def wolfe_step(problem, x, f, g, direction, t, decrease, curvature):
    """Find t that satisfies the strong Wolfe conditions.

    The conditions are Armijo's and abs(phi'(t)) <= curvature * abs(phi'(0)). With decrease = 0
    and curvature = `EXACT` the search is exact on a convex function.

    The bracket [low, high] keeps two facts, by which it always holds a point that is wanted
    (nocedal2006, Algorithms 3.5 and 3.6): low satisfies Armijo and still descends steeply; high
    violates Armijo or ascends. The next trial is where the secant of phi' vanishes, so that a
    quadratic takes one secant; or the middle, after a secant that did not halve the bracket.

    Returns (t, x + t p, phi(t), gradient there), with t = 0 when p is no descent direction.
    """
    slope = inner(g, direction)
    low, x_low, f_low, g_low, slope_low = 0.0, x, f, g, slope
    high, slope_high, width = np.inf, 0.0, np.inf
    if not slope < 0.0:
        return 0.0, x, f, g
    for _ in range(TRIALS):
        x_new = x + t * direction
        f_new, g_new = value_and_gradient(problem, x_new)
        slope_new = inner(g_new, direction)
        enough = enough_decrease(f, f_new, slope, slope_new, t, decrease)
        if enough and np.abs(slope_new) <= curvature * np.abs(slope):
            return t, x_new, f_new, g_new
        if enough and slope_new < 0.0:
            rise, run = slope_new - slope_low, t - low
            low, x_low, f_low, g_low, slope_low = t, x_new, f_new, g_new, slope_new
            if high == np.inf:
                reach = -slope_new * run / rise if rise > 0.0 else np.inf
                t = min(max(t + reach, 1.1 * t), 10.0 * t)
                continue
        else:
            high, slope_high = t, slope_new
        tried, t = t, 0.5 * (low + high)
        if 0.0 < slope_high < np.inf and high - low <= HALVED * width:
            t = low - slope_low * (high - low) / (slope_high - slope_low)
        width = high - low
        if not low < t < high:
            if enough:
                return tried, x_new, f_new, g_new
            break
    return low, x_low, f_low, g_low


def require_wolfe_constants(method: Any) -> None:
    """Refuse constants of the Wolfe conditions for which no step may exist.

    Raises
    ------
    ValueError
        Naming the method, the argument and what was received.
    """
    require_positive(method, "first_step", "decrease")
    require_between(method, "curvature", 0.0, 1.0)
    require_between(method, "decrease", 0.0, method.curvature)
