"""Checks of the exercises on cubic regularization."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.grading import exercise, require
from optedu.problems.functions import Problem
from optedu.problems.generators import random_logistic, random_rotation


@exercise("cubic.radius")
def radius(answer, rng):
    """Check a function of (H, g, M): the length of the cubic step, in every case."""
    for kind in ("convex", "indefinite", "zero gradient", "hard"):
        for d in (1, 3, 5):
            Q = random_rotation(d, rng)
            spectrum = np.sort(rng.normal(size=d))
            if kind == "convex":
                spectrum = np.abs(spectrum) + 0.1
            else:
                spectrum[0] = min(spectrum[0], 0.0) - 1.0 - rng.uniform()
            H = (Q * spectrum) @ Q.T
            H, g, M = (H + H.T) / 2, rng.normal(size=d), 10 ** rng.uniform(-1, 1)
            left = max(0.0, -2 * spectrum[0] / M)
            if kind == "zero gradient":
                g, wanted = np.zeros(d), left
            elif kind == "hard":
                part = np.linalg.norm(Q[:, 1:].T @ g / (spectrum[1:] - spectrum[0]))
                shrink = 0.5 * left / part if part > 0 else 0.0
                g, wanted = shrink * (g - Q[:, 0] * (Q[:, 0] @ g)), left
            else:
                wanted = None
            r = float(answer(H.copy(), g.copy(), M))
            require(np.isfinite(r) and r >= 0, "The length is a finite number, 0 or more.")
            if wanted is not None:
                require(
                    np.isclose(r, wanted, rtol=1e-6),
                    f"For a {kind} instance, lowest eigenvalue {spectrum[0]:.3f} and M = {M:.3f}, "
                    f"you return {r:.6g}. May H + (M r / 2) I have a negative eigenvalue?",
                )
                continue
            h = -np.linalg.solve(H + M * r / 2 * np.eye(d), g)
            require(
                np.isclose(np.linalg.norm(h), r, rtol=1e-6) and r >= left - 1e-9,
                f"On an instance that is {kind}, ||(H + (M r / 2) I)^-1 g|| = "
                f"{np.linalg.norm(h):.6g} with your r = {r:.6g}; both should be equal, with r at "
                "least -2 lambda_1 / M.",
            )


@exercise("cubic.refresh-period")
def refresh_period(answer, rng):
    """Check a function of four prices: the number of steps one Hessian should serve."""
    for _ in range(20):
        gradient, hessian, decomposition, step = 10 ** rng.uniform(1, 6, 4)
        found = answer(gradient, hessian, decomposition, step)
        require(found == int(found) and found >= 1, "Return a whole number, at least 1.")
        m = np.arange(1, max(10, int(3 * (hessian + decomposition) / (gradient + step))))
        m = np.append(m, int(found))
        work = np.sqrt(m) * (gradient + step + (hessian + decomposition) / m)
        require(
            work[-1] <= work.min() * (1 + 1e-9),
            f"With a Hessian and decomposition of {hessian + decomposition:.3g} and "
            f"{gradient + step:.3g} for each step, m = {int(m[work.argmin()])} takes less work "
            f"than your {int(found)}. What does each step cost besides the gradient?",
        )


@exercise("cubic.lazy-newton")
def lazy_newton(answer, rng):
    """Check a method class with hessian_lipschitz and refresh_period by its every step."""
    for m in (1, 3, 4):
        plain = random_logistic(30, 4, rng, 0.05)
        calls: list[Any] = []

        def hessian(x, plain=plain, calls=calls):
            calls.append(x.copy())
            return plain.hessian(x)

        problem = Problem.from_functions(
            plain.value, gradient=plain.gradient, hessian=hessian, shape=(4,)
        )
        L = 0.3
        method, x0 = answer(L, m), 3 * rng.standard_normal(4)
        state = method.init(problem, x0)
        path = [np.asarray(state.x)]
        for _ in range(2 * m + 1):
            state = method.step(problem, state)
            path.append(np.asarray(state.x))
        require(
            len(calls) in (3, 4),
            f"In {2 * m + 1} steps with refresh_period {m} you asked for {len(calls)} Hessians "
            "where 3 are needed.",
        )
        for k in range(2 * m + 1):
            H, h = plain.hessian(path[k - k % m]), path[k + 1] - path[k]
            g, M = plain.gradient(path[k]), 6 * m * L
            residual = np.linalg.norm(H @ h + M * np.linalg.norm(h) / 2 * h + g)
            require(
                residual <= 1e-6 * (1 + np.linalg.norm(g)),
                f"Step {k} with refresh_period {m} leaves (H + (M r / 2) I) h + g of length "
                f"{residual:.2g}. Is the gradient new, the Hessian that of the phase's first "
                "point, and M = 6 m L?",
            )
