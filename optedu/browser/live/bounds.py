"""A proven bound as a small table, so that the page can draw it from wherever the reader starts."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import numpy as np

from optedu.browser.live.sliders import Slider, scalars

POWERS = (1.0, 0.5, 2.0)
LETTERS = "DRGC"
PARTS = ("D", "R", "G", "C", "DC", "RC", "GC", "DG", "DGC")
"""What a bound may be made of, the simple first: D stands with ||x0 - x*||^2, R with ||x0 - x*||,
G with f(x0) - f*, and C alone."""

TOLERANCE = 1e-9
NOTHING = 1e-12  # what a part adds to a bound, relative to it, if it is rounding and no part of it
STEPS = 13
FINE = 5000
"""Coefficients travel as whole multiples of 1 / FINE of their logarithm, rounded up: a bound that
is drawn lies above the proven one, by at most 0.02 percent."""

TINY = 1e-300
DISTANCES = (0.3, 1.9, 0.6, 2.7, 1.0, 0.8, 1.4)
FITTED = 4
"""The first so many starts give the coefficients, the others verify them."""

BEYOND = 1e3
"""A bound that holds so many times farther than the figure's start holds everywhere."""


class Row(NamedTuple):
    """A bound at one position: what it bounds, its power and coefficients, and how far it holds."""

    quantity: str
    source: str
    power: float
    coefficients: dict[str, np.ndarray]
    reach: float


def _proven_outside(method: Any, problem: Any, start: np.ndarray) -> bool:
    """Whether the bound also holds for a start outside of a set, where the reader may drag it."""
    if not (hasattr(problem, "project") or hasattr(problem, "linear_minimizer")):
        return True
    far = start + 1e3 * (1 + np.abs(start).max()) * np.random.default_rng(0).normal(
        size=start.shape
    )
    return method.guarantee(problem, np.array([1]), far) is not None


def bound_table(
    method: Any, problem: Any, start: np.ndarray, slider: Slider | None, most_steps: int
) -> dict[str, Any] | None:
    """Return the method's guarantee as a power of D ||x0-x*||^2 + R ||x0-x*|| + G (f(x0)-f*) + C.

    The coefficients, one per k and position of the slider, are fitted to `guarantee` at some
    starts and verified at others to a relative `TOLERANCE`; nothing is known here about its
    formula. A position where this form does not hold, or nothing is proven, is left out.

    Parameters
    ----------
    method : method
        Resolved.
    problem : problem
    start : numpy.ndarray
        Where the figure starts: the bound is asked for at several distances of that size.
    slider : Slider, optional
        The hyperparameter along which there are rows.
    most_steps : int
        The largest k.

    Returns
    -------
    dict or None
        ``quantity, source, k, power, along``; ``from``, the first position of the slider, and
        ``count``, how many there are; for each of `LETTERS` a list per k, see `packed`, or None;
        and ``reach`` per position: the bound is proven where ||x0 - x*|| is at most that, None
        for everywhere. None where there is no such form at all.
    """
    if not callable(getattr(method, "guarantee", None)):
        return None
    k = np.unique(np.round(np.geomspace(1, max(most_steps, 1), STEPS)).astype(int))
    # A bound that holds only at the horizon that the method was made for needs that very k.
    horizons = [n for n in scalars(method).values() if isinstance(n, int) and 0 < n <= most_steps]
    k = np.unique(np.concatenate(([0], k, horizons)).astype(int))
    if not _proven_outside(method, problem, start):
        return None
    around = Around(problem, start)
    middle = _row(method, k, around, POWERS)
    if middle is None:
        return None
    rows, begin = [middle], 0
    if slider is not None:
        begin, rows = _along(method, k, around, slider, middle)
    table = {
        "quantity": middle.quantity, "source": middle.source, "k": k.tolist(),
        "power": middle.power, "along": None if slider is None else slider.field,
        "from": begin, "count": len(rows),
    }  # fmt: skip
    for letter in LETTERS:
        table[letter] = None
        if any(letter in row.coefficients for row in rows):
            columns = np.array([row.coefficients.get(letter, np.zeros(len(k))) for row in rows])
            table[letter] = [packed(column) for column in columns.T]
    near = [None if np.isinf(row.reach) else row.reach for row in rows]
    table["reach"] = near if any(reach is not None for reach in near) else None
    return table


