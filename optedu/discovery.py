"""Find public classes by their name in the package's folders, so that a new file is enough."""

from __future__ import annotations

import functools
import importlib
import re
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent
FAMILIES = tuple(
    sorted(
        path.parent.name
        for path in PACKAGE.glob("*/__init__.py")
        if "family of methods" in path.read_text(encoding="utf-8").partition("\n")[0]
    )
)
"""Folders of methods: those whose ``__init__.py`` says so in its first line."""

_DECORATED = re.compile(r"^@(method|problem|experiment)\nclass (\w+)", re.MULTILINE)


@functools.cache
def decorated(folder: str) -> dict[str, str]:
    """Return the decorated public classes in a folder of the package, name to module."""
    found = {}
    for path in sorted((PACKAGE / folder).glob("*.py")):
        for _, name in _DECORATED.findall(path.read_text(encoding="utf-8")):
            if not name.startswith("_"):
                found[name] = f"optedu.{folder}.{path.stem}"
    return found


@functools.cache
def methods() -> dict[str, str]:
    """Return every method of the package, name to module."""
    return {name: module for family in FAMILIES for name, module in decorated(family).items()}


def load(name: str, table: dict[str, str]) -> Any:
    """Import the module that defines `name` and return it.

    Raises
    ------
    AttributeError
        If the table does not have the name.
    """
    if name not in table:
        raise AttributeError(name)
    return getattr(importlib.import_module(table[name]), name)
