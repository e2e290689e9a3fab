"""Checks of the exercises on the set of all optimal networks."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from optedu.grading import exercise, require
from optedu.optimal_networks.directions import cone_projection
from optedu.optimal_networks.regularization_path import largest_beta
from optedu.optimal_networks.solve import solve
from optedu.problems.activation_patterns import all_patterns
from optedu.problems.convex_relu import ConvexReLU, GatedReLU


def _program(kind, rng, n=6):
    X = np.column_stack([rng.normal(0.3, 1.0, n), np.ones(n)])
    problem = kind(X, rng.normal(0.2, 1.0, n), all_patterns(X).active, 0.1)
    return problem._replace(beta=float(rng.uniform(0.1, 0.4)) * largest_beta(problem))


@exercise("optimal_networks.largest-beta")
def check_largest_beta(answer, rng):
    """Check a function of (X, y, D): beta_max of the gated program, squared loss."""
    for _ in range(3):
        problem = _program(GatedReLU, rng, int(rng.integers(4, 8)))
        found = float(answer(problem.X.copy(), problem.y.copy(), problem.patterns.copy()))
        exact = largest_beta(problem)
        require(
            np.isclose(found, exact, rtol=1e-9),
            f"With {len(problem.y)} rows you return {found:.6g}. At beta = {0.99 * exact:.6g} "
            f"there is a unit, at {1.01 * exact:.6g} none. What is the slope of the loss at x = 0, "
            "and which pattern correlates most with it?",
        )


@exercise("optimal_networks.penalty")
def check_penalty(answer, rng):
    """Check a function of (y, z, beta): sum ||x_i|| of any optimal network with outputs z."""
    for kind in (GatedReLU, ConvexReLU):
        problem = _program(kind, rng)
        x = solve(problem).x
        exact = float(np.linalg.norm(x, axis=1).sum())
        found = float(answer(problem.y.copy(), problem.outputs(x), problem.beta))
        require(
            np.isclose(found, exact, rtol=1e-6),
            f"An optimal network has sum ||x_i|| = {exact:.6g}, you return {found:.6g}. Take the "
            "inner product of y - z with z, unit by unit.",
        )


@exercise("optimal_networks.prune")
def check_prune(answer, rng):
    """Check a function of (M, a): sizes b >= 0 with M b = M a and fewer units."""
    for n, k in ((2, 4), (4, 7), (5, 6)):
        M = np.abs(rng.standard_normal((n, k))) * rng.uniform(0.2, 3.0, k)
        a = rng.uniform(0.2, 2.0, k)
        b = np.asarray(answer(M.copy(), a.copy()), dtype=float)
        require(b.shape == a.shape, f"Return {k} sizes, got shape {b.shape}.")
        require(
            np.allclose(M @ b, M @ a, rtol=1e-8, atol=1e-10),
            f"The fit moved by {np.abs(M @ (b - a)).max():.2g}. The sizes may only move along c "
            "with M (c * a) = 0.",
        )
        require(
            b.min() >= -1e-12 * a.max(),
            f"A size became negative: {b.min():.3g}. How far can you go along c?",
        )
        require(
            np.count_nonzero(b) < k,
            f"All {k} units are still there. The one that you removed must be exactly 0.",
        )


@exercise("optimal_networks.indispensable")
def check_indispensable(answer, rng):
    """Check a function of (A, z): which units are in every optimal network."""
    for n, k, free in ((4, 6, 2), (5, 7, 3), (4, 4, 0), (5, 8, 4)):
        own = n - max(free - 1, 0)
        A = np.zeros((n, k))
        A[: n - own, : k - own] = rng.uniform(0.3, 1.0, (n - own, k - own))
        A[:, k - own :] = np.abs(rng.standard_normal((n, own)))
        A = A[:, rng.permutation(k)]
        a = rng.uniform(0.5, 2.0, k)
        z = A @ a
        least = np.array(
            [linprog(np.eye(k)[i], A_eq=A, b_eq=z, bounds=(0, None)).fun for i in range(k)]
        )
        sure = np.abs(least - 1e-4) > 9e-5  # clearly 0, or clearly positive
        found = np.asarray(answer(A.copy(), z.copy()))
        require(
            found.shape == (k,) and found.dtype == bool,
            f"Return an array of {k} booleans, got shape {found.shape} of {found.dtype}.",
        )
        for i in np.flatnonzero(sure):
            require(
                found[i] == (least[i] > 1e-4),
                f"Among {k} units you are wrong about unit {i}: its least size over all a >= 0 "
                f"with A a = z is {least[i]:.4f}.",
            )


@exercise("optimal_networks.cone-prox")
def check_cone_prox(answer, rng):
    """Check a function of (K, v, t): argmin over K x >= 0 of t ||x|| + ||x - v||^2 / 2."""
    for n, d in ((1, 2), (3, 2), (5, 3)):
        inside = rng.standard_normal(d)
        K = rng.standard_normal((n, d))
        K *= np.sign(K @ inside)[:, None]
        wall = np.linalg.svd(K[:1])[2][-1]
        for v in (
            3 * rng.standard_normal(d),
            2 * inside,
            -2 * inside + 0.5 * rng.standard_normal(d),
            3 * wall - 2 * K[0] / np.linalg.norm(K[0]),
        ):
            for t in (float(rng.uniform(0.1, 0.8)), float(rng.uniform(2.0, 4.0))):
                x = np.asarray(answer(K.copy(), v.copy(), t), dtype=float)
                p = cone_projection(K, v)
                size = np.linalg.norm(p)
                exact = max(1 - t / size, 0.0) * p if size > 1e-12 else 0 * p
                require(x.shape == v.shape, f"Return a point of shape {v.shape}, got {x.shape}.")
                require(
                    bool((K @ x >= -1e-7 * (1 + np.linalg.norm(v))).all()),
                    "Your point is outside the cone K x >= 0.",
                )
                value, best = (t * np.linalg.norm(u) + np.sum((u - v) ** 2) / 2 for u in (x, exact))
                require(
                    value <= best + 1e-6 * (1 + best),
                    f"With {n} walls in dimension {d} your point has the value {value:.6f}, and "
                    f"{best:.6f} can be had. Which comes first, shrinking or projecting?",
                )
