"""Sentences about wrong data, shared by the problems."""

from __future__ import annotations

from typing import Any

import numpy as np


def require_rows(problem: Any, matrix: str, vector: str) -> None:
    """Refuse a matrix that is not two-dimensional, or a vector without one entry per row.

    Raises
    ------
    ValueError
        Naming the problem, the argument and both shapes.
    """
    A, b = getattr(problem, matrix), getattr(problem, vector)
    owner = type(problem).__name__
    if A.ndim != 2:
        raise ValueError(f"{owner}: {matrix} must be a matrix (n, d), got shape {A.shape}")
    if b.shape != A.shape[:1]:
        raise ValueError(
            f"{owner}: {vector} must have shape {A.shape[:1]}, one entry per row of {matrix}, "
            f"got {b.shape}"
        )


def require_vector(problem: Any, name: str) -> None:
    """Refuse an array that is not one-dimensional.

    Raises
    ------
    ValueError
        Naming the problem, the argument and the shape.
    """
    shape = getattr(problem, name).shape
    if len(shape) != 1:
        raise ValueError(
            f"{type(problem).__name__}: {name} must be a vector (d,), got shape {shape}"
        )


def require_positive_data(problem: Any, *names: str) -> None:
    """Refuse numbers that are not positive and finite.

    Raises
    ------
    ValueError
        Naming the problem, the argument and what was received.
    """
    for name in names:
        value = getattr(problem, name)
        if not 0 < value < np.inf:
            owner = type(problem).__name__
            raise ValueError(f"{owner}: {name} must be positive and finite, got {value}")


def require_nonnegative_data(problem: Any, *names: str) -> None:
    """Refuse numbers that are negative or infinite.

    Raises
    ------
    ValueError
        Naming the problem, the argument and what was received.
    """
    for name in names:
        value = getattr(problem, name)
        if not 0 <= value < np.inf:
            owner = type(problem).__name__
            raise ValueError(f"{owner}: {name} must be at least 0 and finite, got {value}")


def require_oracles(problem: Any, part: str, *names: str) -> None:
    """Refuse a part of a combination that lacks an oracle.

    Raises
    ------
    TypeError
        Naming the combination, the part and the oracle.
    """
    inner = getattr(problem, part)
    for name in names:
        if not callable(getattr(inner, name, None)):
            raise TypeError(
                f"{type(problem).__name__}: {part} must have the oracle {name}, "
                f"which {type(inner).__name__} does not have"
            )


def require_differentiable(problem: Any, part: str) -> None:
    """Refuse a part whose gradient is only a subgradient.

    Raises
    ------
    TypeError
        Naming the combination and the part.
    """
    inner = getattr(problem, part)
    if getattr(inner, "differentiable", True) is False:
        raise TypeError(
            f"{type(problem).__name__}: {part} must be differentiable, but "
            f"{type(inner).__name__} has subgradients only"
        )


def constant_array(*numbers: Any) -> np.ndarray:
    """Return a read-only array, safe to share as an attribute of a class."""
    array = np.array(numbers, dtype=np.float64)
    array.flags.writeable = False
    return array
