"""The still picture of a figure: for print, for PDF, and for a browser without scripts."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optedu.browser.contours import OUTSIDE, TOP, Field, has_corners

LEAST_SHARE = 0.01
"""Ways of a plan that carry less, of what one mark may carry, are not drawn."""

MARKERS = "os^Dv*"  # the order of the shapes in page/tools.js


@functools.cache
def palette() -> dict[str, str]:
    """Return the light colours of page.css, the one place where colours are chosen."""
    sheet = (Path(__file__).parent / "page" / "page.css").read_text(encoding="utf-8")
    light = sheet[: sheet.index("}")]
    return dict(re.findall(r"--oe-([a-z0-9-]+):\s*(#[0-9a-f]{6})", light))


@dataclass(frozen=True)
class Curve:
    """One run as it is drawn: when each row was reached, what was measured, where it was.

    On a landscape the path is (x, f(x)).
    """

    label: str
    clock: np.ndarray
    measured: np.ndarray
    path: np.ndarray | None
    bound: np.ndarray | None


@dataclass(frozen=True)
class Landscape:
    """A function of one variable at points of an interval."""

    points: np.ndarray
    heights: np.ndarray


@dataclass(frozen=True)
class Plan:
    """Sources and targets in the plane, their masses, and what moves between them."""

    sources: np.ndarray
    targets: np.ndarray
    masses: np.ndarray
    moved: np.ndarray
    extent: tuple[float, ...]


@dataclass(frozen=True)
class Network:
    """A two-layer network on the plane: its data, a line for each unit, and its sign."""

    points: np.ndarray
    targets: np.ndarray
    lines: np.ndarray
    signs: np.ndarray
    most: float
    extent: tuple[float, ...]

    def outputs(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return what the network says at points."""
        heights = (a * u + b * v + c for a, b, c in self.lines)
        return sum(
            (s * np.maximum(z, 0.0) for s, z in zip(self.signs, heights, strict=True)), 0.0 * u
        )


