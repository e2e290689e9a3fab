"""The scene: all that the page must know about a figure, as JSON and one block of bytes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from optedu.browser.contours import has_corners, rim_of
from optedu.browser.live import windows
from optedu.browser.live.arguments import Objective, Player, is_range
from optedu.browser.live.axes import againsts, oracles_called, quantities, shared_certificate
from optedu.browser.live.columns import Pack, columns_of, run_whole
from optedu.browser.live.data import changeable, require_freedom, window_around_clouds
from optedu.browser.live.module import live_module
from optedu.browser.live.networks import describe_network, has_network, window_around_data
from optedu.browser.live.pairs import REFUSALS, Pair, known_smoothness, numbers_of, pair_of
from optedu.running.trace import Trace

AROUND = {"plan": window_around_clouds, "network": window_around_data}
"""Panels whose window is around what a problem is about, and not around the runs."""

RECORDED_ROWS = 300
WINDOW_STEPS = 60


@dataclass(frozen=True)
class Settings:
    """What the author chose for the whole figure; see `optedu.explore`."""

    title: str
    alt: str
    panels: list[str]
    quantity: str
    against: str
    steps: int
    most_steps: int
    tol: float
    seed: int
    bands: int
    guarantees: bool
    shown: int
    index: int
    levels: dict[str, Any]
    extents: dict[str, Any]
    wishes: dict[str, Any]

    def levels_of(self, objective: Objective) -> Any:
        """Return the contour levels on a problem, or how many bands there are."""
        return self.levels.get(objective.label, self.bands)


@dataclass(frozen=True)
class Scene:
    """A figure's content: what goes to the page, and what Python needs to answer it."""

    settings: Settings
    players: list[Player]
    objectives: list[Objective]
    pairs: list[list[Pair]]
    traces: list[Trace]
    windows: list[tuple[float, ...] | None]
    module: Any
    description: dict[str, Any]
    recorded: bytes

    @property
    def objective(self) -> Objective:
        """The objective that is shown first."""
        return self.objectives[self.settings.index]


def make_scene(settings: Settings, players: list[Player], objectives: list[Objective]) -> Scene:
    """Return the scene: pairs are prepared, the shown methods run, the module is built.

    Raises
    ------
    TypeError, ValueError
        If a method that is shown at first cannot start on the problem that is shown at first.
    """
    first = objectives[settings.index]
    options = {"max_iter": settings.steps, "tol": settings.tol, "seed": settings.seed}
    traces = [
        run_whole(player.method, first.problem, first.start, **options)[0]
        for player in players[: settings.shown]
    ]
    pairs = [[pair_of(p.method, objective, first) for objective in objectives] for p in players]
    if "plan" in settings.panels:
        for pair, objective in ((row[j], o) for row in pairs for j, o in enumerate(objectives)):
            if pair.method is not None:
                require_freedom(pair.given, pair.method, objective.problem)
    looks = [
        _window(objective, traces if objective is first else None, pairs, j, settings)
        for j, objective in enumerate(objectives)
    ]
    module, reasons = live_module(pairs, objectives, _called_by_page(settings))
    pairs = [
        [Pair(p.given, p.method, p.reason or reasons.get((i, j))) for j, p in enumerate(row)]
        for i, row in enumerate(pairs)
    ]
    dead = [i for i in range(settings.shown) if pairs[i][settings.index].reason is not None]
    pack, oracles = Pack(), oracles_called(player.method for player in players)
    certificates = [_certificate(pairs, j, settings.shown, o) for j, o in enumerate(objectives)]
    description = {
        "title": settings.title, "alt": settings.alt, "panels": settings.panels,
        "quantity": settings.quantity,
        "quantities": quantities([o.problem for o in objectives], certificates[settings.index]),
        "against": settings.against, "againsts": againsts(oracles),
        "steps": settings.steps, "most_steps": settings.most_steps,
        "tol": settings.tol, "seed": settings.seed,
        "random": any(type(player.method).takes_rng for player in players),
        "chosen": list(range(settings.shown)), "problem": settings.index,
        "methods": [player.describe() for player in players],
        "problems": [
            _describe_problem(objective, look, settings, pack, certificate,
                              objective.contours is not None or (bool(dead) and objective is first),
                              _shared(pairs, j, objective, settings))
            for j, (objective, look, certificate)
            in enumerate(zip(objectives, looks, certificates, strict=True))
        ],
        "pairs": [
            [
                pair.describe(
                    objective, _wishes(pair, objective is first, settings), settings.most_steps,
                    settings.guarantees and (i < settings.shown or objective is first),
                )
                for pair, objective in zip(row, objectives, strict=True)
            ]
            for i, row in enumerate(pairs)
        ],
        "recorded": _record(dead, traces, oracles, settings, pack),
    }  # fmt: skip
    recorded = pack.bytes()
    text = json.dumps(description, sort_keys=True, allow_nan=False).encode()
    wasm = b"" if module is None else module.wasm
    description["id"] = hashlib.sha256(text + recorded + wasm).hexdigest()[:12]
    return Scene(settings, players, objectives, pairs, traces, looks, module, description, recorded)


