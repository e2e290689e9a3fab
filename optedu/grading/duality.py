"""Checks of the exercises on duality."""

from __future__ import annotations

import numpy as np

from optedu.grading import exercise, require


@exercise("duality.kkt")
def kkt(answer, rng):
    """Check a function of (g, J, c, y, equalities): the largest error in the KKT conditions."""
    d, m, p = 4, 5, 2
    for wrong in ("stationarity", "equality", "inequality", "sign", "complementarity", "nothing"):
        J = rng.normal(size=(m, d))
        y, c = rng.uniform(0.5, 2.0, m), np.zeros(m)
        y[:p] = rng.normal(size=p)
        y[-1], c[-1] = 0.0, -rng.uniform(0.5, 2.0)  # a wall that is not touched
        g = -J.T @ y
        size = float(rng.uniform(0.1, 0.4))
        if wrong == "stationarity":
            g[0] -= size
        elif wrong == "equality":
            c[0] = -size
        elif wrong == "inequality":
            c[p] = size
        elif wrong == "sign":
            g += J[p] * (y[p] + size)
            y[p] = -size
        elif wrong == "complementarity":
            c[p] = -size
        found = float(answer(g, J, c, y, p))
        right = 0.0 if wrong == "nothing" else size
        require(
            abs(found - right) <= 1e-9,
            f"Where {wrong} is wrong, the largest error is {right:.4g} and yours is {found:.4g}.",
        )


@exercise("duality.bound")
def bound(answer, rng):
    """Check a function of (profit, A, b, y): an upper bound of a knapsack's profit."""
    n, m = 8, 3
    subsets = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    for _ in range(10):
        A, profit = rng.uniform(1.0, 9.0, (m, n)), rng.uniform(1.0, 9.0, n)
        b, y = 0.4 * A.sum(axis=1), rng.uniform(0.0, 1.0, m)
        found = float(answer(profit, A, b, y))
        best = float((subsets[np.all(subsets @ A.T <= b, axis=1)] @ profit).max())
        require(
            found >= best - 1e-9,
            f"A feasible choice earns {best:.4g}, and your bound says {found:.4g}. Do you add what "
            "the resources are worth?",
        )
        everything = subsets @ profit + (b - subsets @ A.T) @ y
        right = float(everything.max())
        require(
            abs(found - right) <= 1e-8 * right,
            f"Your bound is {found:.6g}; the Lagrangian's maximum over all choices, feasible or "
            f"not, is {right:.6g}. Take an item only if it earns more than it pays.",
        )


@exercise("duality.multipliers")
def multipliers(answer, rng):
    """Check a function of (P, q, A, b, rho, steps): the method of multipliers on a quadratic."""
    d, m = 5, 2
    for steps in (1, 2, 5):
        M = rng.normal(size=(d, d))
        P, q = M @ M.T + np.eye(d), rng.normal(size=d)
        A, b = rng.normal(size=(m, d)), rng.normal(size=m)
        rho = float(10 ** rng.uniform(-1, 1))
        inverse = np.linalg.inv(P)
        S = np.linalg.inv(A @ inverse @ A.T)
        optimum = -S @ (b + A @ inverse @ q)
        error = -optimum
        for _ in range(steps):
            error = S @ np.linalg.solve(rho * np.eye(m) + S, error)
        found = np.asarray(answer(P, q, A, b, rho, steps))
        require(found.shape == (m,), f"Return one multiplier per constraint, shape ({m},).")
        off = float(np.abs(found - optimum - error).max())
        require(
            off <= 1e-7 * (1 + np.abs(optimum).max()),
            f"After {steps} steps with rho = {rho:.3g} your y is off by {off:.2g}. Does y enter "
            "the minimization, and is rho times the violation added afterwards?",
        )
