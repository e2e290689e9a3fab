"""Statements that can be true or false, and the table of checks.

A check takes a random generator, draws one instance, and yields statements about it. What it
yields, and what the functions inside it return, is written as in the chapter: these are the
places where `signs` flips signs to see whether the check notices.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

CHECKS: dict[str, Callable[[np.random.Generator], Iterator[str]]] = {}

INSTANCES = 20
"""Random instances for each check."""

TOLERANCE = 1e-9
"""Relative error that rounding may cause."""

NOISE = 1e-12
"""Absolute error that rounding may cause, in problems whose numbers are about 1."""


def check_of(label: str) -> Callable:
    """Register a function as the check of a label."""

    def register(function: Callable) -> Callable:
        assert label not in CHECKS, f"{label} has two checks"
        CHECKS[label] = function
        return function

    return register


def equal(left: Any, right: Any, rtol: float = TOLERANCE, atol: float = NOISE) -> str:
    """Return "" where two numbers or arrays agree, else what is wrong."""
    left, right = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    if left.shape != right.shape:
        return f"shapes {left.shape} and {right.shape}"
    room = rtol * max(np.abs(left).max(), np.abs(right).max()) + atol
    return "" if np.all(np.abs(left - right) <= room) else f"{left} is not {right}"


def increasing(*numbers: Any, rtol: float = TOLERANCE, atol: float = NOISE) -> str:
    """Return "" where each number is at most the next, else what is wrong."""
    for small, large in itertools.pairwise(numbers):
        room = rtol * max(abs(small), abs(large)) + atol
        if not small <= large + room:
            return f"{small} is above {large}"
    return ""


def true(condition: Any) -> str:
    """Return "" where the condition holds, else what is wrong."""
    return "" if condition else "the condition is false"


def first_error(check: Callable, label: str, instances: int = INSTANCES) -> str:
    """Evaluate a check on random instances; return what is wrong first, or ""."""
    for seed in range(instances):
        statements = 0
        for error in check(np.random.default_rng([seed, *label.encode()])):
            statements += 1
            if error:
                return f"{label}, instance {seed}, statement {statements}: {error}"
        if not statements:
            return f"{label}, instance {seed}: nothing was stated"
    return ""
