"""What a reader may change of a problem itself: its points, and numbers that methods share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from optedu.browser.live.code import same
from optedu.browser.live.sliders import resolve, scalars

CLOUDS = ("X", "Y")
"""The fields of a problem that hold sources and targets, a point in a row."""

MARGIN = 0.15
WIDEST, TALLEST = 1.6, 0.8
"""A window around points: what is free on each side, and its width over its height."""


def has_clouds(problem: Any) -> bool:
    """Whether a problem has a plan between sources and targets in the plane."""
    shapes = [np.shape(getattr(problem, name, ())) for name in CLOUDS]
    return hasattr(problem, "plan") and all(len(s) == 2 and s[1] == 2 for s in shapes)


def shared_fields(given: Any, method: Any, problem: Any) -> list[str]:
    """Return the numbers that a method took from the problem's fields of the same name.

    When such a number moves, problem and method move together. Nothing else of the method may
    depend on it.
    """
    return [
        field
        for field, value in scalars(method).items()
        if isinstance(value, float)
        and getattr(given, field) is None
        and same(value, getattr(problem, field, None) if field in problem._fields else None)
        and _follows(given, method, problem, field)
    ]


def numbers(problem: Any) -> list[str]:
    """Return the fields of a problem that hold a float."""
    fields = zip(getattr(problem, "_fields", ()), problem, strict=False)
    return [field for field, value in fields if isinstance(value, float)]


def free_numbers(given: Any, method: Any, problem: Any, wishes: Mapping[str, Any]) -> list[str]:
    """Return the numbers of a problem alone for which a slider is wished.

    Raises
    ------
    ValueError
        If the method takes something from one of them, which would not move with it.
    """
    found = [f for f in wishes if f in numbers(problem) and f not in method._fields]
    for field in found:
        moved = resolve(given, problem._replace(**{field: 0.75 * getattr(problem, field)}))
        if not all(map(same, moved, method)):
            raise ValueError(
                f"explore: sliders= names {field!r}, a number of the problem, but "
                f"{type(method).__name__} takes a hyperparameter from it; give that one"
            )
    return found


def _follows(given: Any, method: Any, problem: Any, field: str) -> bool:
    other = 0.75 * getattr(method, field)
    try:
        moved = resolve(given, problem._replace(**{field: other}))
    except (TypeError, ValueError, ArithmeticError):
        return False
    return all(map(same, moved, method._replace(**{field: other})))


def require_freedom(given: Any, method: Any, problem: Any) -> None:
    """Refuse a method that takes a number from the points, which the reader will drag.

    Raises
    ------
    ValueError
        With the name of the argument to give.
    """
    for name in CLOUDS:
        moved = resolve(given, problem._replace(**{name: 1.25 * getattr(problem, name)}))
        for field, old, new in zip(method._fields, method, moved, strict=True):
            if not same(old, new):
                raise ValueError(
                    f"explore: in the panel 'plan' the points move, and {type(method).__name__} "
                    f"takes its {field} from them; give {field}=..."
                )


def changeable(problem: Any, numbers: Sequence[str], panels: Sequence[str]) -> dict[str, Any]:
    """Return what the page needs of the fields that it may change.

    Parameters
    ----------
    problem : problem
    numbers : sequence of str
        The fields that methods share.
    panels : sequence of str
        With ``"plan"`` among them, the points may be dragged.

    Returns
    -------
    dict
        By field: ``slot``, its place among the values of the problem in a module; ``value``, a
        number, or a flat list with ``shape``.
    """
    from optedu.browser.compiler.kinds import leaves  # its package loads the compiler

    wanted = {*numbers, *(CLOUDS if "plan" in panels else ())}
    found: dict[str, Any] = {}
    slot = 0
    for field, value in zip(problem._fields, problem, strict=True) if wanted else ():
        if field in wanted:
            found[field] = {"slot": slot, "value": value}
            if isinstance(value, np.ndarray):
                found[field] |= {"value": value.ravel().tolist(), "shape": list(value.shape)}
        slot += len(leaves(value))
    return found


def changed(problem: Any, data: dict[str, Any]) -> Any:
    """Return the problem with fields from the page, flat lists in the shape of what they replace.

    Raises
    ------
    ValueError
        In the problem's own words, if it does not take them.
    """
    if not data:
        return problem
    shapes = {field: np.shape(getattr(problem, field)) for field in data}
    return problem._replace(
        **{field: np.reshape(value, shapes[field]) if shapes[field] else float(value)
           for field, value in data.items()}
    )  # fmt: skip


def window_around_clouds(problem: Any) -> tuple[float, float, float, float]:
    """Return a window that holds all points, neither very wide nor very high."""
    points = np.concatenate([getattr(problem, name) for name in CLOUDS])
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2, (0.5 + MARGIN) * np.maximum(high - low, 1e-3)
    width = max(half[0], TALLEST * half[1])
    height = max(half[1], width / WIDEST)
    (left, bottom), (right, top) = middle - (width, height), middle + (width, height)
    return float(left), float(right), float(bottom), float(top)
