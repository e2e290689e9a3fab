"""Hyperparameters: their defaults from a problem's constants, and the sentences about them."""

from __future__ import annotations

from typing import Any


def require_positive(method: Any, *names: str) -> None:
    """Refuse a given hyperparameter that is not positive.

    Raises
    ------
    ValueError
        Naming the method, the argument and what was received.
    """
    for name in names:
        value = getattr(method, name)
        if value is not None and not value > 0:
            raise ValueError(f"{type(method).__name__}: {name} must be positive, got {value}")


def require_between(method: Any, name: str, low: float, high: float) -> None:
    """Refuse a given hyperparameter outside [low, high).

    Raises
    ------
    ValueError
        Naming the method, the argument and what was received.
    """
    value = getattr(method, name)
    if value is not None and not low <= value < high:
        owner = type(method).__name__
        raise ValueError(f"{owner}: {name} must be at least {low} and below {high}, got {value}")


def constant(method: Any, problem: Any, name: str, argument: str) -> float:
    """Return a constant of the problem that stands in for an argument not given.

    Raises
    ------
    ValueError
        If the problem does not know it.
    """
    value = getattr(problem, name, None)
    if value is None:
        raise ValueError(
            f"{type(method).__name__} needs {argument}: problem.{name} is unknown. "
            f"Pass {argument}=..."
        )
    return float(value)


def step_from_smoothness(method: Any, problem: Any, field: str = "step_size") -> Any:
    """Return the method with ``field = 1 / problem.smoothness`` where it was not given.

    Raises
    ------
    ValueError
        If the smoothness is unknown; names a method that does without.
    """
    if getattr(method, field) is not None:
        return method
    smoothness = getattr(problem, "smoothness", None)
    if not smoothness:
        reason = "unknown" if smoothness is None else f"{smoothness:g}, and 1 / L is no number"
        raise ValueError(
            f"{type(method).__name__} needs a step size: problem.smoothness is {reason}. "
            f"Pass {field}=..., or use BacktrackingGradientDescent"
        )
    return method._replace(**{field: 1.0 / float(smoothness)})


def known(problem: Any, *names: str) -> tuple[Any, ...] | None:
    """Return the problem's constants of these names, or None when one of them is unknown."""
    values = tuple(getattr(problem, name, None) for name in names)
    return None if any(value is None for value in values) else values
