"""What is proven about steps with an old Hessian, in the constants of the book's chapter."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.guarantees import Guarantee
from optedu.parameters import known

CUBIC = 1.0 / 3.0
"""A phase of cubic steps with M >= 6 m L decreases f by CUBIC / sqrt(M) sum ||g||^(3/2)."""

QUADRATIC = 0.5
"""A phase of regularized steps with M >= 3 m L decreases f by QUADRATIC sum ||g+||^2 / lam."""


def staleness(m: int) -> float:
    """Return nu with (sum s_i^3)^(1/3) <= nu (sum r_i^3)^(1/3) in a phase of m steps.

    The r_i are the lengths of the steps and s_i the distance to the point of the Hessian;
    nu^3 = 1^2 + 2^2 + ... + (m - 1)^2, so that nu = 0 for m = 1 and nu < 0.7 m.
    """
    return float(((m - 1) * m * (2 * m - 1) / 6) ** (1 / 3))


def cubic_constants(M: float, L: float, m: int) -> tuple[float, float]:
    """Return (D, G): f falls by D sum r^3, and sum ||g+||^(3/2) <= G^(3/2) sum r^3."""
    nu = staleness(m)
    return M / 4 - L / 6 - nu * L / 2, (M + L) / 2 + nu * L


def regularized_constants(M: float, L: float, m: int) -> tuple[float, float]:
    """Return (D, G): f falls by D sum lam r^2, and sum ||g+||^2 / lam <= G^2 sum lam r^2."""
    nu = staleness(m)
    return 1 - (L / 6 + nu * L / 2) / M, 1 + (L / 2 + nu * L) / M


def cubic_gradient_bound(problem: Any, k: Any, x0: Any, M: float, L: float, m: int, source: str):
    """Return the bound on the smallest gradient of k cubic steps, None where nothing is proven."""
    constants = known(problem, "minimum")
    D, G = cubic_constants(M, L, m)
    if constants is None or not D > 0:
        return None
    gap, k = problem.value(x0) - constants[0], np.asarray(k)
    per_step = np.where(k > 0, G**1.5 / D / np.maximum(k, 1), np.inf)
    return Guarantee("best_gradient_norm", (per_step * gap)[()] ** (2 / 3), source)


def regularized_gradient_bound(
    problem: Any, k: Any, x0: Any, M: float, L: float, m: int, source: str
):
    """Return the same of k gradient-regularized steps on a convex function."""
    constants = known(problem, "minimum", "strong_convexity")
    if constants is None or not M > 0:
        return None
    D, G = regularized_constants(M, L, m)
    if not D > 0:
        return None
    g = problem.gradient(x0)
    gap, first, k = problem.value(x0) - constants[0], np.sqrt(np.sum(g * g)), np.asarray(k)
    n = np.maximum(k, 1)
    total = G**2 / D * np.sqrt(M) * gap * first ** (1 / (2 * n)) / n
    bound = np.where(k > 0, total ** (2 * n / (3 * n + 1)), np.inf)
    return Guarantee("best_gradient_norm", bound[()], source)
