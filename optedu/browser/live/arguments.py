"""What `explore` was given, read once: methods, objectives, and the sentences about mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from optedu.browser.live.code import MOST_NUMBERS, constructor, public_name, words
from optedu.browser.live.data import has_clouds, numbers
from optedu.browser.live.networks import has_directions, has_network
from optedu.oracles import ORACLES, oracles_of
from optedu.protocol import is_method
from optedu.running.run import read_start
from optedu.running.trace import describe

MOST_SHOWN = 6
BANDS = 14
PANELS = {
    "map": "two dimensions",
    "curves": "",
    "landscape": "one dimension",
    "heatmap": "",
    "basins": "two dimensions",
    "simplex": "three dimensions",
    "matrix": "a matrix as its iterate",
    "spectrum": "",
    "particles": "",
    "plan": "points X and Y in the plane and a plan between them",
    "network": "a network on data in the plane",
    "arrangement": "a network on data in the plane with a column of ones",
}
"""The live forms, and what a problem needs to be shown in them."""

FITTING = {"plan": has_clouds, "network": has_network, "arrangement": has_directions}

AXES = {"one dimension": (1, 1), "two dimensions": (1, 2), "three dimensions": (1, 3)}


@dataclass(frozen=True)
class Player:
    """A method as the author gave it, and its words."""

    method: Any
    label: str

    def describe(self) -> dict[str, Any]:
        """Return what the page needs."""
        cls = type(self.method)
        pieces = cls.__module__.split(".")
        code = public_name(cls)
        family = pieces[1] if code.startswith("oe.") and pieces[0] == "optedu" else None
        return {"name": cls.__name__, "label": self.label, "family": family, "code": code}


@dataclass(frozen=True)
class Objective:
    """A problem, its words, and where runs on it begin."""

    problem: Any
    label: str
    code: str
    start: np.ndarray
    contours: Any = None

    @property
    def ground(self) -> Any:
        """The function that a map or a landscape shows, None where there is none."""
        if self.contours is not None:
            return self.contours
        return self.problem if hasattr(self.problem, "value") else None


def read_text(name: str, text: Any) -> str:
    """Return a title or an alternative text, stripped."""
    if not isinstance(text, str) or not text.strip():
        raise ValueError(
            f"explore needs {name}=, got {text!r}: "
            "a figure without words is closed to readers who cannot see it"
        )
    return text.strip()


def read_players(methods: Any, menu: Any, labels: Any) -> tuple[list[Player], int]:
    """Return all methods, those shown at first before those of the menu, and how many are shown."""
    shown, others = _named(methods, "methods"), _named(menu, "menu")
    if not shown:
        raise ValueError("explore needs at least one method")
    if len(shown) > MOST_SHOWN:
        raise ValueError(
            f"explore shows at most {MOST_SHOWN} methods at once, got {len(shown)}; "
            "put the others into menu="
        )
    if labels is not None:
        labels = [labels] if isinstance(labels, str) else list(labels)
        if len(labels) != len(shown):
            raise ValueError(
                f"explore: {len(shown)} methods need as many labels, got {len(labels)}"
            )
        shown = [(str(label), method) for label, (_, method) in zip(labels, shown, strict=True)]
    both = [(label, _instance(method)) for label, method in (*shown, *others)]
    names = [label or words(type(method)) for label, method in both]
    count = Counter(names)
    players = [
        Player(method, name if label or count[name] == 1 else describe(method))
        for name, (label, method) in zip(names, both, strict=True)
    ]
    return players, len(shown)


def _named(methods: Any, argument: str) -> list[tuple[str | None, Any]]:
    if isinstance(methods, Mapping):
        return [(str(label), method) for label, method in methods.items()]
    if isinstance(methods, type) or is_method(methods):
        return [(None, methods)]
    if isinstance(methods, str) or not isinstance(methods, Iterable):
        raise TypeError(
            f"explore: {argument}= is a method, a list of methods, or a mapping from labels to "
            f"methods, got {type(methods).__name__}"
        )
    return [(None, method) for method in methods]


def _instance(method: Any) -> Any:
    if not is_method(method) or not hasattr(method, "_fields"):
        name = getattr(method, "__name__", type(method).__name__)
        raise TypeError(
            f"explore expects methods such as GradientDescent(step_size=0.1), got {name}"
        )
    if not isinstance(method, type):
        return method
    missing = [field for field in method._fields if field not in method._field_defaults]
    if missing:
        raise TypeError(
            f"explore: {method.__name__} has no default for {missing[0]}; "
            f"write {method.__name__}({missing[0]}=...)"
        )
    return method()


def read_objectives(
    problem: Any, problems: Any, x0: Any, code: Any, contours: Any
) -> tuple[list[Objective], int]:
    """Return all objectives, and the index of the one shown at first."""
    if isinstance(problems, Mapping):
        found = [(str(label), item) for label, item in problems.items()]
    elif hasattr(problems, "_fields") or isinstance(problems, str):
        raise TypeError("explore: problems= is a list of problems, or a mapping from their labels")
    else:
        found = [(None, item) for item in problems]
    index = next((j for j, (_, item) in enumerate(found) if item is problem), None)
    if index is None:
        found, index = [(None, problem), *found], 0
    for _, item in found:
        _require_problem(item)
    names = [label or _problem_words(item) for label, item in found]
    count, seen = Counter(names), Counter()
    labels = []
    for name in names:
        seen[name] += 1
        labels.append(f"{name} {seen[name]}" if count[name] > 1 else name)
    starts = by_problem("x0", x0, labels, index)
    codes = by_problem("code", code, labels, index)
    grounds = by_problem("contours", contours, labels, index)
    for ground in grounds.values():
        if not callable(getattr(ground, "value", None)):
            raise TypeError(
                "explore: contours= is a problem whose value is drawn, got "
                f"{type(ground).__name__}, which has no value oracle"
            )
    return [
        Objective(item, label, codes.get(label) or _code(item) or "problem",
                  _start(item, label, starts, labels[index]), grounds.get(label))
        for label, (_, item) in zip(labels, found, strict=True)
    ], index  # fmt: skip


def _code(problem: Any) -> str | None:
    """Return the call that makes a problem; points that may be dragged are all spelled out."""
    return constructor(problem, 5 * MOST_NUMBERS if has_clouds(problem) else MOST_NUMBERS)


def by_problem(name: str, value: Any, labels: list[str], index: int) -> dict[str, Any]:
    """Return an argument by the label of its problem; alone, it is that of the one shown first."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        return {labels[index]: value}
    unknown = [label for label in value if label not in labels]
    if unknown:
        raise ValueError(
            f"explore: {name}= has no problem {unknown[0]!r}; the problems are {', '.join(labels)}"
        )
    return dict(value)


