"""Run a method on a problem: everything around the step."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Real
from typing import Any, Literal, NamedTuple

import numpy as np

from optedu import compiling, protocol
from optedu.certificates import Certificate, certificate_name, is_judged_by_gap
from optedu.kernels import loop
from optedu.oracles import ORACLES, Counted, oracles_of
from optedu.protocol import is_method, read_array
from optedu.running.trace import Trace, columns_of_calls
from optedu.statuses import NONFINITE, Status

Execution = Literal["auto", "python", "compiled"]

PYTHON_STEPS = 1_000
"""Steps that ``execution="auto"`` takes in Python before it compiles."""

COMPILE_FROM = 50_000
"""Budget of steps from which ``execution="auto"`` compiles at all."""

CHUNK_SECONDS = 0.05
KEPT_BYTES = 2**27


class Progress(NamedTuple):
    """What a callback is shown after each step.

    Parameters
    ----------
    iteration : int
        Steps taken.
    x : numpy.ndarray
        A copy of the iterate.
    value, gradient_norm : float
        f(x) and the certificate at x.
    seconds : float
        Wall time since the start, in seconds.
    counts : dict of str to int
        Oracle calls so far.
    """

    iteration: int
    x: np.ndarray
    value: float
    gradient_norm: float
    seconds: float
    counts: dict[str, int]


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
    """
    if isinstance(problem, type):
        raise TypeError(f"expected a problem, got the class: write {problem.__name__}(...)")
    x = read_start(x0, problem)
    method = prepare(method, problem)
    _check_budget(max_iter, tol, time_limit, record_every, execution)
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function, got {type(callback).__name__}")
    runner = _Runner(method, problem, x, max_iter, float(tol), seed, record_every, keep_iterates)
    runner.dtype = getattr(x0, "dtype", x.dtype)
    chunks = runner.chunks(execution, time_limit, callback)
    with _bar(progress, max_iter) as show, np.errstate(all="ignore"):
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
    return runner.trace()


def read_start(x0: Any, problem: Any) -> np.ndarray:
    """Return a private float64 copy of the start.

    Raises
    ------
    TypeError, ValueError
        If it is not a finite array of the shape that the problem expects.
    """
    if x0 is None:
        x0 = getattr(problem, "start", None)
        if x0 is None:
            raise ValueError(f"{type(problem).__name__} has no usual start: pass x0")
    x = read_array("x0", x0)
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


def _check_budget(
    max_iter: int, tol: float, time_limit: float, record_every: int, execution: str
) -> None:
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


