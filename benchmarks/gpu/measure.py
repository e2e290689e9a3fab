"""Rates of the device, times of the cases, and the files that they are stored in."""

from __future__ import annotations

import datetime
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gpu import peers
from benchmarks.gpu.cases import CASES, THREADS, TINY, Case
from benchmarks.harness import machine
from benchmarks.harness.limits import Rates, limit
from benchmarks.harness.results import FOLDER, faults
from optedu.cuda.places import lives_on_a_device, place_of
from optedu.cuda.portable import portable_kernel

RESULTS = FOLDER / "gpu"
REPEATS, CALLS, WARM = 7, 5, 10
KINDS = {"float32": np.float32, "float64": np.float64}

OPTIONAL = (int, float, type(None))
FIELDS: dict[str, Any] = {
    "name": str,
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
    "precisions": [
        {
            "kind": str,
            "rates": {"flops": float, "bytes": float, "exps": float},
            "rows": [
                {
                    "size": int,
                    "seconds": float,
                    "all_seconds": [float],
                    "limit": float,
                    "bound": str,
                    "share_of_limit": float,
                    "cpu_seconds": OPTIONAL,
                    "over_cpu": OPTIONAL,
                    "torch_seconds": OPTIONAL,
                    "over_torch": OPTIONAL,
                    "share_of_memory": float,
                }
            ],
        }
    ],
    "notes": list,
}


@portable_kernel
def copied(i, x, out):
    """Move a number: the rate of bytes."""
    out[i] = x[i]


@portable_kernel
def multiplied(i, x, times, out):
    """Multiply and add, eight flops a time in four chains: the rate of flops."""
    a = x[i]
    b, c, d = a + a, a * a, a - a
    for _ in range(times):
        a, b, c, d = a * x[0] + x[1], b * x[0] + x[1], c * x[0] + x[1], d * x[0] + x[1]
    out[i] = a + b + c + d


@portable_kernel
def exponentiated(i, x, times, out):
    """Take exponentials, two a time in two chains: the rate of exp as compiled."""
    a = x[i]
    b = a + a
    for _ in range(times):
        a, b = math.exp(-a), math.exp(-b)
    out[i] = a + b


def rates(place: Any, kind: Any, size: int, times: int) -> Rates:
    """Return what the device does in a second, measured by kernels that do nothing else."""
    x, out = place.put(np.full(size, 0.5, kind)), place.empty(size, kind)

    def best(kernel, *more):
        def work():
            kernel.launch(place, size, x, *more, out)

        work()
        place.wait()
        return min(place.seconds(work) for _ in range(REPEATS))

    return Rates(
        flops=8.0 * size * times / best(multiplied, times),
        bytes=2.0 * x.nbytes / best(copied),
        exps=2.0 * size * times / best(exponentiated, times),
    )


def seconds_of(
    place: Any, case: Case, arrays: dict[str, Any], device: str, calls: int
) -> list[float]:
    """Return the seconds of one computation: what `calls` more of them add, so without set-up.

    Sinkhorn's first rounds look for their largest exponents, later ones know them: ten come before.
    """
    before = WARM if device == "cuda" else 1
    case.call(arrays, device, before)
    place.wait()
    found = []
    for _ in range(REPEATS):
        few = place.seconds(lambda: case.call(arrays, device, before))
        many = place.seconds(lambda: case.call(arrays, device, before + calls))
        found.append(max((many - few) / calls, 1e-9))
    return found


def on_the_cpu(case: Case, arrays: dict[str, np.ndarray]) -> float:
    """Return our seconds on the CPU, the better of two."""
    found = []
    for _ in range(2):
        began = time.perf_counter()
        if case.cpu is not None:
            case.cpu(arrays)
        else:
            case.call(arrays, "cpu", 1)
        found.append(time.perf_counter() - began)
    return min(found)


