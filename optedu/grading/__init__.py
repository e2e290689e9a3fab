"""Exercises that a machine can check, on random instances and by their mathematics.

A chapter asks; the reader writes a function and calls ``oe.check("gradient.largest-step",
my_function)``. The check draws instances that nobody has seen, so there is no answer to copy.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import secrets
from collections.abc import Callable
from typing import Any

import numpy as np

Check = Callable[[Any, np.random.Generator], None]

_checks: dict[str, Check] = {}


class Incorrect(AssertionError):
    """The answer is not right yet; the sentence says where to look."""


def exercise(name: str) -> Callable[[Check], Check]:
    """Register a check of (answer, rng) under ``family.exercise``.

    It draws its instances from ``rng`` alone and raises `Incorrect` with a hint.
    """

    def register(check: Check) -> Check:
        _checks[name] = check
        return check

    return register


def check(name: str, answer: Any, seed: int | None = None) -> None:
    """Check an answer to an exercise on instances drawn now, and say that it passed.

    Parameters
    ----------
    name : str
        The exercise, as the chapter names it: ``"family.exercise"``.
    answer : object
        What the exercise asks for, a function or a method's class as a rule.
    seed : int, optional
        Draws the instances of an earlier check again; a refusal names its seed. By default
        the seed is drawn, or taken from the environment's ``OPTEDU_EXERCISE_SEED``, with
        which a book is built twice alike.

    Raises
    ------
    Incorrect
        With a hint and the seed, when the answer is wrong.
    ValueError
        If there is no such exercise.
    """
    family = name.partition(".")[0]
    if importlib.util.find_spec(f"optedu.grading.{family}") is not None:
        importlib.import_module(f"optedu.grading.{family}")
    if name not in _checks:
        known = ", ".join(sorted(_checks)) or "none in this family"
        raise ValueError(f"there is no exercise {name!r}; known are {known}")
    if seed is None:
        seed = int(os.environ.get("OPTEDU_EXERCISE_SEED", secrets.randbits(31)))
    again = f"(The same instances again: seed={seed}.)"
    try:
        _checks[name](answer, np.random.default_rng(seed))
    except Incorrect as wrong:
        raise Incorrect(f"{wrong} {again}") from None
    except Exception as error:
        raise Incorrect(
            f"The check stopped with {type(error).__name__}: {error}. Does the answer take and "
            f"return what the exercise says? {again}"
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