def draw(
    title: str, quantity: str, logarithmic: bool, against: str, runs: Sequence[Any],
    ground: Field | Landscape | Network | Plan | None,
) -> bytes:  # fmt: skip
    """Return a PNG of runs: their paths on a map or a landscape, or a plan, and curves."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image  # Matplotlib brings it

    width = max(len(run.label) for run in runs)
    columns = max(1, min(3, 100 // (width + 10)))
    entries = len(runs) + any(run.bound is not None for run in runs)
    height = 3.15 + 0.2 * -(-entries // columns)
    figure = Figure(figsize=(7.4, height), dpi=150, layout="constrained")
    figure.suptitle(title, fontsize=11, fontweight="bold", x=0.01, ha="left")
    if ground is None:
        _curves(figure.subplots(), quantity, logarithmic, against, runs)
    else:
        left, right = figure.subplots(1, 2)
        if isinstance(ground, Landscape):
            _landscape(left, ground, runs)
        elif isinstance(ground, Plan):
            _plan(left, ground)
        elif isinstance(ground, Network):
            _network(left, ground)
        else:
            _map(left, ground, runs)
        _curves(right, quantity, logarithmic, against, runs)
    found = [axes.get_legend_handles_labels() for axes in figure.axes]
    handles = [handle for each, _ in found for handle in each]
    labels = [label for _, each in found for label in each]
    figure.legend(
        handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=9
    )
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    # Flat bands need few colours, and a page holds several pictures: a fifth of the bytes.
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    out = io.BytesIO()
    drawn.quantize(96, dither=Image.Dither.NONE).save(out, format="png", optimize=True)
    return out.getvalue()


def _landscape(axes: Any, ground: Landscape, runs: Sequence[Any]) -> None:
    colours = palette()
    axes.plot(ground.points, ground.heights, color=colours["ink"], lw=1.3)
    for i, run in reversed(list(enumerate(runs))):
        colour, path = colours[f"run{i % len(MARKERS)}"], np.asarray(run.path)
        axes.plot(*path.T, color=colour, lw=0.9, marker=".", ms=5)
        axes.plot(*path[-1], MARKERS[i % len(MARKERS)], color=colour, ms=7, mec="white")
    axes.plot(*np.asarray(runs[0].path)[0], "o", mfc="white", mec=colours["ink"], ms=6)
    low, high = np.nanmin(ground.heights), np.nanmax(ground.heights)
    pad = 0.06 * (high - low or 1.0)
    axes.set(xlim=ground.points[[0, -1]], ylim=(low - pad, high + pad), xlabel="$x$")
    axes.set_title("f(x)", fontsize=10, ha="left", x=0.0)
    axes.spines[["top", "right"]].set_visible(False)


def _map(axes: Any, field: Field, runs: Sequence[Any]) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    colours = palette()
    left, right, bottom, top = field.extent
    rows, columns = field.heights.shape
    x, y = np.linspace(left, right, columns), np.linspace(bottom, top, rows)
    height = np.where(field.heights == OUTSIDE, np.nan, field.heights / TOP * field.bands)
    lines = np.arange(field.bands + 1)
    shades = LinearSegmentedColormap.from_list("map", [colours["low"], colours["high"]])
    axes.contourf(x, y, height, lines, cmap=shades)
    axes.contour(x, y, height, lines[1:-1], colors=colours["contour"], linewidths=0.6)
    if field.outside is not None:
        hatched = axes.contourf(x, y, field.outside, [0.5, 1.5], colors="none", hatches=["////"])
        hatched.set_edgecolor(colours["contour"])
    if field.rim is not None:
        mark = "o" if has_corners(field.rim) else None
        closed = np.vstack((field.rim, field.rim[:1]))
        axes.plot(*closed.T, color=colours["ink"], lw=1.0, marker=mark, ms=4)
    if field.minimizer is not None:
        axes.plot(*field.minimizer, "+", color=colours["ink"], ms=9, mew=1.6)
    for i, run in reversed(list(enumerate(runs))):  # the first method lies on top
        colour = colours[f"run{i % len(MARKERS)}"]
        path = np.asarray(run.path)
        axes.plot(*path.T, color=colour, lw=1.5)
        axes.plot(*path[-1], MARKERS[i % len(MARKERS)], color=colour, ms=7, mec="white")
    axes.plot(*np.asarray(runs[0].path)[0], "o", mfc="white", mec=colours["ink"], ms=6)
    axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="$x_1$", ylabel="$x_2$")
    if 0.8 <= (right - left) / (top - bottom) <= 1.6:
        axes.set_aspect("equal")


def _plan(axes: Any, plan: Plan) -> None:
    colours, full = palette(), min(plan.masses[: len(plan.sources)].max(),
                                   plan.masses[len(plan.sources) :].max())  # fmt: skip
    for (i, j), mass in np.ndenumerate(plan.moved):
        share = min(float(mass) / full, 1.0)
        if share >= LEAST_SHARE:
            axes.plot(*np.stack((plan.sources[i], plan.targets[j])).T, color=colours["muted"],
                      lw=max(4.5 * share, 0.4), alpha=0.2 + 0.6 * share, zorder=1)  # fmt: skip
    sizes = 60 * plan.masses / plan.masses.max()
    clouds = ((plan.sources, "source", "o"), (plan.targets, "target", "s"))
    for (points, name, mark), size in zip(
        clouds, np.split(sizes, [len(plan.sources)]), strict=True
    ):
        axes.scatter(
            *points.T, size, colours[name], marker=mark, edgecolors="white", zorder=2, label=name
        )
    left, right, bottom, top = plan.extent
    axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="$x_1$", ylabel="$x_2$")
    axes.set_aspect("equal")


def _network(axes: Any, network: Network) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    colours = palette()
    left, right, bottom, top = network.extent
    u, v = np.meshgrid(np.linspace(left, right, 241), np.linspace(bottom, top, 241))
    said, most = network.outputs(u, v), network.most
    ends = [colours["run1"], colours["low"], colours["run0"]]
    shades = LinearSegmentedColormap.from_list("network", ends)
    axes.contourf(u, v, np.clip(said / most, -1.0, 1.0), np.linspace(-1.6, 1.6, 33), cmap=shades)
    if np.ptp(said) > 0.0:
        levels = most * np.array([-1.0, -0.5, 0.5, 1.0])
        axes.contour(u, v, said, levels, colors=colours["muted"], linewidths=0.5, linestyles="-")
        axes.contour(u, v, said, [0.0], colors=colours["ink"], linewidths=1.6)
    sizes = np.linalg.norm(network.lines, axis=1)
    for (a, b, c), sign, size in zip(network.lines, network.signs, sizes, strict=True):
        share, length = float(size / sizes.max()), np.hypot(a, b)
        if length > 0.0:
            foot, far = -c * np.array([a, b]) / length**2, np.array([-b, a]) / length
            where = np.stack((foot - 1e3 * far, foot + 1e3 * far)).T
            axes.plot(*where, color=colours["run0" if sign > 0 else "run1"],
                      lw=0.5 + 1.5 * share, alpha=0.35 + 0.65 * share)  # fmt: skip
    for above, colour, mark in ((False, "run1", "s"), (True, "run0", "o")):
        points = network.points[(network.targets > 0) == above]
        axes.scatter(*points.T, 34, colours[colour], marker=mark, edgecolors="white", zorder=3)
    axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="$x_1$", ylabel="$x_2$")
    axes.set_title(f"{len(sizes)} unit{'' if len(sizes) == 1 else 's'}", fontsize=10, loc="left")
    axes.set_aspect("equal")


def _curves(axes: Any, quantity: str, logarithmic: bool, against: str, runs: Sequence[Any]) -> None:
    colours = palette()
    for i, run in enumerate(runs):
        colour, shape = colours[f"run{i % len(MARKERS)}"], MARKERS[i % len(MARKERS)]
        every = max(len(run.clock) // 6, 1)
        axes.plot(run.clock, run.measured, color=colour, lw=1.8, marker=shape, ms=6, mec="white",
                  markevery=every, label=run.label)  # fmt: skip
        if run.bound is not None:
            axes.plot(run.clock, run.bound, "--", color=colour, lw=1.2)
    if any(run.bound is not None for run in runs):
        axes.plot([], [], "--", color=colours["muted"], lw=1.2, label="the proven bound")
    positive = any(np.any(run.measured > 0) for run in runs)
    axes.set_yscale("log" if logarithmic and positive else "linear")
    axes.set(xlabel=against, title=quantity)
    axes.title.set(fontsize=10, ha="left", x=0.0)
    axes.grid(color=colours["grid"], lw=0.6)
    axes.spines[["top", "right"]].set_visible(False)
