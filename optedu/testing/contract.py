"""The contract of a method, in 25 checks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from optedu.problems.functions import Problem
from optedu.problems.quadratic import Quadratic
from optedu.protocol import holds
from optedu.running.run import prepare, run
from optedu.running.trace import Trace, describe
from optedu.statuses import Status
from optedu.testing.proxies import Poisoned, Spy
from optedu.testing.report import NotApplicable, Report, examine
from optedu.testing.verifier import certificate_of

STOP = 5
FIRST_NAN = 7


class Case(NamedTuple):
    """A method on a problem from a start, for a few steps in Python.

    Parameters
    ----------
    method, problem : method, problem
    x0 : numpy.ndarray
    steps : int
    line : problem
        A problem of one dimension that the method can run on.
    """

    method: Any
    problem: Any
    x0: np.ndarray
    steps: int
    line: Any

    def resolved(self) -> Any:
        """Return the method with its defaults filled in, ready for a problem around the problem."""
        return prepare(self.method, self.problem)

    def run(self, x0: Any = None, **options: Any) -> Trace:
        """Return a run of the case, with some options changed."""
        options = {"method": self.method, "problem": self.problem, **options}
        defaults = {"max_iter": self.steps, "tol": 0.0, "execution": "python", "progress": False}
        return run(x0=self.x0 if x0 is None else x0, **{**defaults, **options})


def check_method(
    method: Any,
    problem: Any,
    x0: Any = None,
    *,
    steps: int = 12,
    line: Any = None,
    raises: bool = True,
) -> Report:
    """Check that a method keeps the contract, on one problem of its kind.

    Parameters
    ----------
    method : method
        With hyperparameters that suit the problem.
    problem : problem
        Best one that is shifted and rotated, and knows its minimizer.
    x0 : array_like, optional
        A start that does not solve the problem; by default ``problem.start``, else drawn.
    steps : int
        Length of the runs.
    line : problem, optional
        A problem of dimension one of the same kind, where the usual one does not do.
    raises : bool
        Whether a failure is an exception.

    Returns
    -------
    Report
        The outcomes of the checks in `CHECKS`.

    Raises
    ------
    AssertionError
        With the number and name of each check that failed.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.testing.check_method(oe.GradientDescent(), problem, [2.0, -1.0]).passed
    True
    """
    if x0 is None:
        x0 = getattr(problem, "start", None)
    if x0 is None:
        x0 = np.random.default_rng(2024).normal(1.0, 2.0, problem.shape)
    case = Case(method, problem, np.array(x0, dtype=np.float64), int(steps), line or _line())
    report = examine(f"{describe(method)} on {type(problem).__name__}", CHECKS, case)
    return report.require() if raises else report


def start_is_untouched(case):
    """Require that x0 is bitwise the same after a run."""
    given = case.x0.copy()
    case.run(given)
    _same_bits(given, case.x0, "x0 was written to")


def data_is_untouched(case):
    """Require that the arrays of the problem and of the method are bitwise the same after a run."""
    before = [array.copy() for array in _arrays((case.method, case.problem))]
    case.run()
    for old, new in zip(before, _arrays((case.method, case.problem)), strict=True):
        _same_bits(old, new, "an array of the problem or the method was written to")


def same_seed_same_bits(case):
    """Require that two runs with one seed agree in every bit."""
    one, two = case.run(seed=3), case.run(seed=3)
    for name in ("iterates", "values", "gradient_norms"):
        _same_bits(getattr(one, name), getattr(two, name), f"two runs differ in {name}")


def other_seed_differs(case):
    """Require that a random method takes another path with another seed."""
    if not case.method.takes_rng:
        raise NotApplicable("the method is not random")
    ends = [case.run(seed=seed).iterates for seed in (1, 2, 3)]
    assert any(a.shape != ends[0].shape or not np.array_equal(a, ends[0]) for a in ends[1:]), (
        "seeds 1, 2 and 3 give the same run"
    )


def list_and_integer_start(case):
    """Require that a list and integers are read as float64."""
    _same_bits(case.run(case.x0.tolist()).x, case.run().x, "a list gives another result")
    whole = np.rint(case.x0)
    as_float, as_integer = _attempt(case, whole), _attempt(case, whole.astype(np.int64))
    assert as_integer.dtype == np.float64, f"integer x0 gives dtype {as_integer.dtype}"
    _same_bits(as_integer, as_float, "an integer start gives another result")


def float32_start(case):
    """Require that float32 comes back as float32, near the float64 answer."""
    short = case.x0.astype(np.float32)
    result = case.run(short).x
    assert result.dtype == np.float32, f"float32 x0 gives dtype {result.dtype}"
    wide = case.run(short.astype(np.float64)).x
    _close(result, wide, 1e-3, "float32 x0 gives another answer")


def fortran_start(case):
    """Require that a Fortran-ordered x0 is served."""
    _same_answer(case, np.asfortranarray(case.x0), "a Fortran-ordered")


def strided_start(case):
    """Require that a strided x0 is served."""
    wide = np.repeat(case.x0, 2, axis=-1)
    wide[..., 1::2] = -77.0
    _same_answer(case, wide[..., ::2], "a strided")


def read_only_start(case):
    """Require that a read-only x0 is served."""
    frozen = case.x0.copy()
    frozen.flags.writeable = False
    _same_answer(case, frozen, "a read-only")


def memory_mapped_start(case):
    """Require that a memory-mapped x0 is served."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x0.npy"
        np.save(path, case.x0)
        mapped = np.load(path, mmap_mode="r")
        _same_answer(case, mapped, "a memory-mapped")
        mapped._mmap.close()


