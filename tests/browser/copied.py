"""The Python that a figure offers to copy, run, and what the figure's table must then say."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.guarantees import measure
from optedu.running.race import Race
from tests.browser.live.page import number

ROUNDING = 1e-12
"""Differences below this share of f, or of the quantity at the start, are rounding errors."""


def traces(code: str) -> list[Any]:
    """Run the text; its last paragraph is the call. One trace per method."""
    *before, call = code.strip().split("\n\n")
    space: dict[str, Any] = {}
    exec("\n\n".join(before), space)
    found = eval(call, space)
    return list(found) if isinstance(found, Race) else [found]


def rows(code: str, quantity: str, against: str, moment: int | None = None) -> list[list[Any]]:
    """Return clock, measured number, status and rounding error of each run at a moment.

    The moment is a position of the time slider; without one, runs stand at their end.
    """
    found = []
    for trace in traces(code):
        clock = trace.iterations if against == "iterations" else trace.calls[against]
        row = len(trace) - 1
        if moment is not None:
            row = int(np.searchsorted(clock, moment, side="right")) - 1
        ended = row == len(trace) - 1
        status = trace.status.value.replace("_", " ") if ended else "running"
        column = trace.values if quantity == "value" else measure(trace, quantity)
        error = ROUNDING * max(abs(float(column[0])), abs(float(trace.values[row])))
        found.append([int(clock[row]), float(column[row]), status, error])
    return found


def agrees(table: list[list[str]], expected: list[list[Any]]) -> bool:
    """Whether a table says what Python computed, in the digits that it writes."""
    if len(table) != len(expected):
        return False
    for (*_, clock, text, status), (k, value, word, error) in zip(table, expected, strict=True):
        same = text == number(value) or abs(read(text) - value) <= error
        if not (same and (clock, status) == (str(k), word)):
            return False
    return True


def read(text: str) -> float:
    """Return the number that the page wrote."""
    return float({"\N{EN DASH}": "nan", "\N{INFINITY}": "inf"}.get(text, text))