def _require_problem(problem: Any) -> None:
    if isinstance(problem, type):
        raise TypeError(f"explore expects a problem, got the class: write {problem.__name__}(...)")
    if not oracles_of(problem):
        raise TypeError(
            f"explore expects a problem, got {type(problem).__name__}, which has none of the "
            f"oracles {', '.join(ORACLES[:3])}, ..."
        )


def _problem_words(problem: Any) -> str:
    return words(type(problem)) if hasattr(problem, "_fields") else "problem"


def _start(problem: Any, label: str, starts: dict[str, Any], first: str) -> np.ndarray:
    if label in starts:
        return read_start(starts[label], problem)
    own = getattr(problem, "start", None)
    if own is not None:
        return read_start(own, problem)
    shape = getattr(problem, "shape", None)
    if first in starts and (shape is None or np.shape(starts[first]) == tuple(shape)):
        return read_start(starts[first], problem)
    raise ValueError(
        f"explore: the problem {label!r} has no usual start; pass x0={{{label!r}: ...}}"
    )


def read_panels(panels: Any, objectives: list[Objective], index: int) -> list[str]:
    """Return the live forms to show, those that fit the problem's dimension by default."""
    objective = objectives[index]
    shape, drawable = objective.start.shape, objective.ground is not None
    if panels is None:
        if shape == (2,) and drawable:
            return ["map", "curves"]
        return ["landscape", "curves"] if shape == (1,) and drawable else ["curves"]
    panels = [panels] if isinstance(panels, str) else list(panels)
    if not panels or len(set(panels)) < len(panels):
        raise ValueError(f"explore: panels= names one or more different panels, got {panels}")
    for panel in panels:
        if panel not in PANELS:
            raise ValueError(f"explore: panels are {', '.join(PANELS)}; got {panel!r}")
        needs = PANELS[panel]
        if panel in FITTING:
            _require_fitting(objectives, panel)
            continue
        fits = len(shape) == 2 if panel == "matrix" else shape == (AXES[needs][1],) if needs else 1
        if not fits:
            raise ValueError(
                f"explore: the panel {panel!r} needs {needs}; this problem has iterates of shape "
                f"{shape}"
            )
        if panel in ("map", "landscape") and not drawable:
            owner = type(objective.problem).__name__
            raise ValueError(
                f"explore: the panel {panel!r} draws values, which {owner} does not have; "
                "pass contours=, a problem that has them"
            )
    return panels


