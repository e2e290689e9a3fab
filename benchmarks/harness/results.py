"""Results as they are stored: one JSON file for each benchmark, checked when written and read."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "results"

NUMBER = (int, float)
OPTIONAL = (int, float, type(None))
FIELDS: dict[str, Any] = {
    "name": str,
    "title": str,
    "data": str,
    "date": str,
    "tolerance": float,
    "minimum": float,
    "rounds": int,
    "machine": {
        "processor": str,
        "cores": int,
        "memory_gib": OPTIONAL,
        "system": str,
    },
    "threads": dict,
    "load_at_start": OPTIONAL,
    "versions": dict,
    "rates": {"flops": float, "bytes": float, "exps": float},
    "solvers": [
        {
            "name": str,
            "library": str,
            "reached": bool,
            "own_tolerance": float,
            "gradient_norm": float,
            "gap": float,
            "steps": int,
            "first_wall": float,
            "first_processor": float,
            "wall": [float],
            "processor": [float],
            "minimum": float,
            "median": float,
            "counts": dict,
            "limit": OPTIONAL,
            "over_limit": OPTIONAL,
            "over_best_peer": OPTIONAL,
            "memory_bytes": OPTIONAL,
        }
    ],
}


def faults(value: Any, schema: Any = FIELDS, where: str = "result") -> list[str]:
    """Return what is wrong with a result, in words; empty when nothing is."""
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            return [f"{where} is not an object"]
        odd = [f"{where}.{name} is missing" for name in schema.keys() - value.keys()]
        odd += [f"{where}.{name} is not known" for name in value.keys() - schema.keys()]
        for name in schema.keys() & value.keys():
            odd += faults(value[name], schema[name], f"{where}.{name}")
        return sorted(odd)
    if isinstance(schema, list):
        if not isinstance(value, list) or not value:
            return [f"{where} is not a list of something"]
        return [text for i, v in enumerate(value) for text in faults(v, schema[0], f"{where}[{i}]")]
    if not isinstance(value, schema) or (isinstance(value, bool) and schema is not bool):
        return [f"{where} is {value!r}"]
    if isinstance(value, float) and not math.isfinite(value):
        return [f"{where} is {value!r}"]
    return []


def write(result: dict[str, Any], folder: Path = FOLDER) -> Path:
    """Store a result.

    Raises
    ------
    ValueError
        If it is not as `FIELDS` says.
    """
    if odd := faults(result):
        raise ValueError("; ".join(odd))
    folder.mkdir(exist_ok=True)
    path = folder / f"{result['name']}.json"
    path.write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return path


def read(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """Return a stored result.

    Raises
    ------
    FileNotFoundError
        If the benchmark was never run.
    ValueError
        If it is not as `FIELDS` says.
    """
    path = folder / f"{name}.json"
    if not path.exists():
        raise FileNotFoundError(f"no result of {name}: run make bench ONLY={name}")
    result = json.loads(path.read_text(encoding="utf-8"))
    if odd := faults(result):
        raise ValueError(f"{path.name}: {'; '.join(odd)}")
    return result
