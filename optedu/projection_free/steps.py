"""What the Frank-Wolfe methods share: the corner and its gap, a line search, the bound."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.guarantees import Guarantee
from optedu.line_search import inner
from optedu.oracles import value_and_gradient
from optedu.parameters import known
from optedu.protocol import portable


@portable
def corner(problem, x, g):
    """Return the linear minimizer s of g = grad f(x), and the gap |<g, x - s>|.

    Within the set the product is never negative, and at least f(x) - f* where f is convex. Only
    a start outside of the set can make it negative.
    """
    s = problem.linear_minimizer(g)
    return s, np.abs(inner(g, x - s))


@portable
def frank_wolfe_gap_at(problem, x):
    """Return the gap at x, for a method that does not hold the gradient."""
    _, gap = corner(problem, x, problem.gradient(x))
    return gap


@portable
def exact_step(problem, x, f, g, d, longest):
    """Return t, x + t d and what is there, t in [0, longest] the minimizer of f(x + t d).

    f is convex; its slope <grad f(x + t d), d> has its root there. It is found by the secant
    through a bracket, the end that stays having its slope halved (the Illinois rule), so that a
    quadratic takes two trials, and the last of them is the answer.

    Returns
    -------
    tuple
        (t, x + t d, value and gradient there); t = 0 where d is no direction of descent.
    """
    slope = inner(g, d)
    if not slope < 0.0:
        return 0.0, x, f, g
    low, high, at_low, t = 0.0, longest, slope, longest
    x_new = x + t * d
    f_new, g_new = value_and_gradient(problem, x_new)
    at_high = inner(g_new, d)
    if at_high <= 0.0:
        return t, x_new, f_new, g_new
    last = 0
    for _ in range(60):
        t = min(max(low - at_low * (high - low) / (at_high - at_low), low), high)
        x_new = x + t * d
        f_new, g_new = value_and_gradient(problem, x_new)
        products = g_new * d
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
    return t, x_new, f_new, g_new


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
