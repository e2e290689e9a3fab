"""A method on a problem: its hyperparameters there, or the reason why it cannot run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from optedu.browser.live.arguments import Objective
from optedu.browser.live.bounds import bound_table
from optedu.browser.live.code import literal, same
from optedu.browser.live.columns import run_whole, sentence
from optedu.browser.live.data import free_numbers, shared_fields
from optedu.browser.live.sliders import coupled, scalars, sliders_of, sliders_of_problem
from optedu.running.run import prepare

REFUSALS = (TypeError, ValueError, ArithmeticError, np.linalg.LinAlgError)
MOST_ENTRIES = 16
"""Curvature is guessed in problems with at most so many variables."""


@dataclass(frozen=True)
class Pair:
    """A method ready for a problem, or the sentence that says why it is not.

    Parameters
    ----------
    given, method : method
        As a reader may write it, and resolved; None where it cannot run.
    reason : str or None
    """

    given: Any
    method: Any
    reason: str | None

    def describe(
        self, objective: Objective, wishes: Mapping[str, Any], most_steps: int, guarantees: bool
    ) -> dict[str, Any]:
        """Return what the page needs."""
        if self.method is None:
            return {"values": {}, "given": {}, "fixed": {}, "sliders": [], "bound": None,
                    "reason": self.reason, "possible": False}  # fmt: skip
        method, problem = self.method, objective.problem
        sliders = sliders_of(self.given, method, problem, wishes)
        values, explicit = numbers_of(method), explicit_fields(self.given)
        for slider in sliders:  # a default that would change with a slider must be spelled out
            end = slider.describe()["high"]
            explicit |= coupled(self.given, method, problem, slider.field, end)
        bound = None
        if guarantees:
            first = sliders[0] if sliders else None
            bound = bound_table(method, problem, objective.start, first, most_steps)
        shared = self.shared(objective, wishes)
        free = sliders_of_problem(problem, [f for f in shared if f not in method._fields], wishes)
        sliders, values = [*free, *sliders], values | {s.field: s.default for s in free}
        return {
            **({"shared": shared} if shared else {}),
            "values": values,
            "given": {field: value for field, value in values.items() if field in explicit},
            "fixed": _fixed(self.given, values),
            "sliders": [slider.describe() for slider in sliders],
            "bound": bound,
            "reason": self.reason,
            "possible": True,
        }

    def shared(self, objective: Objective, wishes: Mapping[str, Any]) -> list[str]:
        """Return the numbers of the problem that move with those of all methods, or alone."""
        if self.method is None or not hasattr(objective.problem, "_fields"):
            return []
        problem = objective.problem
        free = free_numbers(self.given, self.method, problem, wishes)
        return [*shared_fields(self.given, self.method, problem), *free]


def numbers_of(method: Any) -> dict[str, float | int]:
    """Return the fields that the page may send, a switch as 0 or 1."""
    numbers = scalars(method)
    fields = zip(method._fields, method, strict=True)
    switches = {field: int(value) for field, value in fields if isinstance(value, bool)}
    both = numbers | switches
    return {field: both[field] for field in method._fields if field in both}


def explicit_fields(given: Any) -> set[str]:
    """Return the fields that do not have the default of the class."""
    defaults = given._field_defaults
    return {
        field
        for field, value in zip(given._fields, given, strict=True)
        if field not in defaults or not same(value, defaults[field])
    }


def _fixed(given: Any, values: dict[str, Any]) -> dict[str, str]:
    """Return the author's other fields as text: arrays, and numbers that JSON does not have."""
    fields = [field for field in given._fields if field in explicit_fields(given)]
    return {f: literal(getattr(given, f)) or f for f in fields if f not in values}


def pair_of(method: Any, objective: Objective, first: Objective) -> Pair:
    """Return the pair of a method with an objective.

    On another problem than the first, a step size keeps its relation to the smoothness; where
    that is unknown, a guess from the curvature at the start and the minimizer stands in, so that
    the reader has a place to begin. Nobody is told that the guess is a constant of the problem.
    """
    problem = objective.problem
    reason = _refusal(method, objective)
    if objective is first:
        return Pair(method, None if reason else prepare(method, problem), reason)
    scaled = _scaled(method, problem, first.problem, objective.start, first.start)
    if _refusal(scaled, objective) is None:
        return Pair(scaled, prepare(scaled, problem), None)
    guess = guessed_smoothness(problem, objective.start)
    if guess is None:
        return Pair(method, None, reason)
    try:
        found = prepare(scaled, _Guessed(problem, guess))
    except REFUSALS:
        return Pair(method, None, reason)
    again = _refusal(found, objective)
    return Pair(method, None, reason) if again else Pair(found, prepare(found, problem), None)


def _refusal(method: Any, objective: Objective) -> str | None:
    try:
        run_whole(method, objective.problem, objective.start, max_iter=0)
    except REFUSALS as error:
        return sentence(error)
    return None


def _scaled(method: Any, problem: Any, first: Any, start: Any, first_start: Any) -> Any:
    """Return the method with its given step size in the units of another problem."""
    here = known_smoothness(problem) or guessed_smoothness(problem, start)
    there = known_smoothness(first) or guessed_smoothness(first, first_start)
    defaults = method._field_defaults
    steps = [
        field
        for field, value in scalars(method).items()
        if "step" in field and isinstance(value, float) and defaults.get(field, 0.0) is None
    ]
    if not here or not there or here == there or not steps:
        return method
    return method._replace(
        **{field: float(f"{getattr(method, field) * there / here:.2g}") for field in steps}
    )


def known_smoothness(problem: Any) -> float | None:
    """Return L where the problem knows a useful one."""
    smoothness = getattr(problem, "smoothness", None)
    return float(smoothness) if smoothness and np.isfinite(smoothness) else None


def guessed_smoothness(problem: Any, start: np.ndarray) -> float | None:
    """Return the largest curvature at the start and the minimizer, so that 1 / L has two digits."""
    smooth = hasattr(problem, "gradient") and getattr(problem, "differentiable", True) is not False
    if not smooth or start.ndim != 1 or start.size > MOST_ENTRIES:
        return None
    points = [start]
    if getattr(problem, "minimizer", None) is not None:
        points.append(np.reshape(problem.minimizer, start.shape))
    try:
        with np.errstate(all="ignore"):
            largest = max(np.linalg.norm(_hessian(problem, x), 2) for x in points)
    except REFUSALS:
        return None
    if not 1e-12 < largest < 1e12:
        return None
    return 1 / float(f"{1 / largest:.2g}")


def _hessian(problem: Any, x: np.ndarray) -> np.ndarray:
    if hasattr(problem, "hessian"):
        return problem.hessian(x)
    step = 1e-5 * max(1.0, float(np.abs(x).max()))
    sides = [(x + step * e, x - step * e) for e in np.eye(x.size)]
    return np.array([(problem.gradient(a) - problem.gradient(b)) / (2 * step) for a, b in sides])


class _Guessed:
    """A problem that believes in a smoothness constant."""

    def __init__(self, problem: Any, smoothness: float) -> None:
        self._problem, self.smoothness = problem, smoothness

    def __getattr__(self, name: str) -> Any:
        return getattr(self._problem, name)
