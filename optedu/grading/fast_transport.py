"""Checks of the exercises on fast transport."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.grading import exercise, require
from optedu.problems.sparse_transport import project_sparse_simplex
from optedu.problems.transport_plans import round_to_polytope


def _masses(rng: Any, n: int) -> np.ndarray:
    a = rng.uniform(0.5, 1.5, n)
    return a / a.sum()


@exercise("fast_transport.rounding")
def rounding(answer, rng):
    """Check a function of (P, a, b): a plan with these sums that is close to P."""
    for n, m in ((1, 1), (2, 3), (5, 4), (6, 6)):
        for spread in (0.0, 0.1, 2.0):
            a, b = _masses(rng, n), _masses(rng, m)
            P = np.outer(a, b) * np.exp(spread * rng.normal(size=(n, m)))
            if spread == 0.0:  # a plan that has its sums already
                P = round_to_polytope(rng.uniform(size=(n, m)) ** 4 / (n * m), a, b)
            found = np.asarray(answer(P.copy(), a.copy(), b.copy()), dtype=float)
            require(found.shape == P.shape, f"The plan has shape {P.shape}, not {found.shape}.")
            require(bool((found >= -1e-15).all()), "A plan has no negative entries.")
            error = max(np.abs(found.sum(1) - a).max(), np.abs(found.sum(0) - b).max())
            require(
                error <= 1e-10,
                f"The sums of your plan are off by {error:.2g}. Scaling the columns last spoils "
                "the rows: what is missing has to be added.",
            )
            errors = np.abs(P.sum(1) - a).sum() + np.abs(P.sum(0) - b).sum()
            moved = np.abs(found - P).sum()
            require(
                moved <= 2 * errors + 1e-12,
                f"You moved {moved:.3g}, where the sums were off by {errors:.3g} in total; "
                "twice that is enough.",
            )


@exercise("fast_transport.direction")
def direction(answer, rng):
    """Check a function of (P, a, b, t): Newton's direction (u, v) for the dual, minimized."""
    for n, m in ((2, 2), (3, 5), (6, 4)):
        a, b, t = _masses(rng, n), _masses(rng, m), 10 ** rng.uniform(-2, 0)
        P = rng.uniform(0.1, 1.0, (n, m)) / (n * m)
        P = P / P.sum()
        d = np.asarray(answer(P.copy(), a.copy(), b.copy(), t), dtype=float)
        require(d.shape == (n + m,), f"The direction has shape ({n + m},), not {d.shape}.")
        g = np.concatenate([P.sum(1) - a, P.sum(0) - b])
        require(
            g @ d < 0,
            f"Along your direction the dual rises, <grad F, d> = {g @ d:.3g}. We minimize; the "
            "matrix is that of a convex function.",
        )
        M = np.block([[np.diag(P.sum(1)), P], [P.T, np.diag(P.sum(0))]])
        error = np.abs(M @ d + t * g).max()
        require(
            error <= 1e-8 * max(1.0, float(np.abs(t * g).max())),
            f"M d + t grad F is {error:.2g}, with M = [[diag(P 1), P], [P', diag(P'1)]].",
        )


@exercise("fast_transport.keep")
def keep(answer, rng):
    """Check a function of (P, part): the least number of entries that hold all but this part."""
    for _ in range(10):
        P = rng.uniform(size=rng.integers(2, 9, 2)) ** 8
        part = 10 ** rng.uniform(-5, -0.3)
        found = answer(P.copy(), part)
        require(found == int(found) and found >= 0, "Return a whole number.")
        values = np.sort(P.ravel())[::-1]
        lost = [float(values[k:].sum() / P.sum()) for k in range(P.size + 1)]
        count = int(found)
        require(
            count <= P.size and lost[count] <= part * (1 + 1e-9),
            f"With the {count} largest entries more than {part:.2g} of the mass is lost.",
        )
        require(
            count == 0 or lost[count - 1] > part * (1 - 1e-9),
            f"{count} entries are more than needed: one less loses {lost[count - 1]:.2g} of the "
            f"mass, and {part:.2g} is allowed. The part is of the whole mass of P.",
        )


@exercise("fast_transport.column")
def column(answer, rng):
    """Check a function of (v, b, gamma, k): the best column with k entries or fewer."""
    for n in (1, 3, 7):
        for k in range(1, n + 1):
            v, b, gamma = rng.normal(size=n), rng.uniform(0.2, 3.0), 10 ** rng.uniform(-1, 1)
            t = np.asarray(answer(v.copy(), b, gamma, k), dtype=float)
            require(t.shape == v.shape, f"The column has shape {v.shape}, not {t.shape}.")
            require(
                bool((t >= -1e-12).all()) and abs(t.sum() - b) <= 1e-9 * max(1.0, b),
                f"The entries are 0 or more and have the sum b = {b:.4g}; yours: {t.sum():.4g}.",
            )
            require(int((t > 1e-12).sum()) <= k, f"No more than k = {k} entries may be above 0.")

            def profit(t, v=v, gamma=gamma):
                return v @ t - gamma / 2 * (t @ t)

            best = profit(project_sparse_simplex(v / gamma, b, k))
            require(
                profit(t) >= best - 1e-9 * max(1.0, abs(best)),
                f"<v, t> - gamma ||t||^2 / 2 is {profit(t):.6g} at your column, {best:.6g} can be "
                f"had (n = {n}, k = {k}).",
            )


@exercise("fast_transport.squares")
def squares(answer, rng):
    """Check a function of (P, S, u, v): three arrays of numbers >= 0 that prove positivity."""
    for n, m in ((2, 2), (4, 3), (3, 6)):
        P = rng.uniform(size=(n, m)) ** 3
        S = np.where(np.median(P) < P, P, 0.0)
        for _ in range(3):
            u, v = rng.normal(size=n), rng.normal(size=m)
            parts = [np.asarray(part, dtype=float) for part in answer(P, S, u.copy(), v.copy())]
            shapes = [part.shape for part in parts]
            require(
                shapes == [(n, m), (n,), (m,)],
                f"Return arrays of shapes ({n}, {m}), ({n},) and ({m},): one number per kept "
                f"entry, per row and per column. Yours have {shapes}.",
            )
            require(
                all((part >= -1e-12).all() for part in parts),
                "All numbers are 0 or more: that is what makes it a proof.",
            )
            form = u**2 @ P.sum(1) + v**2 @ P.sum(0) + 2 * u @ S @ v
            total = sum(float(part.sum()) for part in parts)
            require(
                abs(total - form) <= 1e-9 * max(1.0, abs(form)),
                f"The numbers add up to {total:.6g}, the quadratic form is {form:.6g}. The "
                "diagonal is that of P, not of S.",
            )
            lost = (P - S).sum(1)
            require(
                bool(np.allclose(parts[1], lost * u**2)),
                "What was dropped from row i stays on the diagonal, and multiplies u_i^2.",
            )
