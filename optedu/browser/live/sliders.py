"""Sliders made from a method's hyperparameters: what `check` accepts, on a natural scale."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

PER_OCTAVE = 8
POSITIONS = 61
SMALL_SHARE = 0.02
"""A value below this share of its interval, whose lower end is 0, is moved on a log scale."""


@dataclass(frozen=True)
class Slider:
    """A range of one hyperparameter.

    Position i of n is ``low * (high / low) ** (i / (n - 1))``, or evenly spaced on a linear scale,
    to 6 digits or to an integer; the positions nearest to a mark and to the default are these
    themselves.

    Parameters
    ----------
    field : str
    default : float
        The resolved value.
    low, high : float
    scale : {"log", "linear"}
    positions : int
    integer : bool
    marks : tuple of (float, str)
        Values with a name, such as 2/L.
    """

    field: str
    default: float
    low: float
    high: float
    scale: str
    positions: int
    integer: bool = False
    marks: tuple[tuple[float, str], ...] = ()

    def values(self) -> np.ndarray:
        """Return the value at each position."""
        share = np.linspace(0.0, 1.0, self.positions)
        if self.scale == "log":
            values = self.low * (self.high / self.low) ** share
        else:
            values = self.low + (self.high - self.low) * share
        digits = "{:.0f}" if self.integer else "{:.6g}"
        values = np.array([float(digits.format(v)) for v in values])
        for exact in (*(value for value, _ in self.marks), self.default):
            values[self.nearest(exact)] = exact
        return values

    def nearest(self, value: float) -> int:
        """Return the position nearest to a value."""
        if self.scale == "log":
            share = np.log(max(value, self.low) / self.low) / np.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return int(np.clip(np.floor(share * (self.positions - 1) + 0.5), 0, self.positions - 1))

    def describe(self) -> dict[str, Any]:
        """Return what the page needs."""
        kind = int if self.integer else float
        described = {
            "field": self.field, "label": self.field.replace("_", " "), "low": kind(self.low),
            "high": kind(self.high), "scale": self.scale, "integer": self.integer,
            "positions": self.positions,
        }  # fmt: skip
        if self.marks:
            described["marks"] = [{"value": value, "label": label} for value, label in self.marks]
        return described


def sliders_of(
    given: Any, method: Any, problem: Any, wishes: Mapping[str, Any] | None = None
) -> list[Slider]:
    """Return the sliders of a pair, the most telling first.

    Every combination of their ends passes the method's `check`. Left out are numbers that the
    problem dictates (how many components it has), and those from which `resolve` prepares a table:
    moved alone, they would not fit it.

    Parameters
    ----------
    given, method : method
        As the author wrote it, and resolved.
    problem : problem
    wishes : mapping, optional
        Field to (low, high), (low, high, scale), a scale, or None for no slider; its order is the
        order of the sliders.
    """
    wishes = wishes or {}
    found: list[Slider] = []
    for field in _order(method, problem, wishes):
        wish = wishes.get(field, ())
        if wish is None or _feeds_a_table(given, method, problem, field):
            continue
        slider = _slider(method, problem, field, wish, _accepts(method, field, found))
        if slider is not None:
            found.append(slider)
    return found


def sliders_of_problem(
    problem: Any, fields: Sequence[str], wishes: Mapping[str, Any]
) -> list[Slider]:
    """Return sliders of numbers of a problem, which its own `check` accepts."""
    return [
        slider
        for field in fields
        if wishes[field] is not None
        and (slider := _slider(problem, problem, field, wishes[field],
                               _accepts(problem, field, []))) is not None
    ]  # fmt: skip


def scalars(method: Any) -> dict[str, float | int]:
    """Return the fields that are numbers."""
    return {
        field: value
        for field, value in zip(method._fields, method, strict=True)
        if isinstance(value, float | int) and not isinstance(value, bool) and np.isfinite(value)
    }


def coupled(given: Any, method: Any, problem: Any, field: str, value: float) -> set[str]:
    """Return the other fields that would be resolved differently if this one were given."""
    try:
        moved = resolve(given._replace(**{field: value}), problem)
    except (TypeError, ValueError, ArithmeticError, np.linalg.LinAlgError):
        return {
            name
            for name in method._fields
            if name != field and getattr(given, name) is None and getattr(method, name) is not None
        }
    pairs = zip(method._fields, method, moved, strict=True)
    return {name for name, old, new in pairs if name != field and not np.array_equal(old, new)}


def resolve(method: Any, problem: Any) -> Any:
    """Return the method with its defaults filled in."""
    return method.resolve(problem) if hasattr(method, "resolve") else method


def _order(method: Any, problem: Any, wishes: Mapping[str, Any]) -> list[str]:
    fields = [
        field
        for field, value in scalars(method).items()
        if not (isinstance(value, int) and getattr(problem, field, None) == value)
    ]
    first = [*wishes, "step_size", "first_step", "momentum"]
    return sorted(fields, key=lambda f: first.index(f) if f in first else len(first))


def _feeds_a_table(given: Any, method: Any, problem: Any, field: str) -> bool:
    numbers = scalars(method)
    value = numbers[field] + 1 if isinstance(numbers[field], int) else numbers[field] * 0.75
    return bool(coupled(given, method, problem, field, value) - set(numbers))


def _accepts(method: Any, field: str, others: list[Slider]) -> Callable[[float], bool]:
    """Return whether a value passes `check`, wherever the sliders before it stand."""
    corners = [
        {
            slider.field: int(end) if slider.integer else end
            for slider, end in zip(others, ends, strict=False)
        }
        for ends in itertools.product(*((s.low, s.high) for s in others[:5]))
    ]

    def accepts(value: float) -> bool:
        try:
            for corner in corners:
                method._replace(**corner, **{field: value})
        except (TypeError, ValueError, OverflowError):
            return False
        return True

    return accepts


def _slider(
    method: Any, problem: Any, field: str, wish: Any, accepts: Callable[[float], bool]
) -> Slider | None:
    default = getattr(method, field)
    scale = wish if isinstance(wish, str) else None
    if wish and scale is None:
        return _wished(method, field, wish, accepts)
    if not accepts(default):
        return None
    if isinstance(default, int):
        slider = _integers(field, default, accepts, scale)
    else:
        smoothness = getattr(problem, "smoothness", None) if "step" in field else None
        optional = type(method)._field_defaults.get(field, 0.0) is None
        if optional and smoothness and 1e-3 < default * smoothness < 8:
            slider = _in_units_of_smoothness(field, default, float(smoothness))
        else:
            slider = _numbers(field, default, accepts, scale)
    fits = slider.low < slider.high and accepts(slider.low) and accepts(slider.high)
    return slider if fits else None


def _wished(method: Any, field: str, wish: Any, accepts: Callable[[float], bool]) -> Slider:
    low, high = wish[:2]
    integer = isinstance(getattr(method, field), int)
    for end in (low, high):
        if not accepts(int(end) if integer else end):
            raise ValueError(
                f"explore: sliders= takes {field} from {low} to {high}, "
                f"but {type(method).__name__} refuses {end}"
            )
    default = getattr(method, field)
    low, high = min(low, default), max(high, default)
    scale = wish[2] if len(wish) > 2 else ("log" if low > 0 and high / low >= 20 else "linear")
    count = min(int(high - low) + 1, 2 * POSITIONS) if integer else POSITIONS
    return Slider(field, default, low, high, scale, count, integer)


def _in_units_of_smoothness(field: str, default: float, smoothness: float) -> Slider:
    """Return a slider from 1 / (32 L) to 2.4 / L, on which 1/L and 2/L are positions."""
    one, below, above = 1 / smoothness, 5 * PER_OCTAVE, 10
    low, high = (one * 2.0 ** (j / PER_OCTAVE) for j in (-below, above))
    marks = ((one, "1/L"), (2 * one, "2/L"))
    while not low <= default <= high:
        below, above = (below + PER_OCTAVE, above) if default < low else (below, above + PER_OCTAVE)
        low, high = (one * 2.0 ** (j / PER_OCTAVE) for j in (-below, above))
    return Slider(field, default, low, high, "log", below + above + 1, marks=marks)


def _numbers(field: str, d: float, accepts: Callable[[float], bool], scale: str | None) -> Slider:
    (lo, lo_in), (hi, hi_in) = _end(accepts, d, -1), _end(accepts, d, 1)
    if np.isinf(hi):
        if lo == 0 and not lo_in and d > 0:
            octaves = 5 if 1e-4 < d < 1e4 else 13
            low, high = d * 2.0**-octaves, d * 2.0**octaves
            return Slider(field, d, low, high, scale or "log", POSITIONS)
        if np.isinf(lo):
            reach = max(1.0, abs(d))
            return Slider(field, d, d - reach, d + reach, "linear", POSITIONS)
        if lo > 0:
            low = lo if lo_in else lo + (d - lo) / 16
            return Slider(field, d, low, lo + 16 * (d - lo or lo), scale or "log", POSITIONS)
        low = lo if lo_in else lo + (d - lo) / 16
        return Slider(field, d, low, lo + (4 * (d - lo) or 1.0), scale or "linear", POSITIONS)
    if np.isinf(lo):
        lo, lo_in = hi - (4 * (hi - d) or 1.0), True
    step = (hi - lo) / 100
    low, high = lo if lo_in else min(lo + step, d), hi if hi_in else max(hi - step, d)
    if scale == "log" or (scale is None and lo == 0 and not lo_in and d < SMALL_SHARE * hi):
        return Slider(field, d, d / 100, high, "log", POSITIONS)
    count = 99 + lo_in + hi_in
    return Slider(field, d, low, high, "linear", count)


def _integers(field: str, d: int, accepts: Callable[[float], bool], scale: str | None) -> Slider:
    lo, hi = (_last_integer(accepts, d, sign) for sign in (-1, 1))
    low = max(lo, -4 * abs(d) - 10)
    high = min(hi, max(4 * abs(d), low + 10))
    if scale == "log" or (scale is None and high - low >= 2 * POSITIONS):
        return Slider(field, d, max(low, 1), high, "log", POSITIONS, integer=True)
    return Slider(field, d, low, high, "linear", high - low + 1, integer=True)


def _end(accepts: Callable[[float], bool], inside: float, sign: int) -> tuple[float, bool]:
    """Return where the accepted interval ends on one side, and whether the end belongs to it."""
    reach = 1e-3 * max(1.0, abs(inside))
    good, bad = inside, inside + sign * reach
    if inside > 0 and sign < 0 and not accepts(-reach):  # 0 is the usual end
        if accepts(0.0):
            return 0.0, True
        if accepts(1e-6 * inside):
            return 0.0, False
    while accepts(bad):
        good, reach = bad, 4 * reach
        if reach > 1e9 * max(1.0, abs(inside)):
            return sign * np.inf, False
        bad = inside + sign * reach
    for _ in range(60):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if accepts(middle) else (good, middle)
    end = float(f"{good:.9g}") + 0.0
    return end, accepts(end)


def _last_integer(accepts: Callable[[float], bool], inside: int, sign: int) -> int:
    good, reach = inside, 1
    while accepts(good + sign * reach):
        good, reach = good + sign * reach, 2 * reach
        if reach > 1_000_000:
            return good
    while reach > 1:
        reach //= 2
        if accepts(good + sign * reach):
            good += sign * reach
    return good
