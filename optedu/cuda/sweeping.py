"""A sweep on a GPU: the same ends as on a processor, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from optedu import protocol
from optedu.compiling import CompilationError
from optedu.cuda import jobs
from optedu.cuda.assemble import OLDEST
from optedu.cuda.columns import methods_of
from optedu.cuda.device import GPU
from optedu.cuda.rehearsal import Rehearsal
from optedu.cuda.runs import Batch, Ends, Methods, ends_of, read_methods
from optedu.running.grid import Grid
from optedu.running.run import check_budget, prepare, read_start

PLACES = {"cuda": (GPU, OLDEST), "rehearsal": (Rehearsal, jobs.HOST)}


def grid_ends(device: str, problem: Any, grid: Grid, seed: int, max_iter: int, tol: float) -> Ends:
    """Return the ends of all runs of a grid.

    Parameters
    ----------
    device : {"cuda", "rehearsal"}
        The first GPU; or its kernel on this processor, which is for tests.
    problem : problem
        Registered.
    grid : Grid
    seed : int
        Run number i uses the seed sequence ``(seed, i)``.
    max_iter, tol
        As in `optedu.run`.

    Returns
    -------
    Ends
        With the code `optedu.cuda.runs.RAISED` for a run that raised: Python will say what.

    Raises
    ------
    ValueError
        If a limit is none.
    Unavailable
        If there is no GPU.
    CompilationError
        If the pair has no kernel.
    """
    require_a_class(problem)
    check_budget(max_iter, tol)
    methods = methods_of(grid, problem)
    if methods is None:
        ready = [prepare(method, problem) for method in grid.methods]
        which = np.repeat(np.arange(len(ready)), len(grid.starts))
        leaves = [leaf._replace(which=which) for leaf in read_methods(ready).leaves]
        methods = Methods(ready[0], len(grid), leaves)
    read_start(grid.starts[0], problem)
    starts = np.broadcast_to(grid.starts, (*grid.sizes, *grid.starts.shape))
    starts = starts.reshape(len(grid), *grid.starts.shape[1:])
    return _ends(device, problem, methods, starts, seed, max_iter, tol)


def sweep_ends(
    device: str,
    problem: Any,
    pairs: Sequence[tuple[Any, np.ndarray]],
    seed: int,
    max_iter: int,
    tol: float,
) -> list[tuple[Any, ...] | None]:
    """Return the ends of (method, start) pairs: status, steps, value, certificate and x of each.

    Parameters
    ----------
    device, problem, seed, max_iter, tol
        As in `grid_ends`.
    pairs : sequence of (method, numpy.ndarray)
        Methods of one class.

    Returns
    -------
    list
        None for a run that raised.

    Raises
    ------
    ValueError, Unavailable, CompilationError
        As in `grid_ends`.
    """
    require_a_class(problem)
    check_budget(max_iter, tol)
    distinct = {id(method): method for method, _ in pairs}
    ready = {key: prepare(method, problem) for key, method in distinct.items()}
    methods = read_methods([ready[id(method)] for method, _ in pairs])
    starts = np.array([read_start(start, problem) for _, start in pairs])
    ends = _ends(device, problem, methods, starts, seed, max_iter, tol)
    return [None if end.status is None else (end.status.value, *end[1:]) for end in ends]


def require_a_class(problem: Any) -> None:
    """Refuse a problem that cannot be compiled."""
    if type(problem) not in protocol.classes:
        raise CompilationError(
            f"{type(problem).__name__} is made of plain Python functions and runs in Python only; "
            "write it as a NamedTuple with @problem to compile it"
        )


def _ends(
    device: str, problem: Any, methods: Methods, starts: np.ndarray, seed: int, steps: int,
    tol: float,
) -> Ends:  # fmt: skip
    streams = None
    if type(methods.first).takes_rng:
        streams = [np.random.default_rng((seed, i)) for i in range(methods.runs)]
    place_of, target = PLACES[device]
    kernel = jobs.kernel_of(methods.first, problem, starts.ndim - 1, target)
    batch = Batch(kernel, problem, methods, starts, streams, int(steps), float(tol))
    place = place_of(kernel)
    try:
        return ends_of(place, batch)
    finally:
        place.close()
