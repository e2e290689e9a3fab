"""Moving averages of gradients and of their squares: what the family of Adam is made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.parameters import require_between, require_positive
from optedu.protocol import portable


@portable
def moving_average(mean, new, decay):
    """Return decay mean + (1 - decay) new."""
    return decay * mean + (1.0 - decay) * new


@portable
def unbiased(mean, decay, t):
    """Return a moving average that began at 0, divided by the sum of its t weights."""
    return mean / (1.0 - decay**t)


@portable
def quotient(a, b):
    """Return a / b entry by entry, and 0 where b is 0."""
    return np.where(b > 0.0, a, 0.0) / np.where(b > 0.0, b, 1.0)


def require_rates(method: Any) -> None:
    """Refuse a step size that is not positive, a negative offset, decays outside [0, 1).

    Raises
    ------
    ValueError
        Naming the method, the argument and what was received.
    """
    require_positive(method, "step_size")
    require_between(method, "offset", 0.0, np.inf)
    for name in ("gradient_decay", "square_decay"):
        if hasattr(method, name):
            require_between(method, name, 0.0, 1.0)
