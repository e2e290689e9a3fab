"""What a built page holds, read from its HTML without a browser."""

from __future__ import annotations

import base64
import html
import json
import re
from pathlib import Path

import numpy as np

STATE = re.compile(
    r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>', re.DOTALL
)


def figures(page: Path) -> dict[str, dict]:
    """Return the saved figures of a page: their state by model id, buffers decoded."""
    found = {}
    for text in STATE.findall(page.read_text(encoding="utf-8")):
        for model, entry in json.loads(html.unescape(text))["state"].items():
            if entry["model_module"] != "anywidget" or "scene" not in entry["state"]:
                continue
            state = dict(entry["state"])
            for buffer in entry["buffers"]:
                state[buffer["path"][0]] = base64.b64decode(buffer["data"])
            found[model] = state
    return found


def runs(state: dict, variant: int) -> list[dict]:
    """Return the runs of one value of the second slider, with their columns as arrays."""
    numbers = np.frombuffer(state["data"], dtype="<f4")
    columns = ("clock", "measured", "path", "bound")
    return [
        run | {name: None if run[name] is None else numbers[run[name][0] :][: run[name][1]]
               for name in columns}
        for run in state["scene"]["variants"][variant]["runs"]
    ]  # fmt: skip


def moments(state: dict) -> np.ndarray:
    """Return the positions of the slider: every moment at which some run has a row."""
    variants = range(len(state["scene"]["variants"]))
    return np.unique(np.concatenate([run["clock"] for v in variants for run in runs(state, v)]))


def rows_at(state: dict, variant: int, position: int) -> list[list[str]]:
    """Return what the figure's table must say: clock, measured number and state of each run."""
    moment = moments(state)[position]
    table = []
    for run in runs(state, variant):
        row = int(np.searchsorted(run["clock"], moment, side="right")) - 1
        ended = row == len(run["clock"]) - 1
        clock, state = str(int(run["clock"][row])), run["status"] if ended else "running"
        table.append([clock, number(run["measured"][row]), state])
    return table


def number(value: float) -> str:
    """Return a number as the page writes it."""
    if value == 0:
        return "0"
    if not np.isfinite(value):
        return "\N{EN DASH}" if np.isnan(value) else "\N{INFINITY}"
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa}e{int(exponent):+d}"
