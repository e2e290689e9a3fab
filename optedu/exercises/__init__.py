"""Exercises: one source each, from which all editions are made; checks ask for mathematics.

A chapter asks; the reader writes a function and calls ``oe.check("gradient.largest-step",
my_function)``. Public checks are examples that anyone may read. Hidden checks draw instances that
nobody has seen, so there is no answer to copy.
"""

from __future__ import annotations

import importlib
from typing import Any

_WHERE = {
    "Exercise": "source",
    "read": "source",
    "everything": "library",
    "find": "library",
    "Incorrect": "checking",
    "check": "checking",
    "require": "checking",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: the sources are also read where NumPy is not installed."""
    if name not in _WHERE:
        raise AttributeError(f"optedu.exercises has no {name!r}; see dir(optedu.exercises)")
    return getattr(importlib.import_module(f"optedu.exercises.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_WHERE)