class _Runner:
    """The bookkeeping of one run."""

    def __init__(self, method, problem, x, max_iter, tol, seed, record_every, keep) -> None:
        self.method, self.problem, self.tol = method, problem, tol
        self.max_iter, self.every = int(max_iter), int(record_every)
        self.rng = np.random.default_rng(seed)
        self.counted = Counted(problem, np.zeros(len(ORACLES), dtype=np.int64))
        self.dtype = x.dtype
        minimum = getattr(problem, "minimum", None)
        gap = minimum is not None and is_judged_by_gap(method, problem)
        self.minimum = float(minimum) if gap else np.nan
        self.watch = loop.new_watch(method, x.size)
        self.done, self.clock = 0, time.perf_counter()
        self.executions: list[str] = []
        rows = self.max_iter // self.every + 2
        self.keep = rows * x.nbytes <= KEPT_BYTES if keep is None else bool(keep)
        self.blocks: list[tuple[np.ndarray, ...]] = []
        self.status, self.message = Status.RUNNING, ""
        with np.errstate(all="ignore"):
            arguments = (self.counted, x, self.rng) if method.takes_rng else (self.counted, x)
            self.state = private_state(method.init(*arguments))
            value, certificate = self._record()
        self.start_value = value
        if not np.isfinite(self.state.x).all() or (
            hasattr(problem, "value") and not np.isfinite(value)
        ):
            self.end(Status.NONFINITE, f"the objective is {value} at the start")
        elif certificate <= tol:
            self.end(Status.CONVERGED, "the start already satisfies the tolerance")

    def chunks(self, execution, time_limit, callback) -> Iterator[int]:
        """Advance in chunks, and yield the steps done after each."""
        size = 1
        while self.status is Status.RUNNING:
            if self.done >= self.max_iter:
                self.end(Status.MAX_ITER)
                break
            advance, kind, longest = self._execution(execution)
            limit = self.every if callback is not None else longest
            steps = min(size, limit, self.max_iter - self.done)
            began = time.perf_counter()
            try:
                self._take(advance, kind, steps)
            except compiling.CompilationError:
                if execution != "auto":
                    raise
                self.executions.remove(kind)
                execution = "python"
                continue
            now = time.perf_counter()
            size = 2 * size if now - began < CHUNK_SECONDS / 2 else max(1, min(size, steps))
            yield self.done
            seen = self.blocks[-1][0][-1] == self.done
            if callback is not None and seen and callback(self._progress()):
                if self.status is Status.RUNNING:
                    self.end(Status.INTERRUPTED, "the callback ended the run")
            elif now - self.clock > time_limit and self.status is Status.RUNNING:
                self.end(Status.TIME_LIMIT)

    def _record(self) -> tuple[float, float]:
        """Write a row for the present state."""
        value = float(loop.value_at(self.problem, self.state.x))
        certificate = float(loop.certificate_at(self.method, self.problem, self.state))
        if np.isnan(certificate):
            certificate = value - self.minimum
        self.blocks.append(
            (
                np.array([self.done]),
                np.array([value]),
                np.array([certificate]),
                np.array([time.perf_counter() - self.clock if self.done else 0.0]),
                self.counted.counts.copy()[None],
                self.state.x.reshape(1, -1).copy(),
            )
        )
        return value, certificate

    def _execution(self, execution: str) -> tuple[Callable[..., Any], str, int]:
        """Return the loop to use now, its name, and how many steps it may take at once."""
        large = self.max_iter >= COMPILE_FROM and compiling.available()
        compilable = type(self.problem) in protocol.classes
        if execution == "compiled" or (
            execution == "auto" and large and compilable and self.done >= PYTHON_STEPS
        ):
            if not compilable:
                raise compiling.CompilationError(
                    f"{type(self.problem).__name__} is made of plain Python functions and runs in "
                    "Python only; write it as a NamedTuple with @problem to compile it"
                )
            return compiling.compiled_advance(), "compiled", 2**40
        ahead = PYTHON_STEPS - self.done if execution == "auto" and large else 2**40
        return loop.advance, "python", ahead if ahead > 0 else 2**40

    def _take(self, advance: Callable[..., Any], kind: str, steps: int) -> None:
        if kind not in self.executions:
            self.executions.append(kind)
        rows = steps // self.every + 2
        columns = (
            np.empty(rows),
            np.empty(rows),
            np.empty((rows, len(ORACLES)), dtype=np.int64),
            np.empty((rows if self.keep else 0, self.state.x.size)),
        )
        before = self.counted.counts.copy(), self.watch.copy(), self.rng.bit_generator.state
        arguments = (self.done, self.max_iter, self.tol, self.minimum, self.start_value)
        began = time.perf_counter()
        try:
            state, taken, written, code = advance(
                self.method,
                self.counted,
                self.state,
                self.rng,
                steps,
                self.every,
                *arguments,
                self.watch,
                columns,
            )
        except (np.linalg.LinAlgError, ZeroDivisionError, OverflowError) as error:
            self.counted.counts[:], self.watch[:], self.rng.bit_generator.state = before
            if steps > 1:
                for _ in range(steps):
                    if self.status is Status.RUNNING:
                        self._take(loop.advance, kind, 1)
                return
            self.end(Status.NONFINITE, f"step {self.done + 1} failed: {error}")
            return
        ended = time.perf_counter()
        self._keep_rows(taken, written, columns, began, ended)
        self.state = state
        self.done += taken
        if code == NONFINITE:
            self.end(Status.NONFINITE)
        elif code:
            self.end(Status.from_code(code))

    def _keep_rows(self, taken, written, columns, began, ended) -> None:
        values, certificates, calls, iterates = (column[:written].copy() for column in columns)
        first = (self.done // self.every + 1) * self.every
        numbers = first + self.every * np.arange(written)
        if written:
            numbers[-1] = min(numbers[-1], self.done + taken)
        share = (numbers - self.done) / max(taken, 1)
        seconds = began - self.clock + share * (ended - began)
        if written:
            self.blocks.append((numbers, values, certificates, seconds, calls, iterates))

    def _progress(self) -> Progress:
        numbers, values, certificates, seconds, calls, _ = self.blocks[-1]
        counts = {name: int(n) for name, n in zip(ORACLES, calls[-1], strict=True) if n}
        return Progress(
            int(numbers[-1]),
            self.state.x.copy(),
            float(values[-1]),
            float(certificates[-1]),
            float(seconds[-1]),
            counts,
        )

    def end(self, status: Status, message: str = "") -> None:
        """Settle the status; the first reason stands."""
        self.status = status
        self.message = message

    def trace(self) -> Trace:
        """Return what happened so far."""
        if self.blocks[-1][0][-1] != self.done:
            self._record()
        numbers, values, certificates, seconds, calls, iterates = zip(*self.blocks, strict=True)
        certificates = np.concatenate(certificates)
        name = certificate_name(self.method, self.problem)
        certificate = Certificate(name, float(certificates[-1]), self.tol)
        steps = int(np.concatenate(numbers)[-1])
        x = self.state.x.copy()
        return Trace(
            method=self.method,
            problem=self.problem,
            status=self.status,
            message=self._sentence(steps, certificate),
            x=x.astype(self.dtype) if self.dtype == np.float32 else x,
            iterations=np.concatenate(numbers),
            values=np.concatenate(values),
            gradient_norms=certificates,
            seconds=np.concatenate(seconds),
            calls=columns_of_calls(np.concatenate(calls)),
            certificate=certificate,
            execution=", ".join(self.executions) or "python",
            state=self.state,
            kept_iterates=np.concatenate(iterates).reshape(-1, *x.shape) if self.keep else None,
        )

    def _sentence(self, steps: int, certificate: Certificate) -> str:
        reached = f"{certificate.name} {certificate.value:.3e}, tolerance {self.tol:.3e}"
        if np.isnan(certificate.value):
            reached = "this problem offers no certificate"
        said = {
            Status.CONVERGED: f"converged after {steps} steps: {reached}",
            Status.MAX_ITER: f"stopped at the limit of {steps} steps: {reached}",
            Status.TIME_LIMIT: f"stopped at the time limit after {steps} steps: {reached}",
            Status.STALLED: f"the iterate no longer moves after {steps} steps: {reached}",
            Status.DIVERGED: f"diverged after {steps} steps{self._hint()}",
            Status.NONFINITE: f"step {steps + 1} is not finite{self._hint()}",
            Status.INFEASIBLE: f"found infeasible after {steps} steps: {reached}",
            Status.UNBOUNDED: f"found unbounded below after {steps} steps: {reached}",
        }
        return self.message or said.get(self.status, self.status.value)

    def _hint(self) -> str:
        step = getattr(self.method, "step_size", None)
        smoothness = getattr(self.problem, "smoothness", None)
        if isinstance(step, float) and smoothness and step > 2 / smoothness:
            return f": step_size {step:.4g} > 2/L = {2 / smoothness:.4g}; try a smaller step_size"
        if isinstance(step, float):
            return f": try a step_size smaller than {step:.4g}"
        return ""


def private_state(state: Any) -> Any:
    """Return the state with every array C-contiguous and the run's own."""
    if isinstance(state, np.ndarray):
        return np.array(state, order="C")
    if isinstance(state, tuple):
        fields = [private_state(field) for field in state]
        return type(state)(*fields) if hasattr(state, "_fields") else tuple(fields)
    return state


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
