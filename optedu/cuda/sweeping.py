"""A sweep on a GPU: the same ends as on a processor, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from optedu import protocol
from optedu.compiling import CompilationError
from optedu.cuda import jobs
from optedu.cuda.assemble import OLDEST
from optedu.cuda.device import GPU
from optedu.cuda.rehearsal import Rehearsal
from optedu.cuda.runs import Batch, ends_of
from optedu.running.run import check_budget, prepare, read_start

PLACES = {"cuda": (GPU, OLDEST), "rehearsal": (Rehearsal, jobs.HOST)}


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
    device : {"cuda", "rehearsal"}
        The first GPU; or its kernel on this processor, which is for tests.
    problem : problem
        Registered.
    pairs : sequence of (method, numpy.ndarray)
        Methods of one class.
    seed : int
        Run number i uses the seed sequence ``(seed, i)``.
    max_iter, tol
        As in `optedu.run`.

    Returns
    -------
    list
        None for a run that raised: Python will say what.

    Raises
    ------
    ValueError
        If a limit is none.
    Unavailable
        If there is no GPU.
    CompilationError
        If the pair has no kernel.
    """
    if type(problem) not in protocol.classes:
        raise CompilationError(
            f"{type(problem).__name__} is made of plain Python functions and runs in Python only; "
            "write it as a NamedTuple with @problem to compile it"
        )
    check_budget(max_iter, tol)
    distinct = {id(method): method for method, _ in pairs}
    ready = {key: prepare(method, problem) for key, method in distinct.items()}
    methods = [ready[id(method)] for method, _ in pairs]
    starts = np.array([read_start(start, problem) for _, start in pairs])
    streams = None
    if type(methods[0]).takes_rng:
        streams = [np.random.default_rng((seed, i)) for i in range(len(pairs))]
    place, target = PLACES[device]
    kernel = jobs.kernel_of(methods[0], problem, starts.ndim - 1, target)
    batch = Batch(kernel, problem, methods, starts, streams, int(max_iter), float(tol))
    return [
        None if end.status is None else (end.status.value, *end[1:])
        for end in ends_of(place(kernel), batch)
    ]
