"""The few large entries of a plan, linear systems with them, and a step along what solves them."""

from __future__ import annotations

import numpy as np

from optedu.line_search import inner
from optedu.protocol import portable


@portable
def entries_from(P, threshold):
    """Return the entries of P no less than the threshold: (rows of P, row, column, value)."""
    flat = P.ravel()
    where = np.flatnonzero(flat >= threshold)
    return P.shape[0], where // P.shape[1], where % P.shape[1], flat[where]


@portable
def largest_entries(P, count):
    """Return the `count` largest entries of P, and those that nearly tie with the last of them.

    By bisection; entries below 1e-12 of the largest are left out in any case, unless all are asked
    for.
    """
    if count >= P.size:
        return entries_from(P, -1.0)
    rest = P.ravel()
    low, high = 0.0, np.max(rest)
    for _ in range(40):
        middle = (low + high) / 2
        above = rest[rest >= middle]
        if above.size >= count:
            low, rest = middle, above
        else:
            high = middle
    return entries_from(P, low if low > 0.0 else high)


@portable
def sums_over(index, terms, size):
    """Return the sums of the terms that have the same index, shape (size,)."""
    return np.bincount(index, terms, size)


@portable
def solve_bordered(D, entries, g, tolerance, most):
    """Solve [[diag(p), S], [S', diag(q)]] d = g, with (p, q) = D and S made of the entries.

    The first block is eliminated; for the second, (diag(q) - S' diag(1/p) S) v = h is solved by
    conjugate gradients from zero, preconditioned by q. That takes half the products that they
    would need for both.

    Parameters
    ----------
    D : numpy.ndarray, shape (n + m,)
        The diagonal, positive.
    entries : tuple
        (n, row, column, value) as `entries_from` returns it.
    g : numpy.ndarray, shape (n + m,)
    tolerance : float
        Stop when the residual is no longer than this.
    most : int
        Largest number of products.

    Returns
    -------
    numpy.ndarray, shape (n + m,)
    """
    n, row, column, value = entries
    p, q = D[:n], D[n:]
    share = value / p[row]
    r = g[n:] - sums_over(column, share * g[row], q.size)
    v, direction, old = np.zeros(q.size), np.zeros(q.size), 1.0
    for _ in range(most):
        if np.sqrt(r @ r) <= tolerance:
            break
        z = r / q
        rz = r @ z
        direction = z + (rz / old) * direction
        Sd = sums_over(row, value * direction[column], n)
        Md = q * direction - sums_over(column, share * Sd[row], q.size)
        step = rz / (direction @ Md)
        v, r, old = v + step * direction, r - step * Md, rz
    u = (g[:n] - sums_over(row, value * v[column], n)) / p
    return np.concatenate((u, v))


@portable
def dual_point(problem, x, marginals, t):
    """Return (x, f, g, P): the plan at x, and from it the value of the dual and its gradient."""
    P = problem.plan(x)
    sums = np.concatenate((np.sum(P, axis=1), np.sum(P, axis=0)))
    return x, t * np.sum(P) - inner(marginals, x), sums - marginals, P


@portable
def dual_search(problem, x, f, g, d, marginals, t):
    """Return `dual_point` at x + d, x + d/2, x + d/4, ..., the first where f falls enough.

    A sum of n m exponentials is known to some rounding only; it may cover up to 1e-14 of it.
    """
    slope, step = inner(g, d), 1.0
    point = dual_point(problem, x + d, marginals, t)
    while not point[1] <= f + 1e-4 * step * slope + 1e-14 * (abs(f) + t) and step > 1e-12:
        step = step / 2
        point = dual_point(problem, x + step * d, marginals, t)
    return point


@portable
def sinkhorn_round(problem, x, g, P, marginals, t):
    """Return x after a round of Sinkhorn, by two products with the plan P at x where they suffice.

    Where sums are so small that they are about to vanish, by sums of exponentials instead.
    """
    n = P.shape[0]
    a, b = marginals[:n], marginals[n:]
    rows = a + g[:n]
    if np.min(rows) > 1e-100:
        columns = (a / rows) @ P
        if np.min(columns) > 1e-100 and np.max(columns) < 1e100:
            return x + t * np.log(np.concatenate((a / rows, b / columns)))
    return problem.soft_transform(1, problem.soft_transform(0, x, t), t)
