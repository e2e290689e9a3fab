"""One step of fitting a preconditioner P = Q'Q on a group of matrices, to a pair (v, h = Hv).

Each lowers h'Ph + v'P^{-1}v, whose mean over v ~ N(0, I) is least at P = |H|^{-1} (on the general
linear group). With a = Qh and b = Q^{-T}v the relative gradient is aa' - bb', restricted to the
tangent space of the group; Q changes by multiplication with a matrix near the identity, so that it
stays in the group, and the step needs no scale of H.
"""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def fit_general(Q, v, h, rate):
    """Return Q - rate (aa' - bb') Q / (|a|^2 + |b|^2), for any invertible Q."""
    a = Q @ h
    b = np.linalg.solve(np.ascontiguousarray(Q.T), v)
    scale = rate / (a @ a + b @ b)
    return Q - scale * (np.outer(a, a @ Q) - np.outer(b, v))


@portable
def fit_triangular(Q, v, h, rate):
    """Return Q - rate triu(aa' - bb') Q / (|a|^2 + |b|^2), for an upper triangular Q."""
    a = Q @ h
    b = np.zeros(v.size)
    for i in range(v.size):  # Q'b = v, from the first entry on
        b[i] = (v[i] - Q[:i, i].copy() @ b[:i]) / Q[i, i]
    scale = rate / (a @ a + b @ b)
    return Q - scale * (np.triu(np.outer(a, a) - np.outer(b, b)) @ Q)


@portable
def fit_diagonal(q, v, h, rate):
    """Return q - rate (a^2 - b^2) q / max(a^2 + b^2), for Q = diag(q)."""
    a2, b2 = (q * h) ** 2, (v / q) ** 2
    return q - rate / np.max(a2 + b2) * (a2 - b2) * q


@portable
def first_scale(problem, x, rng):
    """Return the q for which Q = q I fits one random pair: q^4 = |v|^2 / |Hv|^2; 1 where Hv = 0."""
    v = rng.standard_normal(x.size)
    h = problem.hessian_product(x, v.reshape(x.shape)).ravel()
    if h @ h == 0.0:
        return 1.0
    return ((v @ v) / (h @ h)) ** 0.25
