"""A schedule from the gradient norms of a first run: refinement of Defazio and others."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.stochastic.last_iterate import steps_from_weights


def refined_schedule(norms: Any, smoothing: float = 0.1, power: float = 2.0) -> np.ndarray:
    """Return the schedule for which the bound on the last iterate is least, given these norms.

    The norms are smoothed by a running median; with weights w_t = norm_t^-power the steps are
    w_t (w_{t+1} + ... + w_T), divided by the largest. Equal norms give linear decay; norms that
    fall give a rise at the start, and steps that end steeply.

    Parameters
    ----------
    norms : array_like, shape (T,)
        Norms of the (stochastic) gradients of a first run, not all zero.
    smoothing : float, default 0.1
        Width of the median, as a fraction of the run; 0 for none.
    power : float, default 2.0
        2 for SGD; 1 for methods that divide by a norm of gradients, as Adam.

    Returns
    -------
    numpy.ndarray, shape (T,)
        Factors in [0, 1]; the last is 0.

    Raises
    ------
    ValueError
        If the norms are not a vector of at least two, or the smoothed ones are not positive.

    References
    ----------
    defazio2023.

    Examples
    --------
    >>> import numpy as np
    >>> from optedu.stochastic.refinement import refined_schedule
    >>> refined_schedule(np.ones(4))
    array([1.        , 0.66666667, 0.33333333, 0.        ])
    """
    from scipy.ndimage import median_filter

    norms = np.asarray(norms, dtype=float)
    if norms.ndim != 1 or norms.size < 2:
        raise ValueError(f"refined_schedule: norms must be a vector of two or more, got shape "
                         f"{norms.shape}")  # fmt: skip
    if not 0 <= smoothing < 1:
        raise ValueError(f"refined_schedule: smoothing must be in [0, 1), got {smoothing}")
    width = 2 * (int(smoothing * norms.size) // 2) + 1
    smooth = median_filter(norms, size=width, mode="reflect")
    if not np.all(smooth > 0):
        raise ValueError("refined_schedule: the smoothed norms must be positive; smooth more, or "
                         "end the first run earlier")  # fmt: skip
    steps = steps_from_weights(smooth ** -float(power))
    return steps / np.max(steps)
