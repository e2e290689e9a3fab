"""Checks of the exercises on projection-free methods."""

from __future__ import annotations

import numpy as np

from optedu.grading import exercise, require
from optedu.problems.functions import Problem


@exercise("projection_free.gap")
def gap(answer, rng):
    """Check a function of (x, g, radius): the Frank-Wolfe gap over the l1 ball."""
    for d in (1, 2, 5, 9):
        for _ in range(5):
            radius = float(rng.uniform(0.5, 3.0))
            x, g = rng.normal(size=d), rng.normal(size=d)
            x = x * radius * rng.uniform() / np.abs(x).sum()
            found = float(answer(x.copy(), g.copy(), radius))
            wanted = max(g @ (x - s) for i in range(d)
                         for s in (radius * np.eye(d)[i], -radius * np.eye(d)[i]))  # fmt: skip
            require(
                np.isclose(found, wanted, rtol=1e-9, atol=1e-12),
                f"With x = {x.round(3)}, gradient {g.round(3)} and radius {radius:.3f} you return "
                f"{found:.6g}; the largest <g, x - s> over the {2 * d} vertices is {wanted:.6g}.",
            )


@exercise("projection_free.sparse-vertex")
def sparse_vertex(answer, rng):
    """Check a function of (g, k): a minimizer of <g, s> over the k-sparse polytope."""
    for d in (1, 3, 8):
        for k in range(1, d + 1):
            g = rng.normal(size=d)
            s = np.asarray(answer(g.copy(), k), dtype=float)
            require(s.shape == g.shape, f"Return a vector of shape {g.shape}, not {s.shape}.")
            require(
                np.abs(s).max() <= 1 + 1e-12 and np.abs(s).sum() <= k + 1e-9,
                f"Your point has the largest entry {np.abs(s).max():.4g} and the absolute sum "
                f"{np.abs(s).sum():.4g}; for k = {k} these must be at most 1 and {k}.",
            )
            wanted = -np.sort(np.abs(g))[::-1][:k].sum()
            require(
                np.isclose(g @ s, wanted, rtol=1e-9, atol=1e-12),
                f"<g, s> = {g @ s:.6g}, and {wanted:.6g} can be reached. Which k entries of g "
                "count, and with which sign?",
            )


@exercise("projection_free.linear-rate")
def linear_rate(answer, rng):
    """Check a method class without arguments: it must be exact on polytopes, by vertices alone."""
    from optedu.running.run import run

    for _ in range(4):
        V = np.vstack((np.eye(5), -np.eye(5))) @ (np.eye(5) + 0.1 * rng.normal(size=(5, 5)))
        A = np.linalg.qr(rng.normal(size=(8, 5)))[0] * rng.uniform(1.0, 1.6, 5)
        b = A @ (1.2 * rng.dirichlet(np.full(3, 5.0)) @ V[[0, 6, 2]])
        problem = Problem.from_functions(
            lambda x, A=A, b=b: 0.5 * float(np.sum((A @ x - b) ** 2)),
            gradient=lambda x, A=A, b=b: A.T @ (A @ x - b),
            linear_minimizer=lambda g, V=V: V[np.argmin(V @ g)].copy(),
        )
        trace = run(answer(), problem, V[0], max_iter=400, tol=0.0, progress=False,
                    execution="python")  # fmt: skip
        used = set(trace.counts) - {"gradient", "linear_minimizer", "value"}
        require(not used, f"Only gradients and vertices are allowed; you asked for {used}.")
        x = trace.x
        g = problem.gradient(x)
        gap = float(g @ x - (V @ g).min())
        require(
            abs(gap) <= 1e-7,
            f"After {int(trace.iterations[-1])} steps the Frank-Wolfe gap is {gap:.2e}, not below "
            "1e-7. Does weight ever leave an atom other than through shrinking all of them?",
        )
        require(
            outside(V, x) <= 1e-6,
            "Your last point is not in the polytope: keep the weights nonnegative, with sum 1.",
        )


def outside(V, x):
    """Return the distance of x to the hull of the rows of V."""
    from optedu.problems.polytopes import nearest_in_hull

    return float(np.linalg.norm(nearest_in_hull(V, x) - x))
