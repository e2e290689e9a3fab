"""What a run records and counts, and when it stops."""

import csv
from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_quadratic
from optedu.running import runner
from optedu.testing.proxies import Spy
from tests.running.examples import GD, PROBLEM, START, State, Wandering, same


@pytest.mark.parametrize("method", [GD, Wandering()])
@pytest.mark.parametrize("every", [1, 3])
def test_the_numbers_do_not_depend_on_the_chunks(method, every, monkeypatch):
    options = {"max_iter": 100, "tol": 1e-9, "record_every": every}
    plain = oe.run(method, PROBLEM, START, **options)
    by_one = oe.run(method, PROBLEM, START, callback=lambda progress: False, **options)
    monkeypatch.setattr(runner, "CHUNK_SECONDS", 0.0)
    small = oe.run(method, PROBLEM, START, **options)
    assert same(plain, by_one)
    assert same(plain, small)
    assert plain.counts == by_one.counts == small.counts


@pytest.mark.parametrize(("steps", "every"), [(20, 1), (20, 5), (23, 5), (4, 7)])
def test_record_every(steps, every):
    trace = oe.run(GD, PROBLEM, START, max_iter=steps, tol=0.0, record_every=every)
    whole = oe.run(GD, PROBLEM, START, max_iter=steps, tol=0.0)
    numbers = sorted({*range(0, steps + 1, every), steps})
    assert trace.iterations.tolist() == numbers
    assert trace.values.tolist() == whole.values[numbers].tolist()
    assert np.array_equal(trace.iterates, whole.iterates[numbers])
    assert trace.calls["gradient"].tolist() == numbers


def test_iterates_are_kept_or_not():
    dropped = oe.run(GD, PROBLEM, START, max_iter=5, keep_iterates=False)
    kept = oe.run(GD, PROBLEM, START, max_iter=5)
    assert np.array_equal(dropped.x, kept.x)
    assert dropped.values.tolist() == kept.values.tolist()
    with pytest.raises(ValueError, match="keep_iterates=True"):
        _ = dropped.iterates


def test_large_iterates_are_dropped_unless_wanted(monkeypatch):
    monkeypatch.setattr(runner, "KEPT_BYTES", 100)
    assert oe.run(GD, PROBLEM, START, max_iter=5).kept_iterates is None
    assert len(oe.run(GD, PROBLEM, START, max_iter=5, keep_iterates=True).iterates) == 6


def test_the_trace_is_a_copy():
    start = START.copy()
    trace = oe.run(GD, PROBLEM, start, max_iter=4)
    start[:] = 0
    kept = trace.iterates.copy()
    trace.x[:] = 0
    assert np.array_equal(trace.iterates, kept)
    assert np.array_equal(trace.iterates[0], START)


def test_each_iterate_is_the_step_of_the_one_before():
    trace = oe.run(GD, PROBLEM, START, max_iter=9, tol=0.0)
    for x, x_new in zip(trace.iterates, trace.iterates[1:], strict=False):
        assert np.array_equal(x_new, x - 0.3 * PROBLEM.gradient(x))
    assert trace.values == pytest.approx([PROBLEM.value(x) for x in trace.iterates], rel=1e-14)


def test_csv_holds_the_columns(tmp_path):
    trace = oe.run(GD, PROBLEM, START, max_iter=6)
    trace.to_csv(tmp_path / "trace.csv")
    with (tmp_path / "trace.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7
    assert list(rows[0]) == ["iteration", "value", "gradient_norm", "seconds", "gradient_calls"]
    assert [float(row["value"]) for row in rows] == trace.values.tolist()
    assert [int(row["gradient_calls"]) for row in rows] == list(range(7))


@pytest.mark.parametrize("method", [GD, Wandering(), oe.BacktrackingGradientDescent()])
def test_counts_are_the_calls_that_a_spy_sees(method):
    trace = oe.run(method, PROBLEM, START, max_iter=15, tol=0.0, seed=5)
    spy, rng = Spy(PROBLEM), np.random.default_rng(5)
    chance = (rng,) if method.takes_rng else ()
    state = method.init(spy, START.copy(), *chance)
    seen = [dict(spy.calls)]
    for _ in range(15):
        state = method.step(spy, state, *chance)
        seen.append(dict(spy.calls))
    assert trace.counts == spy.calls
    for name, column in trace.calls.items():
        assert column.tolist() == [calls.get(name, 0) for calls in seen]


def test_a_seed_or_a_generator_fixes_the_bits():
    runs = [oe.run(Wandering(), PROBLEM, START, max_iter=20, seed=s) for s in (4, 4, 5)]
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])
    stream = oe.run(Wandering(), PROBLEM, START, max_iter=20, seed=np.random.default_rng(4))
    assert same(runs[0], stream)


def test_a_race_is_its_runs():
    methods = [GD, oe.GradientDescent(0.1)]
    race = oe.race(methods, PROBLEM, START, max_iter=20)
    assert len(race) == 2
    for trace, method in zip(race, methods, strict=True):
        assert same(trace, oe.run(method, PROBLEM, START, max_iter=20))
    assert "GradientDescent(step_size=0.1)" in repr(race)
    with pytest.raises(ValueError, match="at least one method"):
        oe.race([], PROBLEM, START)


