"""Means of random terms of a finite sum: what a step on a minibatch sees."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.parameters import constant, require_positive
from optedu.protocol import portable


@portable
def minibatch_value(problem, batch, x):
    """Return the mean value of the terms with these indices."""
    total = 0.0
    for i in batch:
        total += problem.component_value(i, x)
    return total / len(batch)


@portable
def minibatch_gradient(problem, batch, x):
    """Return the mean gradient of the terms with these indices."""
    total = 0.0 * x
    for i in batch:
        total = total + problem.component_gradient(i, x)
    return total / len(batch)


@portable
def minibatch_hessian(problem, batch, x):
    """Return the mean Hessian of the terms with these indices, shape (d, d)."""
    total = np.zeros((x.size, x.size))
    for i in batch:
        total = total + problem.component_hessian(i, x)
    return total / len(batch)


def resolve_components(method: Any, problem: Any) -> Any:
    """Return the method with the number of terms taken from the problem where not given.

    Raises
    ------
    ValueError
        If the problem does not know it.
    """
    if method.components is not None:
        return method
    return method._replace(components=int(constant(method, problem, "components", "components")))


@portable
def draw_batch(rng, components, size):
    """Return the indices of `size` terms, drawn independently: an int64 array."""
    return rng.integers(0, components, size)


def require_batch(method: Any) -> None:
    """Refuse a batch size, or a number of terms, below one.

    Raises
    ------
    ValueError
        Naming the method, the argument and what was received.
    """
    require_positive(method, "batch_size", "components")


def step_from_components(method: Any, problem: Any) -> Any:
    """Return the method with ``step_size = 1 / (2 problem.component_smoothness)`` if not given.

    Raises
    ------
    ValueError
        If the problem does not know the terms' smoothness.
    """
    if method.step_size is not None:
        return method
    smoothness = constant(method, problem, "component_smoothness", "step_size")
    return method._replace(step_size=0.5 / smoothness)
