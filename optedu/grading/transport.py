"""Checks of the exercises on moving mass."""

from __future__ import annotations

import numpy as np

from optedu.grading import exercise, require
from optedu.transport.one_dimensional import wasserstein_1d


@exercise("transport.line")
def line(answer, rng):
    """Check a function of (x, y, p): the distance of two equally large clouds on a line."""
    for n in (1, 2, 7):
        for p in (1, 2, 3):
            x, y = rng.normal(size=n), rng.normal(1.0, 2.0, n)
            found, wanted = float(answer(x.copy(), y.copy(), p)), wasserstein_1d(x, y, p=p)
            require(
                np.isclose(found, wanted),
                f"For {n} points and p = {p} you return {found:.6g}, and {wanted:.6g} is right. "
                "Each point has the mass 1/n, both clouds are to be sorted, and the p-th root "
                "comes last.",
            )


@exercise("transport.soft-transform")
def soft_transform(answer, rng):
    """Check a function of (cost, g, a, t): the row potentials, at any regularization."""
    for t in (1.0, 1e-1, 1e-4):
        C, g = rng.normal(size=(4, 3)), rng.normal(size=3)
        a = rng.uniform(0.1, 1.0, 4)
        with np.errstate(all="ignore"):
            f = np.asarray(answer(C.copy(), g.copy(), a.copy(), t), dtype=float)
        require(f.shape == (4,), "Return one potential per row.")
        require(
            bool(np.isfinite(f).all()),
            f"At t = {t} an exponential overflows or vanishes. Take the largest exponent of each "
            "row out of its sum first.",
        )
        sums = np.exp((f[:, None] + g - C) / t).sum(axis=1)
        require(
            np.allclose(sums, a, rtol=1e-6),
            f"At t = {t} the rows of the plan sum to {sums.round(4)}, and shall to {a.round(4)}.",
        )


@exercise("transport.bound")
def bound(answer, rng):
    """Check a function of (cost, v): the best lower bound on all assignments from prices v."""
    from scipy.optimize import linear_sum_assignment

    for n in (1, 3, 6):
        C = rng.normal(size=(n, n))
        least = C[linear_sum_assignment(C)].sum()
        for v in (np.zeros(n), rng.normal(size=n), C.min(axis=0) - 3.0):
            found = float(answer(C.copy(), v.copy()))
            require(
                found <= least + 1e-9,
                f"Your bound is {found:.6g}, and an assignment costs {least:.6g}: it is no bound.",
            )
            require(
                np.isclose(found, v.sum() + (C - v).min(axis=1).sum()),
                f"{found:.6g} is a bound, but each row may be given more: the largest u_i with "
                "u_i + v_j <= C_ij for all j.",
            )


@exercise("transport.derivative")
def derivative(answer, rng):
    """Check a function of (plan, t, G): the gradient in the cost of <G, plan>."""
    for n, m, t in ((2, 2, 0.5), (3, 4, 1.0), (4, 3, 0.7)):
        C, G, E = rng.normal(size=(3, n, m))
        P = _scaled(C, t)
        found = np.asarray(answer(P.copy(), t, G.copy()))
        require(found.shape == (n, m), "Return a matrix of the shape of the plan.")
        require(
            np.abs(found.sum(axis=0)).max() < 1e-7 and np.abs(found.sum(axis=1)).max() < 1e-7,
            "A number added to a row of the cost changes no plan, so the rows and the columns of "
            "the gradient sum to 0. Do the potentials move with the cost in your answer?",
        )
        slope = np.sum(G * (_scaled(C + 1e-5 * E, t) - _scaled(C - 1e-5 * E, t))) / 2e-5
        require(
            np.isclose(np.sum(found * E), slope, rtol=1e-5, atol=1e-7),
            f"Along a random direction <G, plan> changes by {slope:.6g}, your gradient says "
            f"{np.sum(found * E):.6g}. Mind the sign of dC and the factor 1/t.",
        )


def _scaled(C: np.ndarray, t: float) -> np.ndarray:
    """Return the plan with equal masses, by scaling."""
    n, m = C.shape
    K, v = np.exp(-C / t), np.ones(m)
    for _ in range(2000):
        u = 1 / n / (K @ v)
        v = 1 / m / (K.T @ u)
    return u[:, None] * K * v


@exercise("transport.cycle")
def cycle(answer, rng):
    """Check a function of (cost, partner): rows that pay less by passing on their partners."""
    from scipy.optimize import linear_sum_assignment

    for n in (2, 3, 5, 8):
        for optimal in (False, True):
            C = rng.normal(size=(n, n))
            best = linear_sum_assignment(C)[1]
            partner = best if optimal else np.roll(best, 1 + int(rng.integers(n - 1)))
            found = answer(C.copy(), partner.copy())
            if optimal:
                require(
                    len(found) == 0,
                    "This assignment is the best: no cycle pays less. Return an empty list.",
                )
                continue
            rows = np.array(found, dtype=int)
            require(rows.size > 0, "This assignment is not the best, so there is a cycle.")
            require(
                len(set(rows.tolist())) == rows.size and rows.min() >= 0 and rows.max() < n,
                f"{rows.tolist()} names a row twice, or one that does not exist.",
            )
            change = np.sum(C[rows, partner[np.roll(rows, -1)]] - C[rows, partner[rows]])
            require(
                bool(change < 0),
                f"When each row of {rows.tolist()} takes the partner of the next one, the cost "
                f"changes by {change:.6g}, which saves nothing.",
            )