def test_the_progress_bar_is_shown_when_asked_for(capsys):
    quiet = oe.run(GD, PROBLEM, START, max_iter=30, tol=0.0, progress=False)
    assert capsys.readouterr().err == ""
    shown = oe.run(GD, PROBLEM, START, max_iter=30, tol=0.0, progress=True)
    assert "step" in capsys.readouterr().err
    assert same(quiet, shown)


def test_nothing_is_printed_to_a_file(capsys):
    oe.run(GD, PROBLEM, START, max_iter=30)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_a_guarantee_is_given_for_every_recorded_step():
    trace = oe.run(oe.GradientDescent(), PROBLEM, START, max_iter=12, record_every=5, tol=0.0)
    guarantee = trace.guarantee()
    assert guarantee.bound.shape == trace.iterations.shape == (4,)
    assert (trace.values - PROBLEM.minimum <= guarantee.bound * (1 + 1e-9)).all()


WEIGHTS = np.array([1.0, 0.5, 1.0, 0.5])


def test_a_step_may_use_an_array_of_its_module_and_a_comprehension():
    @oe.method
    class Weighted(NamedTuple):
        step_size: float = 0.3

        def init(self, problem, x):
            return State(x)

        def step(self, problem, state):
            g = sum([WEIGHTS * problem.gradient(state.x) for _ in range(1)])
            return State(state.x - self.step_size * g)

    assert Weighted.needs == {"gradient"}
    assert oe.run(Weighted(), PROBLEM, START).success


def plain_helper(v):
    """Not portable, so that Numba does not know it."""
    return 1.0 * v


@oe.method
class Uncompilable(NamedTuple):
    step_size: float = 1e-3

    def init(self, problem, x):
        return State(x)

    def step(self, problem, state):
        return State(state.x - self.step_size * plain_helper(problem.gradient(state.x)))


@pytest.mark.compiled
def test_what_cannot_be_compiled_goes_on_in_python():
    options = {"max_iter": runner.COMPILE_FROM, "tol": 1e-8}
    trace = oe.run(Uncompilable(), PROBLEM, START, **options)
    python = oe.run(Uncompilable(), PROBLEM, START, execution="python", **options)
    assert trace.iterations[-1] > runner.PYTHON_STEPS
    assert trace.execution == "python"
    assert same(trace, python)
    with pytest.raises(oe.CompilationError, match="cannot be compiled"):
        oe.run(Uncompilable(), PROBLEM, START, execution="compiled")


class HiddenState(NamedTuple):
    x: np.ndarray
    z: float


@oe.method
class Resting(NamedTuple):
    """Its x moves only when z has come far enough."""

    may_rest = True

    def init(self, problem, x):
        return HiddenState(x, 0.0)

    def step(self, problem, state):
        z = state.z + 1.0
        return HiddenState(state.x - (0.01 if z > 40 else 0.0), z)


def test_a_method_that_may_rest_is_not_called_stalled():
    trace = oe.run(Resting(), PROBLEM, START, max_iter=50, tol=0)
    assert trace.status is oe.Status.MAX_ITER
    assert not np.array_equal(trace.x, START)


@pytest.mark.parametrize(
    ("method", "held"),
    [(oe.LBFGS(), {"value", "gradient"}), (oe.BarzilaiBorwein(), {"gradient"}),
     (oe.GradientDescent(0.1), set())],
)  # fmt: skip
def test_what_a_state_holds_is_not_evaluated_again(method, held):
    """The calls that the problem itself sees are those of the method, but for what is recorded."""
    problem = random_quadratic(6, 30.0, seed=3)
    seen = Spy(problem)
    trace = oe.run(method, seen, np.ones(6), max_iter=12, tol=0.0, execution="python")
    for oracle in ("value", "gradient"):
        recorded = 0 if oracle in held else len(trace)
        assert seen.calls[oracle] == trace.counts.get(oracle, 0) + recorded
    plain = oe.run(method, problem, np.ones(6), max_iter=12, tol=0.0, execution="python")
    assert np.array_equal(plain.values, [problem.value(x) for x in plain.iterates])
    assert plain.certificate.value == np.sqrt(np.sum(problem.gradient(plain.x) ** 2))


def test_a_method_may_hold_only_value_and_gradient():
    with pytest.raises(TypeError, match="Hoarder: holds may name 'f' and 'g', got"):

        @oe.method
        class Hoarder(NamedTuple):
            holds = ("f", "H")

            def init(self, problem, x):
                raise NotImplementedError

            def step(self, problem, state):
                raise NotImplementedError


@pytest.mark.parametrize("execution", ["python", "compiled"])
def test_value_and_gradient_at_once_count_as_both(execution):
    """Quadratic answers both at once; made of functions, the same quadratic one by one."""
    problem = random_quadratic(6, 30.0, seed=3)
    asked = []

    class Together(oe.problems.Quadratic):
        def value_and_gradient(self, x):
            asked.append(x)
            return oe.problems.Quadratic.value_and_gradient(self, x)

    apart = oe.Problem.from_functions(problem.value, gradient=problem.gradient)
    expected = oe.run(oe.BFGS(), apart, np.ones(6), execution="python")
    trace = oe.run(oe.BFGS(), Together(*problem), np.ones(6), execution="python")
    assert trace.counts == expected.counts
    assert np.array_equal(trace.iterates, expected.iterates)
    assert len(asked) == trace.counts["value"] - 1  # the first ones come from init, one by one
    compiled = oe.run(oe.BFGS(), problem, np.ones(6), execution=execution)
    assert compiled.counts == expected.counts
