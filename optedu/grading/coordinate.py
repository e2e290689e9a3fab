"""Checks of the exercises on coordinate and block methods."""

from __future__ import annotations

import numpy as np

from optedu.grading import exercise, require
from optedu.problems.generators import random_quadratic


@exercise("coordinate.gauss-seidel")
def gauss_seidel(answer, rng):
    """Check a function of (A, b, x): x after one cycle of exact steps along the coordinates."""
    for d in (1, 2, 3, 6):
        problem = random_quadratic(d, 20.0, rng, smoothness=3.0)
        x0 = rng.standard_normal(d)
        given = x0.copy()
        found = np.asarray(answer(problem.A.copy(), problem.b.copy(), given), dtype=float)
        require(np.array_equal(given, x0), "Do not write into the x you are given.")
        require(found.shape == (d,), f"Return a vector of shape ({d},), got {found.shape}.")
        x = x0.copy()
        for i in range(d):
            x[i] -= (problem.A[i] @ x - problem.b[i]) / problem.A[i, i]
        require(
            np.allclose(found, x, rtol=1e-9, atol=1e-9),
            f"With d = {d} your cycle ends at distance {np.linalg.norm(found - x):.2g} from the "
            "right point. Does each coordinate see the new values of those before it?",
        )


@exercise("coordinate.lasso-cycle")
def lasso_cycle(answer, rng):
    """Check a function of (A, b, weight, x, r), r = A x - b: one Lasso cycle; (x, r) again."""
    for n, d in ((5, 1), (8, 3), (6, 9)):
        A, b, x0 = rng.standard_normal((n, d)), rng.standard_normal(n), rng.standard_normal(d)
        weight = rng.uniform(0.2, 1.5)
        answered = answer(A.copy(), b.copy(), weight, x0.copy(), A @ x0 - b)
        require(len(answered) == 2, "Return the pair (x, r).")
        found, r = (np.asarray(part, dtype=float) for part in answered)
        x = x0.copy()
        for i in range(d):
            L = A[:, i] @ A[:, i]
            z = x[i] - A[:, i] @ (A @ x - b) / L
            x[i] = np.sign(z) * max(abs(z) - weight / L, 0.0)
        require(
            found.shape == x.shape and np.allclose(found, x, rtol=1e-9, atol=1e-9),
            f"With {n} rows and {d} columns your x is {np.linalg.norm(found - x):.2g} away. Is "
            "the threshold weight / L_i, and is r up to date when the next column needs it?",
        )
        require(
            np.allclose(r, A @ found - b, rtol=1e-9, atol=1e-9),
            "The r that you return is not A x - b at the x that you return.",
        )


@exercise("coordinate.tree-solve")
def tree_solve(answer, rng):
    """Check a function of (diagonal, parent, link, g) that solves the system of a tree."""
    for d in (1, 2, 5, 30):
        parent = np.array([-1, *(rng.integers(0, i) for i in range(1, d))], dtype=np.int64)
        link = np.where(parent >= 0, rng.standard_normal(d), 0.0)
        H = np.zeros((d, d))
        for i in range(1, d):
            H[i, parent[i]] = H[parent[i], i] = link[i]
        diagonal = np.abs(H).sum(axis=1) + rng.uniform(0.2, 1.0, d)
        g = rng.standard_normal(d)
        right = np.linalg.solve(H + np.diag(diagonal), g)
        given = (diagonal.copy(), parent.copy(), link.copy(), g.copy())
        u = np.asarray(answer(*given), dtype=float)
        require(
            all(
                np.array_equal(a, b)
                for a, b in zip(given, (diagonal, parent, link, g), strict=True)
            ),
            "Do not write into the arrays you are given.",
        )
        require(
            u.shape == (d,) and np.allclose(u, right, rtol=1e-8, atol=1e-8),
            f"On a tree of {d} nodes your solution is {np.linalg.norm(u - right):.2g} away. On "
            "the way up, children come before their parents; on the way down, after them.",
        )


@exercise("coordinate.held-back")
def held_back(answer, rng):
    """Check a function of (A, b, x, block, weight): x after a regularized block minimization."""
    for d, size in ((2, 1), (4, 2), (6, 3), (5, 5)):
        problem = random_quadratic(d, 20.0, rng, smoothness=3.0)
        A, b, x0 = problem.A, problem.b, rng.standard_normal(d)
        block, weight = np.sort(rng.permutation(d)[:size]), rng.uniform(0.2, 2)
        given = x0.copy()
        found = np.asarray(answer(A.copy(), b.copy(), given, block.copy(), weight), dtype=float)
        require(np.array_equal(given, x0), "Do not write into the x you are given.")
        require(found.shape == (d,), f"Return a vector of shape ({d},), got {found.shape}.")
        rest = np.setdiff1d(np.arange(d), block)
        require(
            np.array_equal(found[rest], x0[rest]),
            "The coordinates outside the block stay as they are.",
        )
        slope = (A @ found - b)[block] + weight * (found - x0)[block]
        require(
            np.abs(slope).max() <= 1e-8,
            f"With d = {d} and a block of {size} the slope of the regularized objective inside the "
            f"block is {np.abs(slope).max():.2g}, not 0. Have you moved what the other coordinates "
            "contribute to the right side, and the old block, too?",
        )


@exercise("coordinate.ratio-step")
def ratio_step(answer, rng):
    """Check a function of (p, q): the s that minimizes p(s) / q(s), both of degree two, q > 0."""
    for kind in ("two roots", "two roots", "constant denominator"):
        p = np.array([rng.normal(), rng.normal(), 0.5 + rng.random()])
        q = np.array([1.0 + rng.random(), 0.0, 0.3 + rng.random()])
        q[1] = rng.uniform(-1.8, 1.8) * np.sqrt(q[0] * q[2])
        if kind == "constant denominator":
            q[1:] = 0.0
        s = float(answer(p.copy(), q.copy()))
        require(np.isfinite(s), "The step is a finite number.")
        grid = np.concatenate([np.linspace(-30, 30, 60001), [s]])
        ratios = np.polyval(p[::-1], grid) / np.polyval(q[::-1], grid)
        require(
            ratios[-1] <= ratios.min() + 1e-7,
            f"For p = {p.round(3)}, q = {q.round(3)} (constant term first) your s = {s:.4f} gives "
            f"{ratios[-1]:.5f}; s = {grid[ratios.argmin()]:.4f} gives {ratios.min():.5f}. Of the "
            "two roots of the derivative one is a maximum.",
        )
