"""A million runs in a picture: ``python -m benchmarks.harness.gpu_pictures [name ...]``.

Each picture is a sweep in which every run has a thread of its own, made some rows at a time and
stored as bytes in ``results/gpu_pictures`` with the name of the device that made it: with
``--device cuda`` the first GPU, else the processor, which rehearses the GPU's kernel run by run.
"""

from __future__ import annotations

import argparse
import datetime
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import machine
from benchmarks.harness.results import FOLDER

STORE = FOLDER / "gpu_pictures"
SIDE = 1024
SMALLER = {"momentum": 512, "wells": 512, "descent": 256, "ball": 256}
"""Cells of a side; fewer where a processor must make them, and each run is long."""

ROWS = 64
LOST, AWAY = 254, 255
"""What `ends` says where a run reached none of the limits, and where it left."""

WINDOW = (-1.6, 1.6, -1.6, 1.6)
HILLS = (-5.0, 5.0, -5.0, 5.0)
CURVATURES = (0.05, 1.0)
STEP_RANGE, MOMENTUM_RANGE = (0.0, 4.0), (0.0, 1.0)
WELL_STEPS, WELL_STARTS = (0.0, 1.25), (0.0, 2.5)


def middles(low: float, high: float, count: int = SIDE) -> np.ndarray:
    """Return the middles of equal cells of an interval."""
    return low + (high - low) * (np.arange(count) + 0.5) / count


def grid(window: tuple[float, ...], side: int = SIDE) -> np.ndarray:
    """Return the middles of the cells of a window, row by row from below, shape (side, side, 2)."""
    left, right, bottom, top = window
    across, up = np.meshgrid(middles(left, right, side), middles(bottom, top, side))
    return np.stack((across, up), axis=-1)


def limits_of(sweep: Any, limits: np.ndarray, near: float = 1e-3) -> np.ndarray:
    """Return the number of the limit that each run reached, `LOST` or `AWAY`."""
    x, statuses = sweep.x.reshape(-1, sweep.x.shape[-1]), sweep.statuses.ravel()
    apart = np.linalg.norm(x[:, None] - limits, axis=2)
    with np.errstate(invalid="ignore"):
        reached = np.where(np.nanmin(apart, axis=1) < near, np.argmin(apart, axis=1), LOST)
    reached[statuses != "converged"] = LOST
    reached[(statuses == "diverged") | (statuses == "nonfinite")] = AWAY
    return reached.astype(np.uint8)


