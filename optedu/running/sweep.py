"""Many runs of one method: a grid of hyperparameters times several starts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from optedu import compiling
from optedu.protocol import is_method, read_array
from optedu.running.grid import Grid
from optedu.running.run import Execution, run
from optedu.running.site import on_the_host
from optedu.statuses import Status

COMPILE_FROM_STEPS = 1_000_000


@dataclass(frozen=True)
class Sweep:
    """The ends of all runs; arrays have one axis per swept hyperparameter, then the starts.

    Parameters
    ----------
    axes : dict of str to numpy.ndarray
        The swept values, in the order of the array axes.
    starts : numpy.ndarray, shape (s, *x.shape)
    statuses : numpy.ndarray of Status
    iterations : numpy.ndarray of int
        Steps taken.
    values : numpy.ndarray
        f at the returned iterate.
    gradient_norms : numpy.ndarray
        The certificate at the returned iterate.
    x : numpy.ndarray
        The returned iterates; the shape of an iterate comes last.
    """

    axes: dict[str, np.ndarray]
    starts: np.ndarray
    statuses: np.ndarray
    iterations: np.ndarray
    values: np.ndarray
    gradient_norms: np.ndarray
    x: np.ndarray

    def fraction(self, status: Status | str = Status.CONVERGED) -> np.ndarray:
        """Return, for each grid point, the fraction of starts that ended with a status."""
        return np.mean(self.statuses == Status(status), axis=-1)

    def plot(self, ax: Any = None) -> Any:
        """Draw the median number of steps to convergence over one or two hyperparameters.

        Raises
        ------
        ValueError
            If more than two hyperparameters were swept.
        """
        from optedu.running.plotting import plot_sweep

        return plot_sweep(self, ax=ax)


def sweep(
    method_type: Any,
    *,
    problem: Any,
    starts: Any = None,
    max_iter: int = 1000,
    tol: float = 1e-6,
    seed: int = 0,
    execution: Execution = "auto",
    executor: Executor | None = None,
    device: Literal["cpu", "cuda", "auto"] = "cpu",
    **hyperparameters: Any,
) -> Sweep:
    """Run a method at every point of a grid of hyperparameters, from every start.

    Parameters
    ----------
    method_type : type
        The method's class.
    problem : problem
    starts : array_like, shape (s, *x.shape) or x.shape, optional
        One start or several; by default ``problem.start``.
    max_iter, tol
        As in `run`.
    seed : int
        Run number i of the flattened grid uses the seed sequence ``(seed, i)``.
    execution : {"auto", "python", "compiled"}
        ``"auto"`` compiles when all runs together may take `COMPILE_FROM_STEPS` steps.
    executor : concurrent.futures.Executor, optional
        Who does the work: a process pool, loky, Dask... By default threads, one per core.
    device : {"cpu", "cuda", "auto"}
        ``"cuda"`` makes the runs on the first GPU, one per thread, from the same source;
        ``"auto"`` does so when there is one, the pair compiles and all runs together may take
        `COMPILE_FROM_STEPS` steps. A run that raises there is made again in Python. Data and
        starts that live on a GPU are copied first: the kernel wants them in pieces of its own.
    **hyperparameters
        A sequence is swept; a single number is the same for all.

    Returns
    -------
    Sweep

    Raises
    ------
    TypeError, ValueError
        In one sentence, when a hyperparameter is unknown or nothing is swept.
    Unavailable
        With ``device="cuda"``, when there is no GPU, driver or package for it.
    CompilationError
        With ``device="cuda"`` or ``execution="compiled"``, when the pair cannot be compiled.
    """
    if not (isinstance(method_type, type) and is_method(method_type)):
        name = getattr(method_type, "__name__", type(method_type).__name__)
        raise TypeError(f"sweep expects the class of a method, such as GradientDescent, got {name}")
    unknown = set(hyperparameters) - set(method_type._fields)
    if unknown:
        fields, name = ", ".join(method_type._fields), method_type.__name__
        raise TypeError(f"{name} has no hyperparameter {min(unknown)!r}; it has {fields}")
    axes = {n: np.asarray(v) for n, v in hyperparameters.items() if np.ndim(v) > 0}
    fixed = {n: v for n, v in hyperparameters.items() if np.ndim(v) == 0}
    if not axes or any(axis.size == 0 or axis.ndim != 1 for axis in axes.values()):
        raise ValueError("sweep needs one or more non-empty sequences, e.g. step_size=[0.1, 0.2]")
    problem, starts = on_the_host(device, problem), on_the_host(device, starts)
    points = _starts(starts, problem)
    shape = (*(axis.size for axis in axes.values()), len(points))
    total = int(np.prod(shape))
    if execution == "auto":
        large = total * max_iter >= COMPILE_FROM_STEPS and compiling.available()
        registered = hasattr(problem, "_fields")
        execution = "compiled" if large and registered else "python"
    if device not in ("cpu", "cuda", "auto", "rehearsal"):
        raise ValueError(f"device must be 'cpu', 'cuda' or 'auto', got {device!r}")
    grid = Grid(method_type, axes, fixed, points)
    options = {"max_iter": max_iter, "tol": tol, "execution": execution}
    ends = None
    if device in ("cuda", "rehearsal") or (
        device == "auto" and _gpu_is_worthwhile(problem, total * max_iter)
    ):
        try:
            ends = _on_a_gpu("cuda" if device == "auto" else device, problem, grid, seed, options)
        except compiling.CompilationError:
            if device != "auto":
                raise
    if ends is None:
        ends = zip(*_spread(executor, problem, grid.jobs(), seed, options), strict=True)
    statuses, iterations, values, certificates, x = ends
    return Sweep(
        axes=axes,
        starts=points,
        statuses=_column(statuses, shape, object),
        iterations=_column(iterations, shape, np.int64),
        values=_column(values, shape, float),
        gradient_norms=_column(certificates, shape, float),
        x=np.array(x).reshape(*shape, *points[0].shape),
    )


def _starts(starts: Any, problem: Any) -> np.ndarray:
    if starts is None:
        starts = getattr(problem, "start", None)
        if starts is None:
            raise ValueError(f"{type(problem).__name__} has no usual start: pass starts")
    points = read_array("starts", starts)
    if points.ndim == 0:
        raise ValueError("starts must hold at least one array, got a single number")
    single = len(getattr(problem, "shape", None) or (0,))
    return points[None] if points.ndim == single else points


def _gpu_is_worthwhile(problem: Any, steps: int) -> bool:
    if steps < COMPILE_FROM_STEPS or not hasattr(problem, "_fields") or not compiling.available():
        return False
    from optedu.cuda.device import is_available

    return is_available()


def _on_a_gpu(
    device: str, problem: Any, grid: Grid, seed: int, options: dict[str, Any]
) -> tuple[np.ndarray, ...]:
    """Return the ends of all runs; what raised on the GPU is made again in Python."""
    from optedu.cuda.runs import RAISED
    from optedu.cuda.sweeping import grid_ends

    ends = grid_ends(device, problem, grid, seed, options["max_iter"], options["tol"])
    columns = np.array([*Status], dtype=object)[ends.codes], *ends.arrays[1:]
    again = options | {"execution": "python"}
    for i in np.flatnonzero(ends.codes == RAISED).tolist():
        (end,) = run_batch(problem, [(i, grid.job(i))], seed, again)
        for column, part in zip(columns, end, strict=True):
            column[i] = part
    return columns


def _column(items: Any, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    column = np.empty(len(items), dtype=dtype)
    column[:] = items
    return column.reshape(shape)


def _spread(
    executor: Executor | None, problem: Any, jobs: Sequence[Any], seed: int, options: dict[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield the end of every job in order, computed in batches by the executor."""
    numbered = list(enumerate(jobs))
    size = max(1, -(-len(numbered) // (8 * (os.cpu_count() or 1))))
    batches = [numbered[i : i + size] for i in range(0, len(numbered), size)]
    if executor is not None:
        futures = [executor.submit(run_batch, problem, b, seed, options) for b in batches]
    else:
        if options["execution"] == "compiled":
            yield from run_batch(problem, batches.pop(0), seed, options)  # compile once
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            futures = [threads.submit(run_batch, problem, b, seed, options) for b in batches]
    for future in futures:
        yield from future.result()


def run_batch(
    problem: Any, jobs: Sequence[Any], seed: int, options: dict[str, Any]
) -> list[tuple[Any, ...]]:
    """Run numbered (method, start) jobs; what a worker of the executor calls.

    Returns
    -------
    list of tuple
        (status, steps, value, certificate, x) of each job.
    """
    ends = []
    for number, (method, start) in jobs:
        trace = run(
            method,
            problem,
            start,
            **options,
            seed=np.random.default_rng((seed, number)),
            keep_iterates=False,
            progress=False,
        )
        last = trace.values[-1], trace.certificate.value, trace.x
        ends.append((trace.status, int(trace.iterations[-1]), *last))
    return ends
