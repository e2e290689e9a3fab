"""Transport problems from seeds, and what is measured on them."""

import numpy as np

import optedu as oe


def masses(rng, n):
    a = rng.uniform(0.3, 1.7, n)
    return a / a.sum()


def dense(n=7, m=5, t=0.1, seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    return oe.problems.EntropicTransport(
        scale * rng.random((n, m)), masses(rng, n), masses(rng, m), scale * t
    )


def cloud(n=7, m=5, d=2, t=0.5, seed=0, shift=0.0):
    rng = np.random.default_rng(seed)
    X, Y = rng.standard_normal((n, d)) + shift, 0.6 * rng.standard_normal((m, d)) + 1 + shift
    return oe.problems.PointCloudTransport(X, Y, masses(rng, n), masses(rng, m), t)


def cost_of(points):
    """The matrix of squared distances, entry by entry."""
    return np.array([[np.sum((x - y) ** 2) for y in points.Y] for x in points.X])


def solve(method, problem, tol=1e-12, steps=200_000):
    return oe.run(method, problem, max_iter=steps, tol=tol, execution="python", record_every=10)


def diameter(C, t):
    """The largest of (C_ij + C_kl - C_il - C_kj) / t, entry by entry."""
    n, m = C.shape
    return max(
        (C[i, j] + C[k, q] - C[i, q] - C[k, j]) / t
        for i in range(n) for k in range(n) for j in range(m) for q in range(m)
    )  # fmt: skip


def hilbert(u):
    """Hilbert's metric between exp(u) and 1."""
    return np.ptp(u)