def _require_fitting(objectives: list[Objective], panel: str) -> None:
    for objective in objectives:
        if not FITTING[panel](objective.problem):
            raise ValueError(
                f"explore: the panel {panel!r} needs {PANELS[panel]}; "
                f"{type(objective.problem).__name__} does not have them"
            )


def read_count(name: str, value: Any, least: int) -> int:
    """Return an integer argument."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise ValueError(f"explore: {name} must be an integer of at least {least}, got {value!r}")
    return int(value)


def read_tolerance(tol: Any) -> float:
    """Return the tolerance of the runs."""
    if isinstance(tol, bool) or not isinstance(tol, int | float) or not 0 <= tol < np.inf:
        raise ValueError(f"explore: tol must be a non-negative number, got {tol!r}")
    return float(tol)


def read_sliders(
    sliders: Any, players: list[Player], objectives: list[Objective]
) -> dict[str, Any]:
    """Return the author's wishes about sliders, by field; () where only the order is wished."""
    if sliders is None:
        return {}
    names = [sliders] if isinstance(sliders, str) else list(sliders)
    wishes = dict(sliders) if isinstance(sliders, Mapping) else dict.fromkeys(names, ())
    known = {field for player in players for field in player.method._fields}
    known |= {field for objective in objectives for field in numbers(objective.problem)}
    for field, wish in wishes.items():
        if field not in known:
            raise ValueError(
                f"explore: sliders= names {field!r}, which no method and no problem has; "
                f"they have {', '.join(sorted(known)) or 'no hyperparameter'}"
            )
        if not (wish is None or wish == () or wish in ("log", "linear") or is_range(wish)):
            raise ValueError(
                f"explore: sliders= takes (low, high) with low < high, 'log', 'linear' or None, "
                f"got {wish!r} for {field}"
            )
    return wishes


def is_range(wish: Any) -> bool:
    """Whether a wish about a slider is (low, high) or (low, high, scale)."""
    if not isinstance(wish, tuple | list) or len(wish) not in (2, 3):
        return False
    low, high, *scale = wish
    if not all(isinstance(end, int | float) and np.isfinite(end) for end in (low, high)):
        return False
    return low < high and scale in ([], ["linear"], ["log"]) and (low > 0 or scale != ["log"])


def read_levels(levels: Any, labels: list[str], index: int) -> tuple[int, dict[str, list[float]]]:
    """Return the number of contour bands, and lists of levels by problem."""
    if np.ndim(levels) == 0 and not isinstance(levels, Mapping):
        return read_count("levels", levels, 2), {}
    found = {}
    for label, values in by_problem("levels", levels, labels, index).items():
        heights = np.asarray(values, dtype=float)
        rising = heights.ndim == 1 and len(heights) > 1 and np.all(np.diff(heights) > 0)
        if not rising or not np.isfinite(heights).all():
            raise ValueError(
                "explore: levels= is a number of bands or an increasing list of values"
            )
        found[label] = heights.tolist()
    return BANDS, found
