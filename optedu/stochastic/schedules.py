"""Schedules: how step sizes change over a run, as factors of a method's ``step_size``."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.protocol import portable


@portable
def scheduled_step(step_size, schedule, k):
    """Return the step size of step k = 0, 1, ...; after a schedule's end its last factor stays."""
    return step_size * schedule[min(k, schedule.size - 1)]


def resolve_schedule(method: Any) -> Any:
    """Return the method with the constant schedule (1.0,) where none was given."""
    return method if method.schedule is not None else method._replace(schedule=np.ones(1))


def require_schedule(method: Any) -> None:
    """Refuse a schedule that is not a vector of factors of 0 or more.

    Raises
    ------
    ValueError
        Naming the method and what was received.
    """
    schedule = method.schedule
    if schedule is None:
        return
    owner = type(method).__name__
    if schedule.ndim != 1:
        raise ValueError(f"{owner}: schedule must be a vector, got shape {schedule.shape}")
    if np.any(schedule < 0.0):
        smallest = float(np.min(schedule))
        raise ValueError(f"{owner}: a schedule's factors must not be negative, got {smallest}")


def steps_of(method: Any, count: int) -> np.ndarray:
    """Return the first step sizes of a resolved method, shape (count,)."""
    k = np.minimum(np.arange(count), method.schedule.size - 1)
    return method.step_size * method.schedule[k]


def inverse_decay(steps: int, delay: float = 1.0, power: float = 1.0) -> np.ndarray:
    """Return 1 / (1 + k / delay)^power for k = 0, 1, ...

    Parameters
    ----------
    steps : int
        Number of factors.
    delay : float
        Number of steps after which the first factor is divided by 2^power.
    power : float
        1 is the decay of strongly convex theory, 1/2 that of convex theory.

    Examples
    --------
    >>> from optedu.stochastic.schedules import inverse_decay
    >>> inverse_decay(4, delay=2.0).round(3)
    array([1.   , 0.667, 0.5  , 0.4  ])
    """
    _require_steps(steps)
    if not delay > 0:
        raise ValueError(f"inverse_decay: delay must be positive, got {delay}")
    return (1.0 + np.arange(steps) / delay) ** -float(power)


def linear_decay(steps: int) -> np.ndarray:
    """Return 1, ..., 2 / steps, 1 / steps: the straight line that would meet 0 one step later.

    Parameters
    ----------
    steps : int
        Number of factors.

    Examples
    --------
    >>> from optedu.stochastic.schedules import linear_decay
    >>> linear_decay(4)
    array([1.  , 0.75, 0.5 , 0.25])
    """
    _require_steps(steps)
    return np.arange(steps, 0, -1) / steps


def cosine_decay(steps: int) -> np.ndarray:
    """Return (1 + cos(pi k / steps)) / 2: half a wave from 1 towards 0.

    Parameters
    ----------
    steps : int
        Number of factors.

    Examples
    --------
    >>> from optedu.stochastic.schedules import cosine_decay
    >>> cosine_decay(3).round(2)
    array([1.  , 0.75, 0.25])
    """
    _require_steps(steps)
    return 0.5 * (1.0 + np.cos(np.pi * np.arange(steps) / steps))


def warmup_stable_decay(steps: int, warmup: int = 0, cooldown: int = 0) -> np.ndarray:
    """Return a schedule that rises along a line, stays at 1, and falls along a line.

    Parameters
    ----------
    steps : int
        Number of factors.
    warmup, cooldown : int
        Number of steps in which it rises, and in which it falls.

    Raises
    ------
    ValueError
        If the parts are longer than the whole.

    Examples
    --------
    >>> from optedu.stochastic.schedules import warmup_stable_decay
    >>> warmup_stable_decay(6, warmup=2, cooldown=2)
    array([0.5, 1. , 1. , 1. , 1. , 0.5])
    """
    _require_steps(steps)
    if min(warmup, cooldown) < 0 or warmup + cooldown > steps:
        raise ValueError(
            f"warmup_stable_decay: warmup and cooldown must fit into {steps} steps, got {warmup} "
            f"and {cooldown}"
        )
    rise = np.arange(1, warmup + 1) / max(warmup, 1)
    fall = linear_decay(cooldown) if cooldown else np.empty(0)
    return np.concatenate([rise, np.ones(steps - warmup - cooldown), fall])


def _require_steps(steps: int) -> None:
    if not steps >= 1:
        raise ValueError(f"a schedule needs at least one step, got {steps}")
