"""Problems: objectives, sets, regularizers and data, each found by its name."""

from __future__ import annotations

import importlib
from typing import Any

from optedu.discovery import decorated, load

_ROOMS = ("data", "generators")


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"optedu.problems.{name}")
    try:
        return load(name, decorated("problems"))
    except AttributeError:
        raise AttributeError(f"optedu.problems has no {name!r}; see dir(optedu.problems)") from None


def __dir__() -> list[str]:
    return sorted({*_ROOMS, *decorated("problems")})
