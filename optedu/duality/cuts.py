"""What the methods share that model a convex function by its cuts.

A cut is a pair (g, e) with f(y) >= <g, y> + e for all y, made at a point x from f(x) and a
subgradient g: e = f(x) - <g, x>.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.duality.active_set import simplex_quadratic
from optedu.duality.simplex_method import simplex_method
from optedu.protocol import portable

PIVOTS = 10_000


@portable
def lowest_of_model(G, e, low, high):
    """Minimize max_i <g_i, y> + e_i over the box [low, high].

    It solves the dual program, maximize <e, w> + <low, p> - <high, u> subject to
    sum w = 1, G'w = p - u, all nonnegative, by the simplex method; y is the dual of that.

    Returns
    -------
    tuple
        (y, the value of the model there).
    """
    k, d = G.shape
    A = np.zeros((d + 1, k + 2 * d))
    A[:d, :k], A[d, :k] = G.T, 1.0
    basis = np.zeros(d + 1, np.int64)
    basis[d] = k - 1
    for i in range(d):
        A[i, k + i], A[i, k + d + i] = -1.0, 1.0
        basis[i] = k + i if G[k - 1, i] >= 0.0 else k + d + i
    b = np.zeros(d + 1)
    b[d] = 1.0
    cost = np.concatenate((-e, -low, high))
    _, y, _, _ = simplex_method(A, b, cost, basis, PIVOTS)
    y = np.minimum(np.maximum(y[:d], low), high)
    return y, np.max(G @ y + e)


@portable
def proximal_point_of_model(G, e, center, t, nonnegative):
    """Minimize max_i <g_i, y> + e_i + ||y - center||^2 / (2 t), over y >= 0 if nonnegative.

    The dual is a quadratic program over weights w of the cuts on the simplex, and multipliers
    p >= 0 of y >= 0: y = center - t (G'w - p).

    Returns
    -------
    tuple
        (y, the value of the model there, w).
    """
    k, d = G.shape
    rows = np.vstack((G, -np.eye(d))) if nonnegative else G.copy()
    offset = np.concatenate((G @ center + e, -center)) if nonnegative else G @ center + e
    inside = np.zeros(rows.shape[0])
    inside[:k] = 1.0
    first = int(np.argmax(offset[:k]))
    z = simplex_quadratic(t * (rows @ rows.T), -offset, inside, first, PIVOTS)
    y = center - t * (rows.T @ z)
    if nonnegative:
        y = np.maximum(y, 0.0)
    return y, np.max(G @ y + e), z[:k]


def resolve_dual(method: Any, problem: Any) -> Any:
    """Return the method with `nonnegative` and `ceiling` read off the problem where not given."""
    if "nonnegative" in method._fields and method.nonnegative is None:
        method = method._replace(nonnegative=bool(getattr(problem, "nonnegative", False)))
    if method.ceiling is None:
        ceiling = getattr(problem, "ceiling", None)
        method = method._replace(ceiling=np.inf if ceiling is None else float(ceiling))
    return method
