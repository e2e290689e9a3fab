"""A benchmark, and how it is run."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.harness import limits, machine
from benchmarks.harness.measure import measure, reference, scale_of
from benchmarks.harness.memory import peak_bytes
from benchmarks.harness.race import race, timed, tune
from benchmarks.harness.solvers import Solver


class Benchmark(NamedTuple):
    """What one file in `benchmarks/` declares.

    Parameters
    ----------
    title : str
        One line for the figure.
    data : str
        What was drawn, in words and numbers.
    make : callable
        Returns the objective; always the same one.
    solvers : list of Solver
    tolerance : float
        Largest ||grad f(x)|| / ||grad f(x_0)||, or duality gap over f(x_0), of a point that counts
        as a solution.
    rounds : int
        Warm runs of each solver.
    """

    title: str
    data: str
    make: Callable[[], Any]
    solvers: list[Solver]
    tolerance: float = 1e-8
    rounds: int = 7


def execute(name: str, benchmark: Benchmark, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Run a benchmark and return its result, as `benchmarks.harness.results` stores it.

    Order: first calls, own tolerances, calibration, the race, calibration again, and then what is
    not timed: counts and memory.
    """
    load = machine.load()
    objective = benchmark.make()
    best = reference(objective)
    scale = scale_of(objective)
    target = benchmark.tolerance * scale
    rows, calls = {}, {}
    for solver in benchmark.solvers:
        solve = solver.prepare(objective)
        first, answer = timed(functools.partial(solve, target))
        own, answer, reached = tune(
            solve, lambda found: scale * measure(objective, found.x, best).gradient_norm, target
        )
        measured = measure(objective, answer.x, best)
        calls[solver.name] = functools.partial(solve, own)
        rows[solver.name] = {
            "name": solver.name,
            "library": solver.library,
            "reached": reached,
            "own_tolerance": own,
            "gradient_norm": measured.gradient_norm,
            "gap": measured.gap,
            "first_wall": first.wall,
            "first_processor": first.processor,
        }
        reach = "" if reached else f", only {measured.gradient_norm:.1e}"
        say(f"  {solver.name}: first call {first.processor:.3f} s, {answer.steps} steps{reach}")
    before = limits.calibrate(objective.data_bytes)
    seconds = race(calls, benchmark.rounds)
    rates = limits.better(before, limits.calibrate(objective.data_bytes))
    medians = {
        name: float(np.median([s.processor for s in times])) for name, times in seconds.items()
    }
    peers = [
        medians[row["name"]]
        for row in rows.values()
        if row["library"] != "optedu" and row["reached"]
    ]
    for solver in benchmark.solvers:
        row, times, median = rows[solver.name], seconds[solver.name], medians[solver.name]
        counted = (solver.count or solver.prepare)(objective)(row["own_tolerance"])
        least = limits.least_seconds(counted.counts, objective.works, rates)
        row |= {
            "wall": [s.wall for s in times],
            "processor": [s.processor for s in times],
            "minimum": min(s.processor for s in times),
            "median": median,
            "steps": counted.steps,
            "counts": counted.counts,
            "limit": least or None,
            "over_limit": median / least if least else None,
            "over_best_peer": median / min(peers) if peers else None,
            "memory_bytes": peak_bytes(calls[solver.name]),
        }
        say(f"  {solver.name}: median {median:.4f} s, minimum {row['minimum']:.4f} s")
    libraries = sorted({solver.library for solver in benchmark.solvers})
    return {
        "name": name,
        "title": benchmark.title,
        "data": benchmark.data,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "tolerance": benchmark.tolerance,
        "minimum": objective.value(best),
        "rounds": benchmark.rounds,
        "machine": machine.describe(),
        "threads": machine.threads(),
        "load_at_start": load,
        "versions": machine.versions(libraries),
        "rates": rates._asdict(),
        "solvers": list(rows.values()),
    }
