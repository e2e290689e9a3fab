"""The still picture of a living figure: the runs as Python makes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np

from optedu.browser.contours import Field, rim_of
from optedu.browser.live.axes import against_label, quantity_label
from optedu.browser.live.data import CLOUDS
from optedu.browser.live.networks import still_network
from optedu.browser.live.scene import Scene, Settings
from optedu.browser.live.windows import landscape, map_field, with_outside
from optedu.browser.still import Curve, Landscape, Network, Plan, draw
from optedu.guarantees import Quantity, measure
from optedu.running.trace import Trace, abscissa


def picture(scene: Scene) -> bytes:
    """Return a PNG of the methods that are shown at first, with the settings of the figure."""
    settings = scene.settings
    certificate = scene.description["problems"][settings.index]["certificate"]
    ground = _ground(scene)
    curves = [
        _curve(player.label, trace, settings, ground)
        for player, trace in zip(scene.players, scene.traces, strict=False)
    ]
    return draw(
        settings.title, quantity_label(settings.quantity, certificate),
        settings.quantity != "value", against_label(settings.against), curves, ground,
    )  # fmt: skip


def _ground(scene: Scene) -> Field | Landscape | Network | Plan | None:
    panels, objective = scene.settings.panels, scene.objective
    look = scene.windows[scene.settings.index]
    if look is None:
        return None
    if "plan" in panels:
        problem = objective.problem
        sources, targets = (getattr(problem, name) for name in CLOUDS)
        moved = problem.plan(scene.traces[0].x)
        return Plan(sources, targets, problem.marginals, moved, look)
    if "network" in panels:
        return still_network(objective.problem, scene.traces[0].x, look)
    if "map" in panels:
        field = map_field(objective.ground, look, scene.settings.levels_of(objective))
        return replace(with_outside(field, objective.problem), rim=rim_of(objective.problem))
    return Landscape(*landscape(objective.ground, look)) if "landscape" in panels else None


def _curve(label: str, trace: Trace, settings: Settings, ground: Any) -> Curve:
    key, path = settings.quantity, None
    if isinstance(ground, Landscape):
        heights = np.interp(trace.iterates[:, 0], ground.points, ground.heights)
        path = np.column_stack([trace.iterates[:, 0], heights])
    elif isinstance(ground, Field):
        path = trace.iterates
    return Curve(
        label=label,
        clock=abscissa(trace, settings.against),
        measured=trace.values if key == "value" else measure(trace, cast("Quantity", key)),
        path=path,
        bound=_bound(trace, key) if settings.guarantees else None,
    )


def _bound(trace: Trace, quantity: str) -> np.ndarray | None:
    guarantee = trace.guarantee()
    if guarantee is None or guarantee.quantity != quantity:
        return None
    return np.broadcast_to(np.asarray(guarantee.bound, dtype=float), (len(trace),))
