"""What is not at hand while grading, in a student's process: it is said in a sentence."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import optedu

if TYPE_CHECKING:
    from optedu.grading.student.noting import Notes


class Hidden:
    """Says which modules exist and are not at hand."""

    def __init__(self, notes: Notes, names: list[str]) -> None:
        self.notes, self.names = notes, tuple(names)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Refuse a module that is not at hand; leave all others to the finders that follow."""
        top = name.partition(".")[0]
        if top in ("optedu", "scipy") and not self._is_there(name, path):
            if not _asked_by_a_library():
                self.notes.tell("library")
            raise ModuleNotFoundError(f"{name} is not available while grading", name=name)
        if top in self.names:
            raise ModuleNotFoundError(f"{name} is not available while grading", name=name)

    def _is_there(self, name: str, path: Any) -> bool:
        from importlib.machinery import PathFinder

        return PathFinder.find_spec(name, path) is not None


def _asked_by_a_library() -> bool:
    """Whether what is being imported is what a library tries for itself."""
    frame = sys._getframe(2)
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    asking = "" if frame is None else str(frame.f_globals.get("__name__"))
    return asking.partition(".")[0] in ("numpy", "optedu", "scipy")


def check(name: str, answer: Any = None, seed: int | None = None) -> None:
    """Stand where ``oe.check`` does in a notebook: the checks are not here."""
    print(f"{name}: not checked here; the grader does it")


def guard_library(without: list[str], notes: Notes) -> None:
    """Let optedu say of what is not here that it is not available."""
    guard(optedu, notes)
    guard(optedu.problems, notes)
    optedu.check = check  # type: ignore[attr-defined]
    for name in without:
        vars(optedu).pop(name, None)


def guard(module: Any, notes: Notes) -> None:
    """Change what a module says when it lacks a name."""
    plain = module.__getattr__

    def __getattr__(name: str) -> Any:
        try:
            return plain(name)
        except (AttributeError, ImportError):
            if name.startswith("__"):
                raise
            if name[:1].isupper():
                notes.tell("library")
            sentence = f"{module.__name__}.{name} is not available while grading"
            raise AttributeError(sentence) from None

    module.__getattr__ = __getattr__
