"""Results of a GPU as they are stored: checked when written and read, told in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness.results import FOLDER
from benchmarks.harness.results import faults as faults_by

RESULTS = FOLDER / "gpu"
OPTIONAL = (int, float, type(None))

HEAD: dict[str, Any] = {
    "name": str,
    "kind": str,
    "title": str,
    "device": str,
    "date": str,
    "machine": {
        "processor": str,
        "cores": int,
        "memory_gib": OPTIONAL,
        "system": str,
    },
    "versions": dict,
    "threads": int,
    "notes": list,
}
KERNEL: dict[str, Any] = HEAD | {
    "precisions": [
        {
            "kind": str,
            "rates": {"flops": float, "bytes": float, "exps": float},
            "exponent": OPTIONAL,
            "rows": [
                {
                    "size": int,
                    "seconds": float,
                    "all_seconds": [float],
                    "limit": float,
                    "bound": str,
                    "share_of_limit": float,
                    "share_of_memory": float,
                    "cpu_seconds": OPTIONAL,
                    "over_cpu": OPTIONAL,
                    "peers": dict,
                }
            ],
        }
    ],
}
PEER = {"seconds": float, "all_seconds": [float], "over": float}
SWEEP: dict[str, Any] = HEAD | {
    "exponent": OPTIONAL,
    "cpu": {"size": int, "seconds": float, "runs_per_second": float},
    "core": {"size": int, "seconds": float, "runs_per_second": float},
    "rows": [
        {
            "size": int,
            "seconds": float,
            "all_seconds": [float],
            "kernel_seconds": float,
            "runs_per_second": float,
            "steps": float,
            "over_cpu": float,
            "over_core": float,
        }
    ],
}
NETWORK: dict[str, Any] = HEAD | {
    "rows": [
        {
            "size": int,
            "observations": int,
            "variables": int,
            "patterns": int,
            "seconds": float,
            "all_seconds": [float],
            "cpu_seconds": OPTIONAL,
            "over_cpu": OPTIONAL,
        }
    ],
}
FIELDS = {"kernel": KERNEL, "sweep": SWEEP, "network": NETWORK}
"""What a result holds, by its kind."""


def faults(result: dict[str, Any]) -> list[str]:
    """Return what is wrong with a result, in words; empty when nothing is."""
    odd = faults_by(result, FIELDS.get(str(result.get("kind")), KERNEL))
    if odd or result["kind"] != "kernel":
        return odd
    return [
        text
        for precision in result["precisions"]
        for row in precision["rows"]
        for name, peer in row["peers"].items()
        for text in faults_by(peer, PEER, f"{name} at {row['size']}")
    ]


def write(result: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Store a result.

    Raises
    ------
    ValueError
        If it is not as `FIELDS` says.
    """
    if odd := faults(result):
        raise ValueError("; ".join(odd))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result['name']}.json"
    path.write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return path


def read(folder: Path = RESULTS) -> dict[str, dict[str, Any]]:
    """Return all stored results by name; none where nobody has had a GPU.

    Raises
    ------
    ValueError
        If one is not as `FIELDS` says.
    """
    found = {}
    for path in sorted(folder.glob("*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        if odd := faults(result):
            raise ValueError(f"{path.name}: {'; '.join(odd)}")
        found[result["name"]] = result
    return found


def exponent(rows: list[dict[str, Any]]) -> float | None:
    """Return the power of the size with which the seconds grow, over the three largest sizes.

    None with fewer than two: the small ones are launches, and would flatten it.
    """
    last = sorted(rows, key=lambda row: row["size"])[-3:]
    if len(last) < 2:
        return None
    sizes, seconds = ([row[key] for row in last] for key in ("size", "seconds"))
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def told(result: dict[str, Any]) -> str:
    """Return a result as lines of text."""
    lines = [f"{result['name']}: {result['title']}, on {result['device']}"]
    lines += {"kernel": _kernel, "sweep": _sweep, "network": _network}[result["kind"]](result)
    return "\n".join(lines + [f"  {note}" for note in result["notes"]])


def _grows(found: dict[str, Any], what: str = "") -> list[str]:
    return [] if found["exponent"] is None else [f"  {what}grows like n^{found['exponent']:.2f}"]


def _kernel(result: dict[str, Any]) -> list[str]:
    lines = []
    for precision in result["precisions"]:
        for row in precision["rows"]:
            beside = {"CPU": row["over_cpu"]} | {k: v["over"] for k, v in row["peers"].items()}
            times = (f", {name} {over:.3g} times" for name, over in beside.items() if over)
            lines.append(
                f"  {precision['kind']} {row['size']:>9}: {1e3 * row['seconds']:.3f} ms, "
                f"{100 * row['share_of_limit']:.0f} % of the limit ({row['bound']})"
                f"{''.join(times)}"
            )
        lines += _grows(precision, f"{precision['kind']} ")
    return lines


def _sweep(result: dict[str, Any]) -> list[str]:
    rows = [
        f"  {row['size']:>9} runs of {row['steps']:.1f} steps: {row['seconds']:.2f} s, in the "
        f"kernel {row['kernel_seconds']:.3f} s; {row['runs_per_second']:.3g} runs a second, "
        f"{row['over_cpu']:.3g} times the CPU's; the kernel makes {row['over_core']:.3g} times as "
        "many as one core"
        for row in result["rows"]
    ]
    return [*rows, *_grows(result)]


def _network(result: dict[str, Any]) -> list[str]:
    return [
        f"  n = {row['observations']}, d = {row['variables']}, P = {row['patterns']}: "
        f"{1e3 * row['seconds']:.3f} ms a step"
        + ("" if row["over_cpu"] is None else f", CPU {row['over_cpu']:.3g} times")
        for row in result["rows"]
    ]
