"""Run a method on a problem: everything around the step."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Real
from typing import Any, Literal

import numpy as np

from optedu import compiling
from optedu.oracles import ORACLES, oracles_of
from optedu.protocol import is_method, read_array, read_there
from optedu.running.runner import Execution, Progress, Runner
from optedu.running.site import lives_on_a_device, site_for
from optedu.running.trace import Trace
from optedu.statuses import Status


def run(
    method: Any,
    problem: Any,
    x0: Any = None,
    *,
    max_iter: int = 1000,
    tol: float = 1e-6,
    time_limit: float = np.inf,
    seed: int | np.random.Generator = 0,
    execution: Execution = "auto",
    device: Literal["cpu", "cuda", "auto"] = "cpu",
    record_every: int = 1,
    keep_iterates: bool | None = None,
    callback: Callable[[Progress], Any] | None = None,
    progress: bool | None = None,
) -> Trace:
    """Run a method on a problem from a start.

    Parameters
    ----------
    method : method
        A registered method with its hyperparameters.
    problem : problem
        A registered problem, or `Problem.from_functions`.
    x0 : array_like, optional
        The start; never written to. By default ``problem.start``.
    max_iter : int
        Largest number of steps.
    tol : float
        The run has converged when the certificate is at most this.
    time_limit : float
        Largest wall time, in seconds.
    seed : int or numpy.random.Generator
        Random stream of a random method; the same seed gives the same bits.
    execution : {"auto", "python", "compiled"}
        ``"auto"`` takes the first `PYTHON_STEPS` steps in Python and goes on compiled when
        `max_iter` is at least `COMPILE_FROM` and Numba is there; the rule looks at no clock, so
        that the same call gives the same numbers. A pair that cannot be compiled stays in Python.
    device : {"cpu", "cuda", "auto"}
        ``"cuda"`` takes the same steps with arrays on the first GPU, through CuPy and, for the
        heavy oracles, kernels of our own. Arrays that live there already (CuPy's, PyTorch's,
        JAX's) are used in place, in their precision, and results stay there; NumPy's are copied
        there, and results back. ``"auto"`` is the GPU if an array lives there, or if there is one
        and the arrays of method, problem and start have four million entries together.
    record_every : int
        Record, and test for convergence, every so many steps; the last step is always recorded.
    keep_iterates : bool, optional
        Keep copies of the recorded iterates; by default when they take at most 128 MiB.
    callback : callable, optional
        Called with a `Progress` after each recorded step; a true answer ends the run.
    progress : bool, optional
        Show a progress bar; by default after two seconds when somebody is looking.

    Returns
    -------
    Trace
        What happened. An iterate that is not finite is never returned.

    Raises
    ------
    TypeError, ValueError
        In one sentence, before the first step, when an argument cannot be used.
    CompilationError
        With ``execution="compiled"``, when the pair cannot be compiled.
    Unavailable
        With ``device="cuda"``, when there is no GPU, driver or package for it.
    """
    if isinstance(problem, type):
        raise TypeError(f"expected a problem, got the class: write {problem.__name__}(...)")
    check_budget(max_iter, tol, time_limit, record_every, execution)
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function, got {type(callback).__name__}")
    site = site_for(device, execution, method, problem, x0)
    with site.errors():
        taken = site.taken(problem)
        x = site.taken(read_start(x0, taken))
        runner = Runner(
            prepare(site.taken(method), taken), taken, x, max_iter, float(tol), seed, record_every,
            keep_iterates, site,
        )  # fmt: skip
    runner.given, runner.dtype = problem, getattr(x0, "dtype", x.dtype)
    chunks = runner.chunks(execution, time_limit, callback)
    with _bar(progress, max_iter) as show, np.errstate(all="ignore"), site.errors():
        try:
            for steps_done in chunks:
                show(steps_done)
        except KeyboardInterrupt:
            runner.end(Status.INTERRUPTED, "interrupted; this is the trace so far")
        except compiling.CompilationError:
            raise
        except Exception as error:
            runner.end(Status.INTERRUPTED, f"ended by {type(error).__name__}: {error}")
            error.trace = runner.trace()  # type: ignore[attr-defined]
            raise
    trace = runner.trace()
    site.left()
    return trace


def read_start(x0: Any, problem: Any) -> np.ndarray:
    """Return a private copy of the start: float64, or as it is on a device.

    Raises
    ------
    TypeError, ValueError
        If it is not a finite array of the shape that the problem expects.
    """
    if x0 is None:
        x0 = getattr(problem, "start", None)
        if x0 is None:
            raise ValueError(f"{type(problem).__name__} has no usual start: pass x0")
    x = read_there("x0", x0) if lives_on_a_device(x0) else read_array("x0", x0)
    expected = getattr(problem, "shape", None)
    if x.ndim == 0:
        raise ValueError("x0 must be an array of at least one dimension, got a single number")
    if expected is not None and x.shape != tuple(expected):
        raise ValueError(
            f"x0 has shape {x.shape}, but {type(problem).__name__} expects {tuple(expected)}"
        )
    return x.copy()


def prepare(method: Any, problem: Any) -> Any:
    """Return the method with its defaults filled in, fit for the problem.

    Raises
    ------
    TypeError
        If it is not a method, or the problem lacks an oracle that the method calls.
    ValueError
        If a default needs a constant that the problem does not know.
    """
    if isinstance(method, type) or not is_method(method):
        name = getattr(method, "__name__", type(method).__name__)
        raise TypeError(f"expected a method such as GradientDescent(step_size=0.1), got {name}")
    if not hasattr(method, "takes_rng"):
        name = type(method).__name__
        raise TypeError(f"{name} is not a registered method: write @method above its class")
    has = oracles_of(problem)
    needs = getattr(method, "needs", frozenset())
    missing = [name for name in ORACLES if name in needs - has]
    if missing:
        raise TypeError(
            f"{type(method).__name__} calls problem.{missing[0]}, which {type(problem).__name__} "
            f"does not have (it has {', '.join(n for n in ORACLES if n in has) or 'no oracle'})"
        )
    return method.resolve(problem) if hasattr(method, "resolve") else method


def check_budget(
    max_iter: int,
    tol: float,
    time_limit: float = np.inf,
    record_every: int = 1,
    execution: str = "auto",
) -> None:
    """Refuse limits that are none.

    Raises
    ------
    ValueError
        Naming the argument and what was received.
    """
    if not (isinstance(max_iter, Real) and max_iter >= 0 and max_iter % 1 == 0):
        raise ValueError(f"max_iter must be a non-negative integer, got {max_iter!r}")
    if not (isinstance(tol, Real) and tol >= 0):
        raise ValueError(f"tol must be a non-negative number, got {tol!r}")
    if not (isinstance(time_limit, Real) and time_limit > 0):
        raise ValueError(f"time_limit must be a positive number of seconds, got {time_limit!r}")
    if not (isinstance(record_every, Real) and record_every >= 1 and record_every % 1 == 0):
        raise ValueError(f"record_every must be a positive integer, got {record_every!r}")
    if execution not in ("auto", "python", "compiled"):
        raise ValueError(f"execution must be 'auto', 'python' or 'compiled', got {execution!r}")


@contextmanager
def _bar(progress: bool | None, total: int) -> Iterator[Callable[[int], Any]]:
    """Yield a function that shows the steps done, on a bar that appears when it is wanted."""
    if progress is False or (progress is None and not _somebody_is_looking()):
        yield lambda done: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, unit="step", delay=0 if progress else 2.0, leave=False) as bar:
        yield lambda done: bar.update(done - bar.n)


def _somebody_is_looking() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
