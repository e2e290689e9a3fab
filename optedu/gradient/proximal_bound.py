"""The bound that proximal and projected gradient descent share."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.guarantees import Guarantee


def proximal_bound(
    h: float, L: float, mu: float, mu_g: float, squared: float, k: Any
) -> Guarantee | None:
    """Return the bound after k steps of size h on f + g.

    Parameters
    ----------
    h, L, mu, mu_g : float
        Step size, Lipschitz constant of grad f, strong convexity of f and of g.
    squared : float
        ||x_0 - x*||^2.
    k : int or array of int

    Returns
    -------
    Guarantee or None
        On the gap for h <= 1/L, on the distance for h < 2/L, None beyond. The gap's is the
        smaller of squared / (4 h k) and what one step makes of the distance after k - 1 steps.
    """
    k = np.asarray(k)
    contraction = max(abs(1 - h * L), abs(1 - h * mu)) / (1 + h * mu_g)
    if h * L <= 1 + 1e-12:
        last = max(1 - h * mu, 0.0)
        taken = np.maximum(k, 1)
        share = np.minimum(1 / (2 * taken), last * contraction ** (2.0 * taken - 2))
        bound = np.where(k > 0, share * squared / (2 * h), np.inf)[()]
        return Guarantee("gap", bound, "teboulle2023")
    if h * L < 2:
        bound = contraction**k * np.sqrt(squared)
        return Guarantee("distance", bound, "taylor2018, Theorem 3.1")
    return None