def _along(
    method: Any, k: np.ndarray, around: Around, slider: Slider, middle: Row
) -> tuple[int, list[Row]]:
    """Return the rows at the positions around the default that are without a gap, and the first."""
    kind, values = int if slider.integer else float, slider.values().tolist()

    def row_at(position: int) -> Row | None:
        row = _row(method._replace(**{slider.field: kind(values[position])}), k, around,
                   (middle.power,))  # fmt: skip
        return row if row is not None and row[:2] == middle[:2] else None

    begin = end = slider.nearest(slider.default)
    rows = [middle]
    while begin > 0 and (row := row_at(begin - 1)) is not None:
        begin, rows = begin - 1, [row, *rows]
    while end + 1 < slider.positions and (row := row_at(end + 1)) is not None:
        end, rows = end + 1, [*rows, row]
    return begin, rows


def packed(column: np.ndarray) -> list[int] | None:
    """Return coefficients along a slider as few small integers; None where one is infinite.

    ``exp(a / FINE)`` are the coefficients, ``a`` is summed up from its first entry, its first
    step, and then the changes of the step: for a smooth column nearly all are small.
    """
    if not np.isfinite(column).all():
        return None
    logs = np.ceil(np.log(np.maximum(column, TINY)) * FINE).astype(int)
    return [*logs[:1].tolist(), *np.diff(logs)[:1].tolist(), *np.diff(logs, 2).tolist()]


def unpacked(column: list[int]) -> np.ndarray:
    """Return the coefficients that `packed` was given, rounded up."""
    first, steps = column[:1], np.cumsum(column[1:])
    return np.exp(np.cumsum([*first, *steps]) / FINE)


def evaluate(
    table: dict[str, Any], position: int, distance: float = np.nan, gap: float = np.nan
) -> np.ndarray:
    """Return the bound at each k of a table, as the page computes it; NaN where there is none.

    Parameters
    ----------
    table : dict
        Made by `bound_table`.
    position : int
        The slider's position.
    distance, gap : float
        ||x0 - x*|| and f(x0) - f*; what the table does not need may be NaN.
    """
    parts = {"D": distance**2, "R": distance, "G": gap, "C": 1.0}
    row, total = position - table["from"], np.zeros(len(table["k"]))
    reach = None if table["reach"] is None else table["reach"][row]
    if not 0 <= row < table["count"] or (reach is not None and not distance <= reach):
        return np.full(len(total), np.nan)
    for letter in LETTERS:
        for i, column in enumerate(table[letter] or ()):
            total[i] += np.nan if column is None else unpacked(column)[row] * parts[letter]
    return total ** table["power"]


class Around:
    """Points around a problem's minimizer, or around the start where that is unknown."""

    def __init__(self, problem: Any, start: np.ndarray) -> None:
        problem = with_known_constants(problem)
        self.problem, self.shape = problem, start.shape
        minimizer, minimum = getattr(problem, "minimizer", None), getattr(problem, "minimum", None)
        self.known = minimizer is not None
        self.center = start if minimizer is None else np.asarray(minimizer).reshape(start.shape)
        self.minimum = minimum if hasattr(problem, "value") else None
        self.radius = float(np.linalg.norm(start - self.center)) or 1.0
        rng = np.random.default_rng(0)
        directions = [rng.normal(size=start.shape) for _ in DISTANCES]
        self.directions: list[Any] = [d / np.linalg.norm(d) for d in directions]
        axes = np.eye(start.size) if start.size <= 8 else np.empty((0, start.size))
        rim = [np.reshape(side, start.shape) for axis in axes for side in (axis, -axis)]
        self.rim = [*self.directions, *rim]

    def point(self, direction: np.ndarray, distance: float) -> np.ndarray:
        """Return the point in a direction, projected where there is a set."""
        x = self.center + distance * direction
        return self.problem.project(x) if hasattr(self.problem, "project") else x

    def points(self, radius: float) -> list[np.ndarray]:
        """Return points at different distances of the size of a radius."""
        pairs = zip(self.directions, DISTANCES, strict=True)
        return [self.point(direction, radius * distance) for direction, distance in pairs]

    def parts(self, points: list[np.ndarray]) -> dict[str, np.ndarray]:
        """Return what a bound may be made of, by letter."""
        parts: dict[str, Any] = {"C": np.ones(len(points))}
        if self.known:
            parts["R"] = np.array([np.linalg.norm(x - self.center) for x in points])
            parts["D"] = parts["R"] ** 2
        if self.minimum is not None:
            values = np.array([float(self.problem.value(x)) for x in points])
            parts["G"] = values - float(self.minimum)
        return {letter: part for letter, part in parts.items() if np.isfinite(part).all()}


