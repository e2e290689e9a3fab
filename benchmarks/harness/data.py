"""Data that several benchmarks share."""

from __future__ import annotations

import numpy as np

from benchmarks.harness.objectives import Logistic


def two_classes(n: int, d: int, l2: float, seed: int = 0) -> Logistic:
    """Return two overlapping classes whose features are mixed, with scales from 0.1 to 1.

    Parameters
    ----------
    n, d : int
        Number of rows and of columns.
    l2 : float
        Weight of the ridge.
    seed : int
    """
    rng = np.random.default_rng(seed)
    kept = min(n, d)
    mix = np.linalg.qr(rng.standard_normal((d, kept)))[0] * np.geomspace(0.1, 1.0, kept)
    A = rng.standard_normal((n, kept)) @ mix.T
    x = rng.standard_normal(d)
    y = np.where(1.5 * (A @ x) + rng.logistic(size=n) > 0, 1.0, -1.0)
    return Logistic(A, y, l2)