def _certificate(pairs: list[list[Pair]], j: int, shown: int, objective: Objective) -> str:
    """Return the name of what the methods that are shown at first are judged by on a problem."""
    fitting = [row[j].method for row in pairs[:shown] if row[j].method is not None]
    return shared_certificate(fitting or [None], objective.problem)


def _shared(pairs: list[list[Pair]], j: int, objective: Objective, settings: Settings) -> set[str]:
    """Return the numbers of a problem that sliders move."""
    return {field for row in pairs for field in row[j].shared(objective, settings.wishes)}


def _called_by_page(settings: Settings) -> tuple[str, ...]:
    """Return the oracles with which panels draw: the hatched outside of a set, the eigenvectors."""
    more = {"spectrum": "hessian", "plan": "plan"}
    return ("project", *(oracle for panel, oracle in more.items() if panel in settings.panels))


def _wishes(pair: Pair, is_first: bool, settings: Settings) -> dict[str, Any]:
    """Return the author's wishes; a range that was meant for the first problem may not fit here."""
    if is_first or pair.method is None:
        return settings.wishes
    numbers = numbers_of(pair.method)
    return {
        field: ()
        if is_range(wish) and not wish[0] <= numbers.get(field, wish[0]) <= wish[1]
        else wish
        for field, wish in settings.wishes.items()
    }


def _window(
    objective: Objective, traces: list[Trace] | None, pairs: list[list[Pair]], j: int,
    settings: Settings,
) -> tuple[float, ...] | None:  # fmt: skip
    """Return what the map or the landscape of an objective shows at first."""
    problem, start = objective.problem, objective.start
    around = next((AROUND[panel] for panel in settings.panels if panel in AROUND), None)
    if around is not None:
        if objective.label in settings.extents:
            return windows.given_window(settings.extents[objective.label], 2)
        return around(problem)
    if start.shape not in ((1,), (2,)) or objective.ground is None:
        return None
    if objective.label in settings.extents:
        return windows.given_window(settings.extents[objective.label], start.size)
    usual = windows.usual_window(problem, start)
    if usual is not None:
        return usual
    if traces is not None:
        paths = [trace.iterates for trace in traces]
        return windows.window_around(paths, problem, start)
    paths = []
    for row in pairs[: settings.shown]:
        if row[j].method is not None:
            try:
                trace, _ = run_whole(row[j].method, problem, start, max_iter=WINDOW_STEPS)
            except REFUSALS:
                continue
            paths.append(trace.iterates)
    return windows.window_around(paths, problem, start)


def _describe_problem(
    objective: Objective, look: tuple[float, ...] | None, settings: Settings, pack: Pack,
    certificate: str, recorded: bool, shared: set[str],
) -> dict[str, Any]:  # fmt: skip
    problem = objective.problem
    minimum, minimizer = getattr(problem, "minimum", None), getattr(problem, "minimizer", None)
    return {
        "label": objective.label,
        "code": objective.code,
        "shape": list(objective.start.shape),
        "minimum": None if minimum is None else float(minimum),
        "minimizer": None if minimizer is None else np.ravel(minimizer).tolist(),
        "certificate": certificate,
        "smoothness": known_smoothness(problem),
        "start": objective.start.ravel().tolist(),
        "extent": None if look is None else list(look),
        "bands": settings.bands,
        "levels": settings.levels.get(objective.label),
        "feasible": "project" if hasattr(problem, "project") else None,
        **_rim(objective),
        **_data(objective, shared, settings.panels),
        **({"network": describe_network(problem)} if has_network(problem) else {}),
        "field": windows.record_ground(objective.ground, look, settings.levels_of(objective), pack)
        if recorded and not AROUND.keys() & settings.panels
        else None,
    }


def _rim(objective: Objective) -> dict[str, Any]:
    """Describe the border of a feasible set in the plane, where it is known."""
    rim = rim_of(objective.problem) if objective.start.shape == (2,) else None
    return {} if rim is None else {"rim": rim.round(6).tolist(), "corners": has_corners(rim)}


def _data(objective: Objective, shared: set[str], panels: list[str]) -> dict[str, Any]:
    """Describe the fields of the problem that the reader may change, if there are some."""
    found = changeable(objective.problem, sorted(shared), panels)
    masses = {"masses": objective.problem.marginals.tolist()} if "plan" in panels else {}
    return {"data": found, **masses} if found else {}


def _record(
    dead: list[int], traces: list[Trace], oracles: list[str], settings: Settings, pack: Pack
) -> dict[str, Any] | None:
    """Record the runs of the shown methods that have no module."""
    j, runs = settings.index, []
    for i in dead:
        trace = traces[i]
        rows = kept_rows(len(trace))
        spans = {name: pack.add(c) for name, c in columns_of(trace, oracles, rows).items()}
        runs.append({
            "method": i, "problem": j, "status": trace.status.value, "message": trace.message,
            "steps": int(trace.iterations[-1]), "rows": len(rows), **spans,
        })  # fmt: skip
    if not runs:
        return None
    return {"type": "float64", "oracles": oracles, "runs": runs}


def kept_rows(length: int) -> np.ndarray:
    """Return the rows to keep: all when they fit, else dense at the start, where most happens."""
    if length <= RECORDED_ROWS:
        return np.arange(length)
    return np.unique(np.round(np.geomspace(1, length, RECORDED_ROWS)).astype(int)) - 1