def nan_is_refused(case):
    """Require that NaN in x0 is an error that names x0."""
    _refused(case, np.nan)


def inf_is_refused(case):
    """Require that an infinite entry of x0 is an error that names x0."""
    _refused(case, np.inf)


def wrong_shape_is_refused(case):
    """Require that an x0 of another shape is an error that names x0."""
    if getattr(case.problem, "shape", None) is None:
        raise NotApplicable("the problem does not say its shape")
    _raises_naming_x0(case, np.ones(case.x0.shape + (2,)), "one more axis")
    _raises_naming_x0(case, np.ones(case.x0.size + 1), "one more entry")


def empty_is_refused(case):
    """Require that an empty x0 is an error that names x0."""
    _raises_naming_x0(case, np.empty(0), "no entry")


def dimension_one_runs(case):
    """Require that a problem of dimension one is no special case."""
    try:
        trace = run(case.method, case.line, np.array([1.7]), max_iter=case.steps, progress=False,
                    execution="python")  # fmt: skip
    except AttributeError as error:
        raise NotApplicable(f"needs a problem of its own kind: {error}") from None
    except (TypeError, ValueError) as error:
        if type(case.method).__name__ not in str(error):
            raise
        raise NotApplicable(f"refuses this problem of one dimension: {error}") from None
    assert trace.x.shape == (1,), f"the result has shape {trace.x.shape}"
    assert np.isfinite(trace.x).all(), "the result is not finite"
    assert trace.status is not Status.NONFINITE, trace.message


def no_step_gives_the_start(case):
    """Require that max_iter=0 returns the start, with a trace of one entry."""
    trace = case.run(max_iter=0)
    assert len(trace) == 1, f"max_iter=0 records {len(trace)} iterates"
    assert trace.status in (Status.MAX_ITER, Status.CONVERGED), f"status {trace.status}"
    _same_bits(trace.x, case.run().iterates[0], "max_iter=0 does not return the start")


def start_at_the_optimum(case):
    """Require that a run from the minimizer converges in at most one step."""
    minimizer = getattr(case.problem, "minimizer", None)
    if minimizer is None:
        raise NotApplicable("the problem does not know its minimizer")
    trace = case.run(np.asarray(minimizer), tol=1e-6)
    steps = int(trace.iterations[-1])
    assert trace.status is Status.CONVERGED, f"{trace.status.value} at the optimum"
    assert steps <= 1, f"takes {steps} steps at the optimum"


def nan_ends_the_run(case):
    """Require that oracles that answer NaN end the run as nonfinite, with a finite x.

    A method that holds f(x) refuses such trial points, keeps its last one and may stall there.
    """
    method, whole = case.resolved(), Spy(case.problem)
    case.run(method=method, problem=whole)
    first = min(FIRST_NAN, sum(whole.calls.values()))
    trace = case.run(method=method, problem=Poisoned(case.problem, first))
    assert np.isfinite(trace.x).all(), "the result holds NaN"
    fitting = {Status.NONFINITE}
    if holds(method, "f"):
        fitting.add(Status.STALLED)
    assert trace.status in fitting, (
        f"oracles answer NaN from call {first} on, and the status is {trace.status.value}"
    )


