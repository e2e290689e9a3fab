"""What the methods of this family share: step sizes from constants, and averages."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.parameters import constant
from optedu.protocol import portable


def step_from_relative_smoothness(method: Any, problem: Any) -> Any:
    """Return the method with ``step_size = 1 / problem.relative_smoothness`` if it has none.

    Raises
    ------
    ValueError
        If the constant is unknown or zero.
    """
    if method.step_size is not None:
        return method
    smoothness = getattr(problem, "relative_smoothness", None)
    if not smoothness:
        reason = "unknown" if smoothness is None else "0, and 1 / 0 is no number"
        raise ValueError(
            f"{type(method).__name__} needs a step size: problem.relative_smoothness is {reason}. "
            "Pass step_size=..."
        )
    return method._replace(step_size=1.0 / float(smoothness))


@portable
def into_the_set(problem, x):
    """Return the point of the set that a mirror step without a gradient ends at."""
    return problem.mirror_step(x, 0.0 * x, 1.0)


@portable
def blend(average, total, point, weight):
    """Return the average of points with this total weight, after one more of this weight."""
    return average + (weight / (total + weight)) * (point - average)


@portable
def positive_weights(x):
    """Return the entries, negative ones as 0, over their sum; even weights if all are 0."""
    w = np.maximum(x, 0.0)
    total = np.sum(w)
    if total == 0.0:
        return np.full(x.shape, 1.0 / x.size)
    return w / total


def first_point(problem: Any, x0: Any) -> np.ndarray:
    """Return where a method of this family begins when it is started at x0."""
    x0 = np.asarray(x0, dtype=float)
    return problem.mirror_step(x0, 0.0 * x0, 1.0)


def divergence_to_minimizer(problem: Any, x0: Any) -> float | None:
    """Return D(x*, x_0), or None where the problem knows no minimizer or no divergence."""
    minimizer = getattr(problem, "minimizer", None)
    if minimizer is None or not hasattr(problem, "divergence"):
        return None
    return float(problem.divergence(minimizer, first_point(problem, x0)))


def resolve_rounds(method: Any, problem: Any) -> Any:
    """Return the method with ``components = problem.components`` where none is given.

    Raises
    ------
    ValueError
        If the problem does not say how many rounds it has.
    """
    if method.components is not None:
        return method
    return method._replace(components=int(constant(method, problem, "components", "components")))
