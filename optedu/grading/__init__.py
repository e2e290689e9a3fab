"""Exercises that a machine can check, on random instances and by their mathematics.

A chapter asks; the reader writes a function and calls ``oe.check("gradient.largest-step",
my_function)``. The check draws instances that nobody has seen, so there is no answer to copy.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

_checks: dict[str, Callable[[Any], None]] = {}


class Incorrect(AssertionError):
    """The answer is not right yet; the sentence says where to look."""


def exercise(name: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Register a check under ``family.exercise``; it raises `Incorrect` with a hint."""

    def register(check: Callable[[Any], None]) -> Callable[[Any], None]:
        _checks[name] = check
        return check

    return register


def check(name: str, answer: Any) -> None:
    """Check an answer to an exercise, and say that it passed.

    Parameters
    ----------
    name : str
        The exercise, as the chapter names it: ``"family.exercise"``.
    answer : object
        What the exercise asks for, a function or a method's class as a rule.

    Raises
    ------
    Incorrect
        With a hint, when the answer is wrong.
    ValueError
        If there is no such exercise.
    """
    family = name.partition(".")[0]
    if importlib.util.find_spec(f"optedu.grading.{family}") is not None:
        importlib.import_module(f"optedu.grading.{family}")
    if name not in _checks:
        known = ", ".join(sorted(_checks)) or "none in this family"
        raise ValueError(f"there is no exercise {name!r}; known are {known}")
    try:
        _checks[name](answer)
    except Incorrect:
        raise
    except Exception as error:
        raise Incorrect(
            f"The check stopped with {type(error).__name__}: {error}. Does the answer take and "
            "return what the exercise says?"
        ) from error
    print(f"{name}: correct")


def require(condition: Any, hint: str) -> None:
    """Refuse the answer with a hint unless the condition holds.

    Raises
    ------
    Incorrect
        If it does not hold.
    """
    if not condition:
        raise Incorrect(hint)
