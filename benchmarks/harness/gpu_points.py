"""Transport between a hundred thousand points: ``python -m benchmarks.harness.gpu_points``.

No cost is stored. How the time of a round grows, and a run that starts from a coarse one; kept in
``results/gpu_pictures``. On the processor, one thread.
"""

from __future__ import annotations

import datetime
import json
import time
from typing import Any

import numpy as np

from benchmarks.harness import machine
from benchmarks.harness.gpu_pictures import STORE

SIZES = (1000, 2000, 5000, 10_000, 20_000)
MANY, FEW, SHOWN = 100_000, 5000, 20_000
WIDTH = 0.02
"""The regularization, in a square of side 2."""
ROUNDS = 3
SCALE = 12_000
"""Coordinates are stored as whole numbers of this part of 1."""


def square(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n points of the square [-1, 1]^2."""
    return rng.uniform(-1, 1, (n, 2))


def flower(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n points of a flower with five petals."""
    angle = rng.uniform(0, 2 * np.pi, 8 * n)
    radius = 1.25 * np.sqrt(rng.uniform(0, 1, 8 * n))
    inside = radius < 1.25 * (0.45 + 0.55 * np.cos(2.5 * angle) ** 2)
    return (radius * [np.cos(angle), np.sin(angle)]).T[inside][:n]


def clouds(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sources, targets, and the mass of each."""
    rng = np.random.default_rng(n)
    return square(n, rng), flower(n, rng), np.full(n, 1 / n)


def row_error(a: np.ndarray, f: np.ndarray, new: np.ndarray) -> float:
    """Return |P 1 - a| at potentials f, from the next ones: P 1 = a exp((f - new) / t)."""
    return float(np.abs(a * np.expm1((f - new) / WIDTH)).sum())


def growth() -> list[dict[str, float]]:
    """Return the processor seconds of a round, the best of some, by the number of points."""
    import optedu as oe

    rows = []
    for n in SIZES:
        X, Y, a = clouds(n)
        problem = oe.problems.PointCloudTransport(X, Y, a, a, WIDTH)
        x, seconds = np.zeros(2 * n), np.inf
        for _ in range(3):
            began = time.process_time()
            x = problem.soft_transform(2, x, WIDTH)
            seconds = min(seconds, time.process_time() - began)
        rows.append({"n": n, "seconds": seconds})
        print(rows[-1], flush=True)
    return rows


def coarse_start(X: np.ndarray, Y: np.ndarray, a: np.ndarray) -> tuple[np.ndarray, int]:
    """Return potentials at all points from those of a few, and the steps that these took."""
    import optedu as oe

    cloud, n, m, t = oe.problems.PointCloudTransport, len(X), FEW, WIDTH
    few = np.full(m, 1 / m)
    run = oe.run(oe.Sinkhorn(), cloud(X[:m], Y[:m], few, few, t), tol=1e-4, max_iter=300)
    f, g = run.x[:m], run.x[m:]
    over_x = cloud(X, Y[:m], a, few, t).soft_transform(0, np.append(np.zeros(n), g), t)
    over_y = cloud(X[:m], Y, few, a, t).soft_transform(1, np.append(f, np.zeros(n)), t)
    return np.append(over_x[:n], over_y[m:]), int(run.iterations[-1])


def many() -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the run between many points, and where it sends some of them."""
    import optedu as oe

    X, Y, a = clouds(MANY)
    problem = oe.problems.PointCloudTransport(X, Y, a, a, WIDTH)
    began = time.process_time()
    x, coarse = coarse_start(X, Y, a)
    rows = [{"seconds": time.process_time() - began}]
    for _ in range(ROUNDS):
        began = time.process_time()
        new = problem.soft_transform(2, x, WIDTH)
        rows[-1]["error"] = row_error(a, x[:MANY], new[:MANY])
        print(rows[-1], flush=True)
        x = new
        rows.append({"seconds": time.process_time() - began})
    some = oe.problems.PointCloudTransport(X[:SHOWN], Y, np.full(SHOWN, 1 / SHOWN), a, WIDTH)
    x = np.append(x[:SHOWN], x[MANY:])
    sums = some.gradient(x)[:SHOWN] + 1 / SHOWN
    means = []
    for k in range(2):
        v = np.append(np.zeros(SHOWN), Y[:, k])
        means.append(WIDTH * some.hessian_product(x, v)[:SHOWN] / sums)
    arrays = {"X": X[:SHOWN], "T": np.column_stack(means)}
    stored = {name: np.rint(SCALE * v).astype(np.int16) for name, v in arrays.items()}
    return {"n": MANY, "coarse_n": FEW, "coarse_steps": coarse, "rounds": rows}, stored


def read() -> dict[str, Any]:
    """Return what was measured, with the arrays X and T: points and where they go."""
    found = json.loads((STORE / "points.json").read_text(encoding="utf-8"))
    with np.load(STORE / "points.npz") as stored:
        return found | {name: stored[name] / SCALE for name in stored.files}


def main() -> None:
    """Measure, and store."""
    run, arrays = many()
    found = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "kind": "processor",
        "device": machine.describe()["processor"],
        "load": machine.load(),
        "regularization": WIDTH,
        "growth": growth(),
        "run": run,
    }
    STORE.mkdir(parents=True, exist_ok=True)
    (STORE / "points.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    np.savez_compressed(STORE / "points.npz", **arrays)


if __name__ == "__main__":
    main()
