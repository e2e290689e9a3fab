"""Online knapsack with infinitesimal items: take an item if its density is at least Psi(z).

z is how full the knapsack is, densities (value over weight) are in [low, high]. The thresholds
are those of the code of lechowicz2024: `competitive` is that of Zhou, Chakrabarty and Lukose,
`constant` keeps the price constant up to alpha, `predicted` keeps it at a predicted density for a
while. The ratios in the docstrings are for rising densities, each offered until the knapsack would
be full: the best in hindsight fills it with the last. They are derived here, by integrating the
threshold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import lambertw

E = float(np.e)


def competitive(low: float, high: float) -> Callable[[Any], Any]:
    """Return the threshold of ratio 1 + log(high / low), the best without predictions."""
    return lambda z: np.maximum((high * E / low) ** np.asarray(z) * low / E, low)


def constant_ratio(low: float, high: float, alpha: float) -> float:
    """Return the ratio of `constant`: W(high (1 - alpha) / (low alpha)) / (1 - alpha)."""
    return float(lambertw(high * (1 - alpha) / (low * alpha)).real / (1 - alpha))


def constant(low: float, high: float, alpha: float) -> Callable[[Any], Any]:
    """Return the threshold that is `low` while z < alpha, and exponential after."""
    beta = constant_ratio(low, high, alpha)
    return lambda z: np.where(np.asarray(z) < alpha, low, high * np.exp(beta * (np.asarray(z) - 1)))


def predicted(low: float, high: float, density: float, trust: float) -> Callable[[Any], Any]:
    """Return the threshold that stays at the predicted density on a stretch of length `trust`.

    If the last density is the predicted one, and offered long enough, the ratio is
    1 / (trust + (1 - trust) / r) with r = 1 + log(high / low), and never more than r / (1 - trust).
    """

    def threshold(z):
        z = np.asarray(z)
        first = (high * E / low) ** (z / (1 - trust)) * low / E
        second = (high * E / low) ** ((z - trust) / (1 - trust)) * low / E
        return np.maximum(np.where(first < density, first, np.maximum(second, density)), low)

    return threshold


def fill(threshold: Callable[[Any], Any], densities: Any, weights: Any) -> tuple[float, float]:
    """Return (value taken, how full) after items of these densities and small weights."""
    z = value = 0.0
    for density, weight in zip(densities, weights, strict=True):
        if z + weight <= 1 + 1e-12 and density >= threshold(z) * (1 - 1e-12):
            z, value = z + weight, value + density * weight
    return value, z


def rising_value(threshold: Callable[[Any], Any], density: Any, cells: int = 20_000) -> np.ndarray:
    """Return what is taken when densities rise to `density`, each offered as long as it is taken.

    Cells of the knapsack are taken at the price of their threshold, as far as that is at most
    `density`; the last density then fills all that it is admitted to.
    """
    prices = threshold((np.arange(cells) + 0.5) / cells)
    return np.array(
        [np.sum(prices[prices <= d * (1 + 1e-12)]) / cells for d in np.atleast_1d(density)]
    )


def best_value(densities: Any, weights: Any) -> float:
    """Return the value of the best fractional packing: the densest first."""
    order = np.argsort(densities)[::-1]
    d, w = np.asarray(densities, dtype=float)[order], np.asarray(weights, dtype=float)[order]
    room = np.clip(1.0 - (np.cumsum(w) - w), 0.0, None)
    return float(d @ np.minimum(w, room))