def too_long_a_step_diverges(case):
    """Require that step_size = 2.1 / L on a quadratic is found out within 200 steps."""
    hints = getattr(type(case.method), "__annotations__", {})
    needs = getattr(case.method, "needs", frozenset())
    if "step_size" not in hints or not needs <= {"gradient", "value"} or case.x0.ndim != 1:
        raise NotApplicable("the method has no step size for a plain gradient")
    bowl = _bowl(5)
    start = np.array([1.0, -2.0, 0.5, 3.0, -1.0])
    factor = 4.2 if "momentum" in hints else 2.1
    long = case.method._replace(step_size=factor / bowl.smoothness)
    try:
        trace = case.run(start, method=long, problem=bowl, max_iter=200)
    except ValueError as error:
        raise NotApplicable(f"refuses such a step: {error}") from None
    g = bowl.gradient(start)
    if not np.allclose(trace.iterates[1] - start, -long.step_size * g, rtol=1e-9):
        raise NotApplicable("its first step is not step_size times the gradient")
    assert trace.status is Status.DIVERGED, (
        f"step_size = {factor} / L on a quadratic, and the status is {trace.status.value}"
    )


def callback_stops_the_run(case):
    """Require that a callback that says stop at step five gets exactly five steps."""
    stop = min(STOP, int(case.run().iterations[-1]) - 1)
    if stop < 1:
        raise NotApplicable("the run is over after one step")
    trace = case.run(callback=lambda progress: progress.iteration == stop)
    assert trace.status is Status.INTERRUPTED, f"status {trace.status.value}"
    assert int(trace.iterations[-1]) == stop, f"{trace.iterations[-1]} steps, not {stop}"


def trace_holds_copies(case):
    """Require that the trace keeps its own copy of each iterate."""
    trace = case.run()
    for k in range(min(4, len(trace))):
        _same_bits(trace.iterates[k], case.run(max_iter=k).x, f"iterate {k} is not x_{k}")
    kept = trace.iterates.copy()
    trace.x[...] = -1e30
    _same_bits(trace.iterates, kept, "writing to trace.x changes the iterates")
    assert not np.shares_memory(trace.iterates, case.x0), "the iterates share x0's memory"


def calls_are_counted(case):
    """Require that the counted oracle calls are those that a spy sees."""
    trace = case.run()
    steps, spy = int(trace.iterations[-1]), Spy(case.problem)
    method, rng = case.resolved(), np.random.default_rng(0)
    chance = (rng,) if method.takes_rng else ()
    with np.errstate(all="ignore"):
        state = method.init(spy, case.x0.copy(), *chance)
        for _ in range(steps):
            state = method.step(spy, state, *chance)
    assert trace.counts == spy.calls, f"counted {trace.counts}, called {spy.calls}"
    unseen = sorted(set(spy.calls) - method.needs)
    assert not unseen, f"it calls {unseen}, which a look at init and step does not show"
    _same_bits(state.x, trace.x, "steps taken by hand end elsewhere")


def options_run(case):
    """Require that the method runs with all its defaults, and with each switch turned."""
    for changed in _variants(case.method):
        try:
            trace = case.run(method=changed)
        except ValueError as error:
            if type(case.method).__name__ in str(error):
                continue  # one sentence about a default that this problem cannot give
            raise
        assert np.isfinite(trace.x).all(), f"{describe(changed)} returns NaN"
        assert trace.status is not Status.NONFINITE, f"{describe(changed)}: {trace.message}"


def certificate_and_bystanders(case):
    """Require that watching changes nothing, and the certificate can be computed again."""
    quiet = case.run(tol=1e-6)
    shown: list[int] = []
    watched = case.run(tol=1e-6, callback=lambda progress: shown.append(progress.iteration))
    assert (quiet.status, quiet.message) == (watched.status, watched.message), (
        "a callback changes the status"
    )
    _same_bits(quiet.x, watched.x, "a callback changes the result")
    assert shown == list(watched.iterations[1:]), "the callback was not called after each step"
    value = certificate_of(quiet)
    if value is None:
        raise NotApplicable("nothing that the oracles give recomputes this certificate")
    error = abs(value - quiet.certificate.value)
    assert error <= 1e-10 * max(1.0, abs(value)), (
        f"the certificate is {quiet.certificate.value}, recomputed {value}"
    )