def in_torch(place: Any, name: str, arrays: dict[str, Any]) -> float | None:
    """Return PyTorch's seconds on the same arrays, or None where it has too little memory."""
    import torch

    try:
        call = peers.torch_call(name, arrays)
        call()
        torch.cuda.synchronize()
        found = [place.seconds(call) for _ in range(REPEATS)]
    except torch.cuda.OutOfMemoryError:
        return None
    finally:
        torch.cuda.empty_cache()
    return float(np.median(found))


def row(place: Any, name: str, size: int, kind: Any, found: Rates, device: str) -> dict[str, Any]:
    """Measure one size."""
    case, real = CASES[name], device == "cuda"
    host = case.data(size, kind)
    there = {key: place.put(array) for key, array in host.items()}
    assert all(lives_on_a_device(array) for array in there.values())
    every = seconds_of(place, case, there, device, CALLS if real else 1)
    seconds, work = float(np.median(every)), case.work(size, np.dtype(kind).itemsize)
    parts = {"flops": work.flops / found.flops, "bandwidth": work.bytes / found.bytes,
             "exponentials": work.exps / found.exps}  # fmt: skip
    cpu = on_the_cpu(case, host) if size <= case.cpu_limit else None
    torch = in_torch(place, name, there) if real and peers.missing() is None else None
    least = limit(work, found)
    return {
        "size": size,
        "seconds": seconds,
        "all_seconds": every,
        "limit": least,
        "bound": max(parts, key=lambda key: parts[key]),
        "share_of_limit": least / seconds,
        "share_of_memory": sum(a.nbytes for a in there.values()) / max(place.room(), 1),
        "cpu_seconds": cpu,
        "over_cpu": None if cpu is None else cpu / seconds,
        "torch_seconds": torch,
        "over_torch": None if torch is None else torch / seconds,
    }


def measure(name: str, device: str = "cuda", sizes: tuple[int, ...] = ()) -> dict[str, Any]:
    """Return the result of a case, in both precisions.

    Parameters
    ----------
    name : str
        Of `CASES`.
    device : {"cuda", "simulator"}
        The simulator rehearses: its numbers mean nothing.
    sizes : tuple of int, optional
        Instead of the case's own; those that do not fit into memory are left out, with a note.
    """
    place, case, precisions = place_of(device), CASES[name], []
    notes = [f"the CPU has {THREADS} threads, and is given at most size {case.cpu_limit}"]
    if (said := peers.missing()) is not None:
        notes.append(said)
    for kind in KINDS.values():
        found = rates(place, kind, *((1 << 27, 2_000) if device == "cuda" else (64, 2)))
        rows = []
        for size in sizes or (case.sizes if device == "cuda" else TINY.get(name, (5,))):
            try:
                rows.append(row(place, name, size, kind, found, device))
            except MemoryError as error:
                notes.append(f"size {size} in {np.dtype(kind)} is left out: {error}")
        precisions.append({"kind": np.dtype(kind).name, "rates": found._asdict(), "rows": rows})
    return {
        "name": name,
        "title": case.title,
        "device": place.name(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine.describe(),
        "versions": machine.versions([]),
        "threads": THREADS,
        "precisions": precisions,
        "notes": notes,
    }


def write(result: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Store a result.

    Raises
    ------
    ValueError
        If it is not as `FIELDS` says.
    """
    if odd := faults(result, FIELDS):
        raise ValueError("; ".join(odd))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result['name']}.json"
    path.write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return path


def told(result: dict[str, Any]) -> str:
    """Return a result as lines of text."""
    lines = [f"{result['name']}: {result['title']}, on {result['device']}"]
    for precision in result["precisions"]:
        for r in precision["rows"]:
            cpu = "" if r["over_cpu"] is None else f", CPU {r['over_cpu']:.1f} times"
            torch = "" if r["over_torch"] is None else f", PyTorch {r['over_torch']:.2f} times"
            lines.append(
                f"  {precision['kind']} {r['size']:>9}: {1e3 * r['seconds']:.3f} ms, "
                f"{100 * r['share_of_limit']:.0f} % of the limit ({r['bound']}){cpu}{torch}"
            )
    return "\n".join(lines + [f"  {note}" for note in result["notes"]])
