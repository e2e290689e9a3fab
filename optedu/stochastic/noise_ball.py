"""The recursion that the mean squared distance of a stochastic method obeys."""

from __future__ import annotations

import numpy as np


def expected_squared_distance(
    steps: np.ndarray, mu: float, variance: float, start: float
) -> np.ndarray:
    """Return bounds r_0, r_1, ... on the mean of ||x_k - x*||^2.

    r_0 = start and r_{k+1} = (1 - t_k mu) r_k + 2 t_k^2 variance.

    Parameters
    ----------
    steps : numpy.ndarray, shape (m,)
        The step sizes t_k.
    mu : float
        Strong convexity of f.
    variance : float
        Mean of ||g||^2 at the minimizer, g the stochastic gradient.
    start : float
        ||x_0 - x*||^2.

    Returns
    -------
    numpy.ndarray, shape (m + 1,)

    Examples
    --------
    >>> import numpy as np
    >>> from optedu.stochastic.noise_ball import expected_squared_distance
    >>> expected_squared_distance(np.array([0.5, 0.5]), 1.0, 1.0, 4.0)
    array([4.  , 2.5 , 1.75])
    """
    bounds = np.empty(len(steps) + 1)
    bounds[0] = start
    for k, t in enumerate(steps):
        bounds[k + 1] = (1 - t * mu) * bounds[k] + 2 * t**2 * variance
    return bounds