def basins(method: Any, problem: Any, window: Any, limits: Any, steps: int, tol: float) -> Any:
    """Return the function that sweeps over starts: device and side to `ends` and `steps`.

    Steps above 255 are `coded`.
    """
    field, value = next(iter(method._asdict().items()))
    others = {name: v for name, v in method._asdict().items() if name != field}

    def sweep(device: str, side: int) -> dict[str, np.ndarray]:
        import optedu as oe

        ends, taken = [], []
        for rows in np.array_split(grid(window, side), max(1, side // ROWS)):
            found = oe.sweep(
                type(method), problem=problem, starts=rows.reshape(-1, 2), device=device,
                max_iter=steps, tol=tol, **{field: [value]}, **others,
            )  # fmt: skip
            ends.append(limits_of(found, limits))
            counts = found.iterations.ravel()
            taken.append(coded(counts) if steps > 255 else counts.astype(np.uint8))
        shape = (side, side)
        return {
            "ends": np.concatenate(ends).reshape(shape),
            "steps": np.concatenate(taken).reshape(shape),
        }

    return sweep


def newton() -> Any:
    """Return Newton's method for z^3 = 1, from a million starts."""
    import optedu as oe

    problem = oe.problems.RootsOfUnity(3)
    return basins(oe.NewtonMethod(), problem, WINDOW, problem.roots, 200, 1e-9)


def descent() -> Any:
    """Return gradient descent with a long step on Himmelblau's function."""
    import optedu as oe

    problem = oe.problems.Himmelblau()
    return basins(oe.GradientDescent(0.0148), problem, HILLS, problem.minimizers, 1000, 1e-6)


def ball() -> Any:
    """Return the heavy ball on Himmelblau's function."""
    import optedu as oe

    problem = oe.problems.Himmelblau()
    return basins(oe.HeavyBall(0.01, 0.9), problem, HILLS, problem.minimizers, 1000, 1e-6)


def momentum() -> Any:
    """Return the sweep over step sizes (upwards) and momenta (across), on a quadratic."""

    def sweep(device: str, side: int) -> dict[str, np.ndarray]:
        import optedu as oe

        problem = oe.problems.Quadratic(np.diag(CURVATURES), np.zeros(2))
        start = 1 / np.array(CURVATURES)  # both parts of the gradient are 1
        taken = []
        steps, momenta = middles(*STEP_RANGE, side), middles(*MOMENTUM_RANGE, side)
        for rows in np.array_split(steps, max(1, side // ROWS)):
            found = oe.sweep(
                oe.HeavyBall, problem=problem, starts=start, device=device, max_iter=1000,
                tol=1e-6, step_size=rows, momentum=momenta,
            )  # fmt: skip
            at = np.where(found.statuses == "converged", found.iterations, 2000).reshape(-1, side)
            taken.append(coded(at))
        return {"steps": np.concatenate(taken)}

    return sweep


def coded(steps: np.ndarray) -> np.ndarray:
    """Return counts as bytes, 36 to an octave, 255 above a thousand."""
    code = np.rint(CODE * np.log2(np.maximum(steps, 8) / 8))
    return np.where(steps > 1000, 255, code).astype(np.uint8)


CODE = 36


def decoded(code: np.ndarray) -> np.ndarray:
    """Return the counts that `coded` stored, to 1%; NaN for those above a thousand."""
    return np.where(code == 255, np.nan, 8 * 2 ** (code / CODE))


def wells() -> Any:
    """Return gradient descent between two wells, over step sizes (across) and starts (upwards)."""

    def sweep(device: str, side: int) -> dict[str, np.ndarray]:
        import optedu as oe

        problem = oe.problems.DoubleWell()
        starts = np.column_stack((np.zeros(side), middles(*WELL_STARTS, side)))
        ends, taken = [], []
        for columns in np.array_split(middles(*WELL_STEPS, side), max(1, side // ROWS)):
            found = oe.sweep(
                oe.GradientDescent, problem=problem, starts=starts, device=device, max_iter=500,
                tol=1e-6, step_size=columns,
            )  # fmt: skip
            ends.append(limits_of(found, problem.minimizers).reshape(-1, side))
            taken.append(np.minimum(found.iterations, 255).astype(np.uint8))
        return {"ends": np.concatenate(ends).T, "steps": np.concatenate(taken).T}

    return sweep


PICTURES: dict[str, Callable[[], Any]] = {
    "newton": newton, "descent": descent, "ball": ball, "momentum": momentum, "wells": wells,
}  # fmt: skip


def place(device: str) -> str:
    """Return the device's name."""
    if device == "rehearsal":
        return machine.describe()["processor"]
    from optedu.cuda.device import driver

    cuda = driver()
    return cuda.cuDeviceGetName(128, cuda.cuDeviceGet(0)[1])[1].decode().strip("\0 ")


def about(device: str, seconds: float) -> dict[str, Any]:
    """Return what is stored beside a picture."""
    return {
        "device": place(device),
        "kind": "processor" if device == "rehearsal" else "gpu",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "seconds": round(seconds, 1),
    }


def read(name: str, folder: Path = STORE) -> dict[str, Any]:
    """Return the stored arrays of a picture, and ``about``."""
    with np.load(folder / f"{name}.npz") as stored:
        found = {key: stored[key] for key in stored.files}
    return found | {"about": json.loads(str(found["about"]))}


def made_by(found: dict[str, Any]) -> str:
    """Return the line under a picture: which device made it, and when."""
    said = found["about"]
    kernel = "the GPU's kernel, rehearsed on a processor" if said["kind"] == "processor" else "GPU"
    return f"{kernel}: {said['device']}, {said['date']}"


def write(name: str, device: str, folder: Path = STORE) -> None:
    """Make a picture and store it."""
    sweep = PICTURES[name]()
    began = time.perf_counter()
    side = SIDE if device == "cuda" else SMALLER.get(name, SIDE)
    arrays = sweep(device, side)
    said = about(device, time.perf_counter() - began)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / f"{name}.npz", about=json.dumps(said), **arrays)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.harness.gpu_pictures")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(PICTURES)}")
    parser.add_argument("--device", choices=["cuda", "rehearsal"], default="rehearsal")
    options = parser.parse_args()
    for name in options.names or PICTURES:
        print(name, flush=True)
        write(name, options.device)


if __name__ == "__main__":
    main()
