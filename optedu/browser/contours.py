"""The map under the paths: its window, and the function on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

RATIO = 1.2  # width over height of a window that we choose
COLUMNS = 101
OUTSIDE = 65535  # the code of a grid point where f is not a finite number
TOP = 65534


@dataclass(frozen=True)
class Field:
    """A function of two variables on a grid, measured in contour bands.

    `heights` is row by row from the bottom left; height / `TOP` * `bands` says in which band a
    point lies, so that the page draws contour lines where it crosses an integer. `outside` is 1
    where a point is not feasible; `rim` is the border of the feasible set, see `rim_of`.
    """

    extent: tuple[float, float, float, float]
    heights: np.ndarray
    bands: int
    minimizer: tuple[float, float] | None
    outside: np.ndarray | None = None
    rim: np.ndarray | None = None


def window(traces: list[Any], problem: Any) -> tuple[float, float, float, float]:
    """Return a window around the paths, with equal units on both axes.

    A run that leaves (a step too long) does not shrink the rest of the picture to a point: of it,
    only what stays near is framed.
    """
    anchor = _minimizer(problem)
    points = [] if anchor is None else [np.array([anchor])]
    for trace in traces:
        path = np.asarray(trace.iterates)
        path = path[np.isfinite(path).all(axis=1)]
        centre = path[0] if anchor is None else np.asarray(anchor)
        reach = np.linalg.norm(path[0] - centre)
        if anchor is None:
            reach = np.quantile(np.linalg.norm(path - centre, axis=1), 0.8)
        points.append(path[np.linalg.norm(path - centre, axis=1) <= max(1.7 * reach, 1e-12)])
    cloud = np.concatenate(points)
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    middle, half = (low + high) / 2, 0.62 * np.maximum(high - low, 1e-9 + 0.02 * np.abs(high))
    half = np.maximum(half, [RATIO * half[1], half[0] / RATIO])
    return (middle[0] - half[0], middle[0] + half[0], middle[1] - half[1], middle[1] + half[1])


DIRECTIONS = 720
MOST_CORNERS = 40
"""A set whose linear minimizers in all directions are more points than these is drawn as round."""


def rim_of(problem: Any) -> np.ndarray | None:
    """Return the border of a set in the plane, shape (n, 2), where linear functions are minimal.

    Of a polytope these are its atoms, in order; of a round set every eighth of `DIRECTIONS`.
    """
    if not hasattr(problem, "linear_minimizer"):
        return None
    turns = 2 * np.pi * (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    found = np.array([
        problem.linear_minimizer(np.array([-np.cos(turn), -np.sin(turn)])) for turn in turns
    ])  # fmt: skip
    apart = 1e-9 * (1.0 + np.abs(found).max())
    atoms = found[np.linalg.norm(found - np.roll(found, 1, axis=0), axis=1) > apart]
    return atoms if 0 < len(atoms) <= MOST_CORNERS else found[::8]


def has_corners(rim: np.ndarray) -> bool:
    """Whether the points of a rim are the corners of a polytope."""
    return len(rim) <= MOST_CORNERS


def make_field(problem: Any, extent: tuple[float, float, float, float], levels: Any) -> Field:
    """Evaluate the problem on a grid and place the contour bands."""
    left, right, bottom, top = (float(v) for v in extent)
    ratio = np.clip((right - left) / (top - bottom), 0.8, 1.6)
    rows = round((COLUMNS - 1) / ratio) + 1
    with np.errstate(all="ignore"):
        values = np.array([[problem.value(np.array([a, b]))
                            for a in np.linspace(left, right, COLUMNS)]
                           for b in np.linspace(bottom, top, rows)])  # fmt: skip
    finite = np.isfinite(values)
    if not finite.any():
        raise ValueError(f"f is finite nowhere in the window {extent}; pass extent=")
    position, bands = _bands(values, finite, levels)
    heights = np.full(values.shape, OUTSIDE, dtype=np.uint16)
    heights[finite] = np.round(position[finite] / bands * TOP).astype(np.uint16)
    return Field((left, right, bottom, top), heights, bands, _minimizer(problem))


def _bands(values: np.ndarray, finite: np.ndarray, levels: Any) -> tuple[np.ndarray, int]:
    if np.ndim(levels) == 0:
        bands = int(levels)
        if bands < 2:
            raise ValueError(f"levels= needs at least 2 bands, got {levels}")
        lowest, highest = values[finite].min(), values[finite].max()
        share = np.where(finite, values - lowest, 0.0) / max(highest - lowest, 1e-300)
        # A power that puts the median height in the middle band shows a narrow valley and a
        # round bowl equally well; a quadratic gets nearly equidistant ellipses.
        middle = np.clip(np.median(share[finite]), 1e-9, 0.9)
        power = np.clip(np.log(0.5) / np.log(middle), 0.12, 1.0)
        return share**power * bands, bands
    values_at = np.asarray(levels, dtype=float)
    if values_at.ndim != 1 or len(values_at) < 2 or not np.all(np.diff(values_at) > 0):
        raise ValueError("levels= is a number of bands or an increasing list of values")
    bands = len(values_at) + 1
    edges = np.concatenate(([min(values[finite].min(), values_at[0] - 1e-9)], values_at,
                            [max(values[finite].max(), values_at[-1] + 1e-9)]))  # fmt: skip
    return np.interp(values, edges, np.arange(bands + 1)), bands


def _minimizer(problem: Any) -> tuple[float, float] | None:
    minimizer = getattr(problem, "minimizer", None)
    if minimizer is None:
        return None
    return float(minimizer[0]), float(minimizer[1])
