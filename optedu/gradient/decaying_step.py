"""Step sizes step_size / (k + 1)^decay and their sums, which bounds are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.parameters import require_positive
from optedu.protocol import portable


@portable
def decaying_step(step_size, decay, k):
    """Return the step size of step k = 0.0, 1.0, ...; constant for decay = 0."""
    return step_size / (k + 1.0) ** decay


def sums_of_steps(step_size: float, decay: float, k: Any) -> tuple[Any, Any]:
    """Return the sums over i = 0..k of the step sizes and of their squares."""
    k = np.asarray(k)
    steps = decaying_step(step_size, decay, np.arange(np.max(k) + 1.0))
    return np.cumsum(steps)[k], np.cumsum(steps**2)[k]


def require_decaying_step(method: Any) -> None:
    """Refuse a step size that is not positive, or a decay that is negative or infinite.

    Raises
    ------
    ValueError
        Naming the method, the argument and what was received.
    """
    require_positive(method, "step_size")
    if not 0 <= method.decay < np.inf:
        name = type(method).__name__
        raise ValueError(f"{name}: decay must be at least 0 and finite, got {method.decay}")
