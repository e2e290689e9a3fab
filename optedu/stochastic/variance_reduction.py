"""What the variance-reduced methods share: defaults from the finite sum, draws, and tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.minibatch import draw_batch, resolve_components
from optedu.parameters import constant, require_positive
from optedu.protocol import portable


@portable
def draw_terms(rng, components, size):
    """Return the indices of ``size`` terms, drawn independently; all where size >= components."""
    if size >= components:
        return np.arange(components)
    return draw_batch(rng, components, size)


@portable
def component_gradients(problem, components, x):
    """Return the gradients of all terms at x, flat, shape (components, x.size)."""
    table = np.zeros((components, x.size))
    for i in range(components):
        table[i] = problem.component_gradient(i, x).ravel()
    return table


def require_stage(method: Any, *names: str) -> None:
    """Refuse a step size, a number of terms, or one of the fields named that is not positive.

    Raises
    ------
    ValueError
        Naming the method, the argument and what was received.
    """
    require_positive(method, "step_size", "components", *names)


def resolve_stage(method: Any, problem: Any, field: str, passes: float, steps: float) -> Any:
    """Return the method with n, its step size and the length of its stage, where not given.

    Parameters
    ----------
    method : method
        With the fields components, step_size and ``field``.
    problem : problem
        The finite sum.
    field : str
        How many draws a stage has: by default ``passes`` times n.
    passes : float
        Draws per stage, in units of n.
    steps : float
        The default step size, in units of 1 / problem.component_smoothness.

    Raises
    ------
    ValueError
        If a number is missing and the problem does not know it.
    """
    method = resolve_components(method, problem)
    if getattr(method, field) is None:
        method = method._replace(**{field: max(1, round(passes * method.components))})
    if method.step_size is None:
        L = constant(method, problem, "component_smoothness", "step_size")
        method = method._replace(step_size=steps / L)
    return method
