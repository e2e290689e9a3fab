"""Checks of the exercises on proximal methods and sparsity."""

from __future__ import annotations

import itertools

import numpy as np

from optedu.grading import exercise, require
from optedu.problems.sparse_regularizers import SCAD


@exercise("proximal.largest-weight")
def largest_weight(answer, rng):
    """Check a function of (A, b): the smallest weight for which the lasso is zero."""
    for _ in range(20):
        n, d = rng.integers(2, 9, 2)
        A, b = rng.standard_normal((n, d)), 10 ** rng.uniform(-2, 2) * rng.standard_normal(n)
        found = float(answer(A.copy(), b.copy()))
        require(np.isfinite(found) and found > 0, "The weight is a positive number.")
        slopes = np.abs(A.T @ b)
        require(
            found >= slopes.max() * (1 - 1e-9),
            f"With lambda = {found:.6g} the point 0 is not optimal: coordinate {slopes.argmax()} "
            f"gains, since its slope is {slopes.max():.6g} in absolute value.",
        )
        require(
            found <= slopes.max() * (1 + 1e-9),
            f"A lambda of {slopes.max():.6g} is enough, and you return {found:.6g}. Which sign "
            "may a coordinate take, and does the loss here have the factor 1/2?",
        )


@exercise("proximal.scad-prox")
def scad_prox(answer, rng):
    """Check a function of (x, t, weight, a): the prox of SCAD, in all of its pieces."""
    for _ in range(30):
        weight, a = 10 ** rng.uniform(-1, 1), rng.uniform(2.1, 6.0)
        t = rng.uniform(0.05, 0.95) * (a - 1)
        penalty = SCAD(weight, a)
        edges = weight * np.array([0.0, t, 1 + t, a])
        edges = np.append(np.sort(edges), 2 * weight * (a + t))
        x = np.concatenate([rng.uniform(low, high, 2) for low, high in itertools.pairwise(edges)])
        x = x * rng.choice([-1, 1], x.size)
        found, wanted = np.asarray(answer(x.copy(), t, weight, a), dtype=float), penalty.prox(x, t)
        require(found.shape == x.shape, f"Return an array of shape {x.shape}, like x.")
        off = int(np.argmax(np.abs(found - wanted)))
        p, slope = found[off], penalty.gradient(found)[off]
        require(
            np.allclose(found, wanted, rtol=1e-7, atol=1e-9),
            f"At x = {x[off]:.4f} (t = {t:.3f}, weight = {weight:.3f}, a = {a:.3f}) you return "
            f"u = {p:.6g}, where u + t p'(u) = {p + t * slope:.6g}; it should be x unless u is 0. "
            "Where do the pieces meet?",
        )


@exercise("proximal.pursuit")
def pursuit(answer, rng):
    """Check a function of (A, b, weight, root) by its picks, one by one."""
    for trial in range(12):
        root = bool(trial % 2)
        A = rng.standard_normal((12, 8))
        A = A / np.linalg.norm(A, axis=0)
        b = A @ (rng.standard_normal(8) * (rng.random(8) < 0.5)) + 0.3 * rng.standard_normal(12)
        weight = rng.uniform(0.2, 0.5) if root else rng.uniform(0.3, 1.2)
        found = [int(j) for j in answer(A.copy(), b.copy(), weight, root)]
        require(len(set(found)) == len(found), "A column was picked twice.")
        r = b
        for k in range(len(found) + 1):
            gains = _gains(A, r, weight, root)
            gains[found[:k]] = 0.0
            best = int(gains.argmax())
            kind = "square-root" if root else "squared"
            if k == len(found):
                require(
                    gains[best] <= 1e-9,
                    f"With the {kind} loss you stop after {k} columns, but column {best} gains "
                    f"{gains[best]:.3g}.",
                )
                break
            require(
                gains[found[k]] > 1e-9 and gains[found[k]] >= gains[best] - 1e-9,
                f"With the {kind} loss, pick {k + 1} is column {found[k]} of gain "
                f"{gains[found[k]]:.3g}; column {best} gains {gains[best]:.3g}. Is the residual "
                "that of the refit on all columns picked so far?",
            )
            S = A[:, found[: k + 1]]
            r = b - S @ np.linalg.lstsq(S, b, rcond=None)[0]


def _gains(A, r, weight, root):
    """Return the gain of each unit column by minimizing over its coefficient."""
    inner, size = A.T @ r, np.linalg.norm(r)
    if not root:
        t = np.sign(inner) * np.maximum(np.abs(inner) - weight / 2, 0.0)
        return 2 * t * inner - t * t - weight * np.abs(t)
    across = np.sqrt(np.maximum(size**2 - inner**2, 0.0))
    t = np.abs(inner) - weight * across / np.sqrt(1 - weight**2)
    t = np.maximum(t, 0.0)
    return size - np.sqrt(across**2 + (np.abs(inner) - t) ** 2) - weight * t
