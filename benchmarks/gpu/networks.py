"""ADMM for convex ReLU networks, whole runs by `oe.run`: seconds of a step on a GPU and on the CPU.

Two runs that differ in nothing but their number of steps differ by the seconds of those steps, so
that what is prepared once (eigenvalues, copies to the device) is not counted.
"""

from __future__ import annotations

import inspect
import time
from typing import Any, NamedTuple

import numpy as np

import optedu as oe
from benchmarks.gpu.cases import THREADS
from benchmarks.gpu.measure import blas_threads
from benchmarks.harness.convex_networks import convex_relu, random_network

NAME = "network_admm"
TITLE = "A step of ADMM for a convex ReLU network"

FEW, GPU_STEPS, CPU_STEPS, TRIES = 2, 100, 5, 3


class Size(NamedTuple):
    """A network's numbers of observations, variables and patterns."""

    observations: int
    variables: int
    patterns: int


SIZES = (Size(1000, 20, 200), Size(1000, 20, 1000), Size(2000, 50, 1000))


def missing() -> str | None:
    """Say why there is nothing to measure, or return None."""
    if "device" not in inspect.signature(oe.run).parameters:
        return "oe.run takes no device"
    return None


def seconds_per_step(problem: Any, device: str, steps: int, tries: int) -> list[float]:
    """Return the seconds that each step adds to a run.

    Parameters
    ----------
    problem : problem
    device : {"cuda", "cpu", "simulator"}
    steps : int
        Steps that are counted, after `FEW`.
    tries : int
    """

    def seconds(count: int) -> float:
        began = time.perf_counter()
        oe.run(
            oe.ConvexNetworkADMM(), problem, device=device, max_iter=count, tol=0.0,
            record_every=count, keep_iterates=False, progress=False,
        )  # fmt: skip
        return time.perf_counter() - began

    seconds(1)
    return [max((seconds(FEW + steps) - seconds(FEW)) / steps, 1e-9) for _ in range(tries)]


def row(size: Size, device: str, with_cpu: bool = True) -> dict[str, Any]:
    """Measure one size."""
    problem = convex_relu(random_network(*size, exact=False)())
    every = seconds_per_step(problem, device, GPU_STEPS, TRIES)
    seconds, cpu = float(np.median(every)), None
    if with_cpu:
        with blas_threads(THREADS):
            (cpu,) = seconds_per_step(problem, "cpu", CPU_STEPS, 1)
    return {
        "size": size.observations * size.patterns,
        **size._asdict(),
        "seconds": seconds,
        "all_seconds": every,
        "cpu_seconds": cpu,
        "over_cpu": None if cpu is None else cpu / seconds,
    }