def with_known_constants(problem: Any) -> Any:
    """Return an equal problem whose properties are computed already: a minimizer may cost much."""
    cls = type(problem)
    if not hasattr(cls, "_fields"):
        return problem
    known = {}
    for name in dir(cls):
        if isinstance(inspect.getattr_static(cls, name), property):
            try:
                known[name] = getattr(problem, name)
            except Exception:  # asked for later, it fails then
                continue
    settled: Any = type(cls.__name__, (cls,), known)
    return tuple.__new__(settled, problem)


def _row(method: Any, k: np.ndarray, around: Around, powers: tuple[float, ...]) -> Row | None:
    radius, reach = around.radius, _reach(method, k, around)
    if radius * max(DISTANCES) > reach:
        radius = 0.99 * reach / max(DISTANCES)
    points = around.points(radius)
    found = _ask(method, around.problem, k, points)
    if reach == 0 or found is None:
        return None
    parts = around.parts(points)
    for power in powers:
        coefficients = _fit(found[2], parts, power)
        if coefficients is not None:
            return Row(found[0], found[1], power, coefficients, reach)
    return None


def _ask(
    method: Any, problem: Any, k: np.ndarray, points: list[np.ndarray]
) -> tuple[str, str, np.ndarray] | None:
    """Return quantity, source, and the bound at each point and k; None where it is not proven."""
    answers = []
    with np.errstate(all="ignore"):
        for x in points:
            try:
                answer = method.guarantee(problem, k, x)
            except (TypeError, ValueError, ArithmeticError, np.linalg.LinAlgError):
                return None
            if answer is None:
                return None
            answers.append(answer)
    if len({(answer.quantity, answer.source) for answer in answers}) > 1:
        return None
    values = [np.broadcast_to(np.asarray(a.bound, dtype=float), k.shape) for a in answers]
    return answers[0].quantity, answers[0].source, np.array(values)


def _reach(method: Any, k: np.ndarray, around: Around) -> float:
    """Return how far from the minimizer a start may be, asked in all directions at once."""

    def holds(distance: float) -> bool:
        points = [around.point(direction, distance) for direction in around.rim]
        return _ask(method, around.problem, k[:2], points) is not None

    good, bad = 0.0, BEYOND * around.radius
    if holds(bad):
        return np.inf
    while bad - good > 1e-6 * bad and bad > 1e-9 * around.radius:
        middle = (good + bad) / 2
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return float(f"{good * (1 - 1e-4):.4g}") if good else 0.0


def _fit(
    values: np.ndarray, parts: dict[str, np.ndarray], power: float
) -> dict[str, np.ndarray] | None:
    """Return the coefficients of one row by letter, NaN where the bound is infinite."""
    with np.errstate(all="ignore"):
        powered = values ** (1 / power)
    finite = np.asarray(np.isfinite(powered).all(axis=0))
    if not finite.any() or np.any(values[:, ~finite] < np.inf):
        return None
    target = powered[:, finite]
    for letters in PARTS:
        if not set(letters) <= set(parts):
            continue
        matrix = np.stack([parts[letter] for letter in letters], axis=1)
        size = np.abs(matrix).max(axis=0)
        if not size.all():
            continue
        found, *_ = np.linalg.lstsq(matrix[:FITTED] / size, target[:FITTED], rcond=None)
        found[np.abs(found) <= NOTHING * np.abs(target).min(axis=0)] = 0.0
        wrong = np.abs((matrix / size) @ found - target)
        if np.all(found >= 0) and np.all(wrong <= TOLERANCE * power * np.abs(target) + 1e-290):
            row = {letter: np.full(len(finite), np.nan) for letter in letters}
            for letter, scale, coefficients in zip(letters, size, found, strict=True):
                row[letter][finite] = coefficients / scale
            return row
    return None
