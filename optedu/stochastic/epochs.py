"""One pass over the terms of a finite sum: what the shuffling methods share."""

from __future__ import annotations

from typing import Any

from optedu.minibatch import resolve_components, step_from_components
from optedu.parameters import require_positive
from optedu.protocol import portable
from optedu.stochastic.schedules import require_schedule, resolve_schedule


@portable
def one_epoch(problem, x, order, t):
    """Return x after a gradient step of size t on each term, in this order."""
    for i in order:
        x = x - t * problem.component_gradient(i, x)
    return x


def check_epochs(method: Any) -> None:
    """Refuse numbers out of range.

    Raises
    ------
    ValueError
        Naming the method, the argument and what was received.
    """
    require_positive(method, "step_size", "components")
    require_schedule(method)


def resolve_epochs(method: Any, problem: Any) -> Any:
    """Return the method with n and the step size from the problem where not given.

    Raises
    ------
    ValueError
        If the problem does not know them.
    """
    return resolve_schedule(step_from_components(resolve_components(method, problem), problem))
