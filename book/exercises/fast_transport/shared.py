"""What the checks of this chapter's exercises share."""

import numpy as np


def masses(rng, n):
    """Return n positive numbers of total 1."""
    a = rng.uniform(0.5, 1.5, n)
    return a / a.sum()


def with_sums(P, a, b):
    """Return a plan with the sums a and b: scale down, then add what is missing."""
    P = P * np.minimum(a / P.sum(1), 1.0)[:, None]
    P = P * np.minimum(b / P.sum(0), 1.0)
    rows, columns = np.maximum(a - P.sum(1), 0.0), np.maximum(b - P.sum(0), 0.0)
    return P + np.outer(rows, columns) / max(rows.sum(), 1e-300)


def newton(P, a, b, t):
    """Return Newton's direction for the dual, minimized."""
    M = np.block([[np.diag(P.sum(1)), P], [P.T, np.diag(P.sum(0))]])
    g = np.concatenate([P.sum(1) - a, P.sum(0) - b])
    return -t * np.linalg.lstsq(M, g, rcond=1e-12)[0]


def count(P, part):
    """Return the least number of entries that hold all but a part of the mass."""
    return P.size - int((np.cumsum(np.sort(P.ravel())) <= part * P.sum()).sum())


def on_simplex(v, b):
    """Return the point nearest to v of the simplex of mass b."""
    order = np.sort(v)[::-1]
    levels = (np.cumsum(order) - b) / np.arange(1, v.size + 1)
    return np.maximum(v - levels[np.flatnonzero(order > levels)[-1]], 0.0)


def best_column(v, b, gamma, k):
    """Return the best column with k entries or fewer."""
    top = np.argsort(-v)[:k]
    t = np.zeros(v.size)
    t[top] = on_simplex(v[top] / gamma, b)
    return t


def sum_of_squares(P, S, u, v):
    """Return the squares that add up to the form of the sparsified matrix."""
    lost = P - S
    return S * (u[:, None] + v) ** 2, lost.sum(1) * u**2, lost.sum(0) * v**2
