"""How the time of a step grows with the size of the data: ``python -m benchmarks.harness.growth``.

One size is changed at a time, the others stay. Stored like a race, in ``results/growth``.
"""

from __future__ import annotations

import datetime
import json
import time
from typing import Any

import numpy as np

from benchmarks.harness import machine
from benchmarks.harness.convex_networks import convex_relu, random_network
from benchmarks.harness.results import FOLDER

PATH = FOLDER / "growth" / "convex_networks.json"
BASE = {"n": 1000, "d": 20, "P": 200}
SIZES = {
    "n": (125, 250, 500, 1000, 2000),
    "d": (5, 10, 20, 40, 80),
    "P": (25, 50, 100, 200, 400, 800),
}
STEPS, REPEATS = 10, 3


def flops(n: int, d: int, P: int) -> int:
    """Return the multiplications and additions of a step, as its docstring states them.

    G, G', F and F'; two products with a d x d matrix, two with an n x n one.
    """
    return 12 * n * P * d + 8 * P * d * d + 4 * n * n


def seconds_per_step(n: int, d: int, P: int) -> float:
    """Return processor seconds of a step of ADMM, the best of some repeats."""
    import optedu as oe

    problem = convex_relu(random_network(n, d, P, exact=False)())
    method = oe.ConvexNetworkADMM(balance=0)
    prepared = method.resolve(problem)
    state = prepared.init(problem, problem.start)
    best = np.inf
    for _ in range(REPEATS):
        began = time.process_time()
        for _ in range(STEPS):
            state = prepared.step(problem, state)
        best = min(best, (time.process_time() - began) / STEPS)
    return best


def measure() -> dict[str, Any]:
    """Return seconds by what is changed."""
    return {
        "base": BASE,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine.describe(),
        "rate": _rate(),
        "series": {
            name: [
                {name: size, "seconds": seconds_per_step(**(BASE | {name: size}))}
                for size in SIZES[name]
            ]
            for name in SIZES
        },
    }


def _rate() -> float:
    from benchmarks.harness.limits import calibrate

    return calibrate(10**7).flops


def read() -> dict[str, Any]:
    """Return what was measured."""
    return json.loads(PATH.read_text(encoding="utf-8"))


def slope(found: dict[str, Any], name: str) -> float:
    """Return the exponent with which the time grew over the last factor of four."""
    rows = found["series"][name][-3:]
    sizes, times = ([row[key] for row in rows] for key in (name, "seconds"))
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def show(found: dict[str, Any]) -> Any:
    """Return the picture: a panel for each size, with the flops at the rate of a product."""
    import matplotlib.pyplot as plt

    from optedu import figures

    words = {"n": "observations n", "d": "variables d", "P": "patterns P"}
    figure, panels = plt.subplots(1, 3, figsize=(8.4, 3.2), sharey=True, layout="constrained")
    for axes, (name, rows) in zip(panels, found["series"].items(), strict=True):
        sizes = np.array([row[name] for row in rows])
        stated = [flops(**(found["base"] | {name: size})) / found["rate"] for size in sizes]
        axes.loglog(sizes, [row["seconds"] for row in rows], "o-", color="C0", label="a step")
        axes.loglog(sizes, stated, "--", color="0.3", label="its flops, as one matrix product")
        axes.set_xlabel(words[name])
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.minorticks_off()
        axes.grid(alpha=0.25)
    panels[0].set_ylabel("processor seconds")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2, frameon=False)
    slopes = ", ".join(f"{slope(found, name):.1f} in {name}" for name in found["series"])
    return figures.show(
        figure,
        alt="Seconds of a step of ADMM on logarithmic axes as n, d and P grow, each beside the "
        f"time of its flops at the rate of a matrix product. The last slopes are {slopes}.",
    )


if __name__ == "__main__":
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text(json.dumps(measure(), indent=1) + "\n", encoding="utf-8")
