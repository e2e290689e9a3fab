"""How far a model is trusted: the gain ratio, and what follows from it."""

from __future__ import annotations

import numpy as np

from optedu.line_search import ROUNDING, inner, ratio
from optedu.protocol import portable


@portable
def drowns(f, f_new):
    """Whether the difference of two values of f may be mostly rounding."""
    return np.abs(f - f_new) <= ROUNDING * np.abs(f)


@portable
def decrease_of(f, f_new, g, g_new, p):
    """Return f(x) - f(x + p), from the slopes at both ends where the difference drowns.

    Minus the mean of the slopes is the same up to third order in p.
    """
    if drowns(f, f_new):
        return -0.5 * inner(g + g_new, p)
    return f - f_new


@portable
def gain_ratio(actual, predicted):
    """Return the decrease of f over that of the model, -1 where it is not a number."""
    gain = ratio(actual, predicted)
    return gain if np.isfinite(gain) else -1.0


@portable
def next_radius(radius, gain, length):
    """Return the next trust radius (nocedal2006, Algorithm 4.1).

    A quarter of the step where f fell by less than a quarter of what the model promised; the
    double where the model was good and the radius bound.
    """
    if gain < 0.25:
        return 0.25 * length
    if gain > 0.75 and length >= 0.99 * radius:
        return 2.0 * radius
    return radius


@portable
def gain_at(problem, x_new, f, f_new, g, p, predicted):
    """Return the gain of a trial step; a gradient is asked for only where f is too coarse."""
    g_new = problem.gradient(x_new) if drowns(f, f_new) else g
    return gain_ratio(decrease_of(f, f_new, g, g_new, p), predicted)
