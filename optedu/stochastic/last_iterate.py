"""What is proven about the last iterate of a (stochastic) subgradient method, for any schedule."""

from __future__ import annotations

from typing import Any

import numpy as np


def last_iterate_bound(steps: Any, distance: float, norms: Any) -> float:
    """Return the bound of Defazio and others on the gap at the point of the last step.

    For convex f, x_{t+1} = x_t - steps[t] g_t with g_t a subgradient, or in the mean one, and
    ||g_t|| <= norms[t] (or the root of its mean square), f(x_{T-1}) - f* is at most
    (D^2 + A_0) / (2 S_0) + sum over k < T - 1 of  (steps[k] / S_{k+1}) A_k / (2 S_k),
    S_k and A_k the sums over t >= k of steps[t] and of steps[t]^2 norms[t]^2. The last step is
    not taken: any number there gives a bound.

    Parameters
    ----------
    steps : array_like, shape (T,)
        Step sizes, positive.
    distance : float
        D = ||x_0 - x*||.
    norms : float or array_like, shape (T,)
        Bounds on the subgradients.

    Returns
    -------
    float
        The bound, in units of f; in expectation where the subgradients are random.

    References
    ----------
    defazio2023, Theorem 10; schaipp2025, Theorem 1.

    Examples
    --------
    >>> from optedu.stochastic.last_iterate import last_iterate_bound
    >>> last_iterate_bound([0.5], distance=2.0, norms=1.0)
    4.25
    """
    forgetting, noise = _parts(steps, norms)
    return float(distance**2 * forgetting + noise)


def best_step_size(schedule: Any, distance: float, norms: Any) -> tuple[float, float]:
    """Return the step size for which the bound of a schedule is least, and that bound.

    The bound is a / step_size + b step_size, least at the root of a / b, where it is twice the
    root of a b.

    Parameters
    ----------
    schedule : array_like, shape (T,)
        Factors of the step size, positive.
    distance : float
        D = ||x_0 - x*||.
    norms : float or array_like, shape (T,)
        Bounds on the subgradients.

    Examples
    --------
    >>> from optedu.stochastic.last_iterate import best_step_size
    >>> best_step_size([1.0], distance=2.0, norms=1.0)
    (2.0, 2.0)
    """
    forgetting, noise = _parts(schedule, norms)
    a = distance**2 * forgetting
    return float(np.sqrt(a / noise)), float(2 * np.sqrt(a * noise))


def weighted_bound(weights: Any, distance: float, norms: Any) -> float:
    """Return the bound (D^2 + sum w_t^2 norms_t^2) / (2 sum w_t) on the last iterate's gap.

    It holds at the end of `steps_from_weights(weights)`.

    Parameters
    ----------
    weights : array_like, shape (T,)
        Positive.
    distance : float
        D = ||x_0 - x*||.
    norms : float or array_like, shape (T,)
        Bounds on the subgradients.

    References
    ----------
    defazio2023.

    Examples
    --------
    >>> from optedu.stochastic.last_iterate import weighted_bound
    >>> weighted_bound([0.5, 0.5, 0.5, 0.5], distance=1.0, norms=1.0)
    0.5
    """
    w = np.asarray(weights, dtype=float)
    return float((distance**2 + np.sum((w * norms) ** 2)) / (2 * np.sum(w)))


def steps_from_weights(weights: Any) -> np.ndarray:
    """Return the steps w_t (w_{t+1} + ... + w_T) / (w_1 + ... + w_T); the last one is 0.

    Parameters
    ----------
    weights : array_like, shape (T,)
        Positive.

    References
    ----------
    defazio2023.

    Examples
    --------
    >>> from optedu.stochastic.last_iterate import steps_from_weights
    >>> steps_from_weights([1.0, 1.0, 1.0, 1.0])
    array([0.75, 0.5 , 0.25, 0.  ])
    """
    w = np.asarray(weights, dtype=float)
    behind = np.cumsum(w[::-1])[::-1]
    return w * np.append(behind[1:], 0.0) / behind[0]


def _parts(steps: Any, norms: Any) -> tuple[float, float]:
    """Return what stands beside D^2 in the bound, and the rest of it."""
    steps = np.asarray(steps, dtype=float)
    if steps.ndim != 1 or steps.size == 0 or not np.all(steps > 0):
        raise ValueError("the bound needs a vector of positive step sizes")
    S = np.cumsum(steps[::-1])[::-1]
    A = np.cumsum(((steps * norms) ** 2)[::-1])[::-1]
    late = np.sum(steps[:-1] / S[1:] * A[:-1] / S[:-1]) / 2
    return float(1 / (2 * S[0])), float(A[0] / (2 * S[0]) + late)
