"""How much f can vary over the region in which a cutting-plane method searches."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.parameters import known


def range_over_ball(problem: Any, x0: np.ndarray, radius: float) -> float | None:
    """Return an upper bound on max f - f* over a ball that holds the minimizer.

    Parameters
    ----------
    problem : problem
        With a known minimizer, and a known `smoothness` or `lipschitz` constant.
    x0 : numpy.ndarray
        Centre of the ball.
    radius : float
        Its radius.

    Returns
    -------
    float or None
        None where the constants are unknown or the minimizer is outside.
    """
    if known(problem, "minimizer") is None:
        return None
    distance = float(np.linalg.norm(x0 - problem.minimizer))
    if distance > radius:
        return None
    if known(problem, "smoothness") is not None:
        return 0.5 * problem.smoothness * (radius + distance) ** 2
    if known(problem, "lipschitz") is not None:
        return problem.lipschitz * (radius + distance)
    return None