def what_it_holds_is_true(case):
    """Require that the fields f and g that a method says to hold are f and its gradient at x."""
    if not (holds(case.method, "f") or holds(case.method, "g")):
        raise NotApplicable("the method promises nothing about its state")
    method, rng = case.resolved(), np.random.default_rng(0)
    chance = (rng,) if method.takes_rng else ()
    with np.errstate(all="ignore"):
        state = method.init(case.problem, case.x0.copy(), *chance)
        for k in range(case.steps + 1):
            if holds(method, "f"):
                _same_bits(state.f, case.problem.value(state.x), f"f after {k} steps is not f(x)")
            if holds(method, "g"):
                g = case.problem.gradient(state.x)
                _same_bits(state.g, g, f"g after {k} steps is not the gradient at x")
            state = method.step(case.problem, state, *chance)


CHECKS = (
    start_is_untouched,
    data_is_untouched,
    same_seed_same_bits,
    other_seed_differs,
    list_and_integer_start,
    float32_start,
    fortran_start,
    strided_start,
    read_only_start,
    memory_mapped_start,
    nan_is_refused,
    inf_is_refused,
    wrong_shape_is_refused,
    empty_is_refused,
    dimension_one_runs,
    no_step_gives_the_start,
    start_at_the_optimum,
    nan_ends_the_run,
    too_long_a_step_diverges,
    callback_stops_the_run,
    trace_holds_copies,
    calls_are_counted,
    options_run,
    certificate_and_bystanders,
    what_it_holds_is_true,
)
"""The 25 checks of `check_method`; a check's number is its place, from 1."""


def _same_bits(a: Any, b: Any, what: str) -> None:
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape and a.tobytes() == b.tobytes(), what  # noqa: PT018


def _close(a: Any, b: Any, rtol: float, what: str) -> None:
    error, size = np.abs(a - b).max(), np.abs(b).max()
    assert error <= rtol * max(1.0, size), f"{what} (difference {error:.2e})"


def _same_answer(case: Case, x0: np.ndarray, what: str) -> None:
    plain = np.array(x0, order="C")
    _close(case.run(x0).x, case.run(plain).x, 1e-12, f"{what} start gives another result")


def _attempt(case: Case, x0: np.ndarray) -> np.ndarray:
    try:
        return case.run(x0).x
    except ValueError as error:
        raise NotApplicable(f"the rounded start is refused: {error}") from None


def _refused(case: Case, entry: float) -> None:
    bad = case.x0.copy()
    bad.flat[-1] = entry
    _raises_naming_x0(case, bad, f"{entry} in it")


def _raises_naming_x0(case: Case, x0: np.ndarray, what: str) -> None:
    try:
        case.run(x0)
    except (TypeError, ValueError) as error:
        said = str(error)
    else:
        raise AssertionError(f"x0 with {what} is accepted")
    assert "x0" in said, f"x0 with {what}: the error does not name x0: {said}"


def _arrays(item: Any) -> Iterator[np.ndarray]:
    if isinstance(item, np.ndarray):
        yield item
    elif isinstance(item, tuple | list):
        for member in item:
            yield from _arrays(member)


def _variants(method: Any) -> Iterator[Any]:
    """Yield the method with all its defaults, and with each switch turned."""
    kind = type(method)
    defaults = kind._field_defaults
    usual = {name: defaults[name] for name in kind._fields if name in defaults}
    yield method._replace(**usual)
    for name, value in zip(kind._fields, method, strict=True):
        if isinstance(value, bool):
            yield method._replace(**{name: not value})


def _bowl(size: int) -> Quadratic:
    """Return a rotated and shifted quadratic with curvatures from 0.5 to 4."""
    rng = np.random.default_rng(7)
    Q, _ = np.linalg.qr(rng.normal(size=(size, size)))
    A = Q @ np.diag(np.linspace(0.5, 4.0, size)) @ Q.T
    return Quadratic((A + A.T) / 2, rng.normal(size=size))


def _line() -> Problem:
    """Return (x - 0.3)^2 on [-2, 2], with every oracle that makes sense there."""
    return Problem.from_functions(
        lambda x: float((x[0] - 0.3) ** 2),
        gradient=lambda x: 2.0 * (x - 0.3),
        hessian=lambda x: np.array([[2.0]]),
        hessian_product=lambda x, v: 2.0 * v,
        prox=lambda x, t: np.clip(x, -2.0, 2.0),
        project=lambda x: np.clip(x, -2.0, 2.0),
        linear_minimizer=lambda g: np.where(g > 0, -2.0, 2.0),
        operator=lambda x: 0.5 * (x + 0.3),
        component_value=lambda i, x: float((x[0] - 0.3) ** 2),
        component_gradient=lambda i, x: 2.0 * (x - 0.3),
        smoothness=2.0, strong_convexity=2.0, minimum=0.0, minimizer=np.array([0.3]), shape=(1,),
    )  # fmt: skip
