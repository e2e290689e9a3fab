"""Many runs in one call, `oe.sweep` with ``device="cuda"``, against our sweep on the CPU.

The seconds of a call are what its caller waits for: Python's part, which makes the arguments and
reads the ends, is in it. The seconds in the kernel are told beside them, with those of the same
kernel on one core of this machine, run after run.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

import optedu as oe
from benchmarks.gpu.cases import THREADS
from benchmarks.harness.gpu_pictures import HILLS, WINDOW, grid
from optedu.cuda import sweeping

PART = 1 << 16
"""Runs of a call."""

CPU_RUNS, CORE_RUNS, WARM_RUNS = 1024, 4096, 32
"""Runs that the CPU is given, one core with the kernel, and all of them to compile."""

SIDES = (128, 512, 1024)

CPU = {"execution": "compiled"}
"""How the CPU's sweep is called."""


class Sweep(NamedTuple):
    """Runs of one method from the points of a grid.

    Parameters
    ----------
    title : str
    method : type
    values : dict
        One value of a hyperparameter.
    problem : problem
    window : tuple of float
        The starts are the middles of the cells of a grid over it.
    steps : int
        Largest number of steps.
    tol : float
    """

    title: str
    method: Any
    values: dict[str, float]
    problem: Any
    window: tuple[float, ...]
    steps: int
    tol: float

    def starts(self, side: int) -> np.ndarray:
        """Return the starts, shape (side * side, 2)."""
        return grid(self.window, side).reshape(-1, 2)

    def made(self, starts: np.ndarray, device: str, **more: Any) -> Any:
        """Return the runs from some starts."""
        return oe.sweep(
            self.method, problem=self.problem, starts=starts, max_iter=self.steps, tol=self.tol,
            device=device, **{name: [value] for name, value in self.values.items()}, **more,
        )  # fmt: skip


def _newton() -> Sweep:
    title = "Newton's method for z^3 = 1 from each point of a grid"
    method, problem = oe.NewtonMethod, oe.problems.RootsOfUnity(3)
    return Sweep(title, method, {"relaxation": 1.0}, problem, WINDOW, 200, 1e-9)


def _descent() -> Sweep:
    title = "Gradient descent on Himmelblau's function from each point of a grid"
    method, problem = oe.GradientDescent, oe.problems.Himmelblau()
    return Sweep(title, method, {"step_size": 0.0148}, problem, HILLS, 1000, 1e-6)


SWEEPS: dict[str, Callable[[], Sweep]] = {"sweep_newton": _newton, "sweep_descent": _descent}


@contextlib.contextmanager
def launches(device: str) -> Iterator[list[float]]:
    """Yield a list that gets the seconds of every launch of a sweep: memory, kernel, waiting."""
    place, target = sweeping.PLACES[device]
    found: list[float] = []

    class Timed(place):  # type: ignore[misc,valid-type]
        def launch(self, *arguments: Any) -> None:
            began = time.perf_counter()
            super().launch(*arguments)
            found.append(time.perf_counter() - began)

    sweeping.PLACES[device] = Timed, target
    try:
        yield found
    finally:
        sweeping.PLACES[device] = place, target


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    answer = call()
    return time.perf_counter() - began, answer


def _rate(seconds: float, runs: int) -> dict[str, Any]:
    return {"size": runs, "seconds": seconds, "runs_per_second": runs / seconds}


def some(starts: np.ndarray, count: int) -> np.ndarray:
    """Return about so many of the starts, spread over all of them."""
    return starts[:: max(1, len(starts) // count)][:count]


def on_the_cpu(sweep: Sweep, starts: np.ndarray) -> dict[str, Any]:
    """Return the rate of our sweep on two threads of the CPU, compiled before."""
    chosen = some(starts, CPU_RUNS)
    with ThreadPoolExecutor(THREADS) as threads:
        sweep.made(some(chosen, WARM_RUNS), "cpu", executor=threads, **CPU)
        seconds, _ = _timed(lambda: sweep.made(chosen, "cpu", executor=threads, **CPU))
    return _rate(seconds, len(chosen))


def on_a_core(sweep: Sweep, starts: np.ndarray) -> dict[str, Any]:
    """Return the rate of the GPU's kernel on one core, without Python's part."""
    chosen = some(starts, CORE_RUNS)
    with launches("rehearsal") as found:
        sweep.made(some(chosen, WARM_RUNS), "rehearsal")
        found.clear()
        sweep.made(chosen, "rehearsal")
        return _rate(sum(found), len(chosen))


def row(
    sweep: Sweep,
    side: int,
    device: str,
    cpu: dict[str, Any],
    core: dict[str, Any],
    left: Callable[[], float] = lambda: np.inf,
) -> dict[str, Any]:
    """Make the runs of a grid, in parts, until all are made or no time is left.

    Parameters
    ----------
    sweep : Sweep
    side : int
        Points of a side of the grid.
    device : {"cuda", "rehearsal"}
    cpu, core : dict
        The rates to compare with.
    left : callable
        Returns the seconds that are left; one part is made in any case.
    """
    starts, every, steps = sweep.starts(side), [], []
    sweep.made(some(starts, WARM_RUNS), device)
    with launches(device) as kernel:
        for part in np.array_split(starts, -(-len(starts) // PART)):
            if every and left() <= 0:
                break
            seconds, made = _timed(lambda part=part: sweep.made(part, device))
            every.append(seconds)
            steps.append(made.iterations.ravel())
    counts = np.concatenate(steps)
    runs, seconds, inside = counts.size, sum(every), max(sum(kernel), 1e-9)
    return {
        "size": runs,
        "seconds": seconds,
        "all_seconds": every,
        "kernel_seconds": inside,
        "runs_per_second": runs / seconds,
        "steps": float(counts.mean()),
        "over_cpu": runs / seconds / cpu["runs_per_second"],
        "over_core": runs / inside / core["runs_per_second"],
    }
