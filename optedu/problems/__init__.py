"""Problems: objectives, sets, regularizers and data, each found by its name."""

from __future__ import annotations

from typing import Any

from optedu.discovery import decorated, load


def __getattr__(name: str) -> Any:
    try:
        return load(name, decorated("problems"))
    except AttributeError:
        raise AttributeError(f"optedu.problems has no {name!r}; see dir(optedu.problems)") from None


def __dir__() -> list[str]:
    return sorted(decorated("problems"))
