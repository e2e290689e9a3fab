"""The bookkeeping of one run: chunks, clock, columns, and the reason to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import numpy as np

from optedu import compiling, protocol
from optedu.certificates import Certificate, certificate_name, is_judged_by_gap
from optedu.kernels import loop
from optedu.oracles import ORACLES, Counted
from optedu.running.site import HERE, Site
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


class Runner:
    """The bookkeeping of one run."""

    def __init__(
        self, method, problem, x, max_iter, tol, seed, record_every, keep, site: Site = HERE
    ) -> None:
        self.method, self.problem, self.tol = method, problem, tol
        self.site, self.loop, self.given = site, site.loop, problem
        self.max_iter, self.every = int(max_iter), int(record_every)
        try:
            self.rng = site.stream(np.random.default_rng(seed))
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"seed must be a non-negative integer or a Generator: {error}"
            ) from None
        self.counted = Counted(problem, np.zeros(len(ORACLES), dtype=np.int64))
        self.dtype = x.dtype
        self.minimum = np.nan
        if is_judged_by_gap(method, problem):  # else the minimum may cost more than the run
            minimum = getattr(problem, "minimum", None)
            self.minimum = np.nan if minimum is None else float(minimum)
        self.watch = loop.new_watch(method, x.size)
        self.done, self.clock = 0, time.perf_counter()
        self.executions: list[str] = []
        rows = self.max_iter // self.every + 2
        self.keep = rows * x.nbytes <= KEPT_BYTES if keep is None else bool(keep)
        self.blocks: list[tuple[np.ndarray, ...]] = []
        self.status, self.message = Status.RUNNING, ""
        with np.errstate(all="ignore"):
            self.state = self.loop.first_state(method, self.counted, x, self.rng)
            value, certificate = self._record()
        self.start_value = value
        finite, _ = self.loop.compare(self.state.x, self.state.x)
        if not finite or (hasattr(problem, "value") and not np.isfinite(value)):
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
            if now - began < CHUNK_SECONDS / 4:
                size = 4 * size
            elif now - began > CHUNK_SECONDS:
                size = max(1, steps // 4)
            yield self.done
            seen = self.blocks[-1][0][-1] == self.done
            if callback is not None and seen and callback(self._progress()):
                if self.status is Status.RUNNING:
                    self.end(Status.INTERRUPTED, "the callback ended the run")
            elif now - self.clock > time_limit and self.status is Status.RUNNING:
                self.end(Status.TIME_LIMIT)

    def _record(self) -> tuple[float, float]:
        """Write a row for the present state."""
        value, certificate = (
            float(number)
            for number in self.loop.measure_at(self.method, self.counted, self.state, self.minimum)
        )
        self.blocks.append(
            (
                np.array([self.done]),
                np.array([value]),
                np.array([certificate]),
                np.array([time.perf_counter() - self.clock if self.done else 0.0]),
                self.counted.counts.copy()[None],
                self.site.host(self.state.x).reshape(1, -1).copy(),
            )
        )
        return value, certificate

    def _execution(self, execution: str) -> tuple[Callable[..., Any], str, int]:
        """Return the loop to use now, its name, and how many steps it may take at once."""
        here = self.site is HERE
        large = here and self.max_iter >= COMPILE_FROM and compiling.available()
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
        return self.loop.advance, self.site.name, ahead if ahead > 0 else 2**40

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
        given = tuple(self.site.column(column) for column in columns)
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
                given,
            )
            self.site.filled(given)
        except (np.linalg.LinAlgError, ZeroDivisionError, OverflowError) as error:
            self.counted.counts[:], self.watch[:], self.rng.bit_generator.state = before
            if steps > 1:
                for _ in range(steps):
                    if self.status is Status.RUNNING:
                        self._take(self.loop.advance, kind, 1)
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
        values, certificates, calls, iterates = (column[:written] for column in columns)
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
            self.site.told(self.state.x).copy(),
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
        if self.dtype == np.float32 != self.state.x.dtype:
            self._round()
        if self.blocks[-1][0][-1] != self.done:
            self._record()
        numbers, values, certificates, seconds, calls, iterates = zip(*self.blocks, strict=True)
        certificates = np.concatenate(certificates)
        name = certificate_name(self.method, self.problem)
        certificate = Certificate(name, float(certificates[-1]), self.tol)
        steps = int(np.concatenate(numbers)[-1])
        x = self.site.told(self.state.x).copy()
        return Trace(
            method=self.site.told(self.method),
            problem=self.given,
            status=self.status,
            message=self._sentence(steps, certificate),
            x=x.astype(self.dtype) if self.dtype == np.float32 else x,
            iterations=np.concatenate(numbers),
            values=np.concatenate(values),
            gradient_norms=certificates,
            seconds=np.concatenate(seconds),
            calls=columns_of_calls(np.concatenate(calls)),
            certificate=certificate,
            execution=", ".join(self.executions) or self.site.name,
            state=self.site.told(self.state),
            kept_iterates=np.concatenate(iterates).reshape(-1, *x.shape) if self.keep else None,
        )

    def _round(self) -> None:
        """Judge the point that float32 can hold, since it is the one that is returned."""
        rounded = self.state.x.astype(np.float32).astype(np.float64)
        self.state = self.state._replace(x=rounded)
        number = self.blocks.pop()
        kept = tuple(column[:-1] for column in number)
        if kept[0].size:
            self.blocks.append(kept)
        _, certificate = self._record()
        if self.status is Status.CONVERGED and not certificate <= self.tol:
            self.end(
                Status.STALLED,
                f"float32 holds no closer point: {certificate:.3e} at the rounded iterate, "
                f"tolerance {self.tol:.3e}; start from float64",
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
            Status.DIVERGED: f"diverged after {steps} steps",
            Status.NONFINITE: f"step {steps + 1} is not finite",
            Status.INFEASIBLE: f"found infeasible after {steps} steps: {reached}",
            Status.UNBOUNDED: f"found unbounded below after {steps} steps: {reached}",
        }
        if self.message:
            return self.message
        # A hint may ask the problem for a constant that costs more than the run.
        failed = self.status in (Status.DIVERGED, Status.NONFINITE)
        return said.get(self.status, self.status.value) + (self._hint() if failed else "")

    def _hint(self) -> str:
        step = getattr(self.method, "step_size", None)
        if not isinstance(step, float):
            return ""
        smoothness = getattr(self.problem, "smoothness", None)
        if smoothness and step > 2 / smoothness:
            return f": step_size {step:.4g} > 2/L = {2 / smoothness:.4g}; try a smaller step_size"
        return f": try a step_size smaller than {step:.4g}"
