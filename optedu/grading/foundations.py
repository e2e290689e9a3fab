"""Checks of the exercises on problems, oracles and certificates."""

from __future__ import annotations

import numpy as np

from optedu.gradient.proximal_gradient import ProximalGradient
from optedu.grading import exercise, require
from optedu.problems.combinations import Composite
from optedu.problems.least_squares import LeastSquares
from optedu.problems.regularizers import L1
from optedu.running.run import run


@exercise("foundations.certified")
def certified(answer, rng):
    """Ask for a function of (gradient norm, mu): the best bounds on the gap and on the distance."""
    for _ in range(20):
        mu, distance = 10 ** rng.uniform(-3, 2), 10 ** rng.uniform(-4, 2)
        gap = mu * distance**2 / 2
        given = answer(mu * distance, mu)
        require(
            np.shape(given) == (2,), "Return a pair: (bound on the gap, bound on the distance)."
        )
        true = np.all(np.asarray(given) >= np.array([gap, distance]) * (1 - 1e-9))
        require(true, "Too small: f(x) = mu ||x||^2 / 2 has a larger gap or distance than that.")
        require(
            np.allclose(given, (gap, distance), rtol=1e-9),
            "True, but not the smallest. Minimize the parabola under f, "
            "f(x) + <grad f(x), y - x> + mu/2 ||y - x||^2, over y.",
        )


@exercise("foundations.lasso-gap")
def lasso_gap(answer, rng):
    """Ask for a function of (A, b, weight, x): a bound on the gap, zero at the solution."""
    for n, d, share in ((20, 5, 0.1), (12, 4, 0.5), (15, 6, 1.2)):
        A, b = rng.standard_normal((n, d)), rng.standard_normal(n)
        weight = share * np.abs(A.T @ b).max()
        problem = Composite(LeastSquares(A, b), L1(weight))
        solved = run(ProximalGradient(), problem, np.zeros(d), max_iter=5000, tol=1e-11)
        for size in (0.0, 1e-3, 0.1, 1.0, 10.0):
            x = solved.x + size * rng.standard_normal(d)
            gap, bound = problem.value(x) - solved.values[-1], float(answer(A, b, weight, x))
            require(
                bound >= gap - 1e-9 * (1 + abs(gap)),
                f"The gap is {gap:.3g} and your bound {bound:.3g}. "
                "Is your u feasible, every |A'u| at most the weight?",
            )
        at_solution = float(answer(A, b, weight, solved.x))
        require(
            at_solution <= 1e-7 * (1 + b @ b),
            f"At the solution your bound is {at_solution:.3g}; it must vanish there. "
            "Which u is best when x is optimal?",
        )


@exercise("foundations.smallest-ellipsoid")
def smallest_ellipsoid(answer, rng):
    """Ask for a function of (x, P, g): centre and shape of the smallest ellipsoid around a half."""
    for d in (1, 2, 3, 6):
        x, g, root = rng.standard_normal(d), rng.standard_normal(d), rng.standard_normal((d, d))
        root = root + 2 * np.eye(d)
        P = root @ root.T
        center, shape = (np.asarray(part, dtype=float) for part in answer(x, P, g))
        require(center.shape == (d,) and shape.shape == (d, d), "Return a pair (x_+, P_+).")
        require(
            np.allclose(shape, shape.T) and np.linalg.eigvalsh(shape)[0] > 0,
            "P_+ must be symmetric and positive definite.",
        )
        sphere = rng.standard_normal((4000, d))
        sphere = sphere / np.linalg.norm(sphere, axis=1, keepdims=True)
        normal = root.T @ g / np.linalg.norm(root.T @ g)
        # The extreme points of the half: its pole, its rim, and the cap between them.
        rim = sphere - np.outer(sphere @ normal, normal)
        rim = rim / np.linalg.norm(rim, axis=1, keepdims=True) if d > 1 else 0 * sphere
        cap = sphere * np.where(sphere @ normal > 0, -1.0, 1.0)[:, None]
        half = x + np.vstack([-normal, rim, cap]) @ root.T
        offsets = half - center
        reach = np.sum(offsets * np.linalg.solve(shape, offsets.T).T, axis=1).max()
        require(
            reach <= 1 + 1e-8,
            f"In dimension {d} a point of the half with <g, y - x> <= 0 is outside.",
        )
        least = 0.5 if d == 1 else d / (d + 1) * (d * d / (d * d - 1)) ** ((d - 1) / 2)
        ratio = np.sqrt(np.linalg.det(shape) / np.linalg.det(P))
        require(
            ratio <= least * (1 + 1e-8),
            f"In dimension {d} the half is inside, but the volume is {ratio:.4f} of the old one; "
            "it can be smaller. For the unit ball, which centre on the axis of g is best?",
        )
