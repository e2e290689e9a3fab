"""What a run records, reads and refuses."""

import csv
from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_quadratic
from optedu.running import runner
from optedu.testing.proxies import Spy

PROBLEM = random_quadratic(4, 10.0, seed=1, smoothness=2.0)
START = np.array([1.0, -2.0, 3.0, 0.5])
GD = oe.GradientDescent(0.3)


class State(NamedTuple):
    x: np.ndarray


@oe.method
class Wandering(NamedTuple):
    def init(self, problem, x, rng):
        return State(x)

    def step(self, problem, state, rng):
        return State(state.x - 0.3 * problem.gradient(state.x) + 0.01 * rng.standard_normal(4))


@oe.method
class Linear(NamedTuple):
    """Needs an oracle that a quadratic does not have."""

    def init(self, problem, x):
        return State(x)

    def step(self, problem, state):
        return State(problem.linear_minimizer(state.x))


def columns(trace):
    return (trace.iterations, trace.values, trace.gradient_norms, trace.iterates, trace.x)


def same(a, b):
    return all(p.tobytes() == q.tobytes() for p, q in zip(columns(a), columns(b), strict=True))


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


def strided(x):
    wide = np.full(2 * x.size, np.nan)
    wide[::2] = x
    return wide[::2]


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def mapped(x, folder):
    np.save(folder / "x.npy", x)
    return np.load(folder / "x.npy", mmap_mode="r")


FORMS = {
    "list": lambda x, _: x.tolist(),
    "tuple": lambda x, _: tuple(x.tolist()),
    "strided": lambda x, _: strided(x),
    "reversed": lambda x, _: x[::-1].copy()[::-1],
    "read-only": lambda x, _: read_only(x),
    "byte-swapped": lambda x, _: x.astype(">f8"),
    "memory-mapped": mapped,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_start_gives_the_same_bits(form, tmp_path):
    given = FORMS[form](START, tmp_path)
    assert same(oe.run(GD, PROBLEM, given), oe.run(GD, PROBLEM, START))
    assert np.array_equal(np.asarray(given, float), START)


@pytest.mark.parametrize("dtype", [int, np.int8, bool, np.float16])
def test_other_numbers_become_float64(dtype):
    given = np.array([1, 0, 1, 1], dtype=dtype)
    trace = oe.run(GD, PROBLEM, given)
    assert trace.x.dtype == np.float64
    assert same(trace, oe.run(GD, PROBLEM, given.astype(float)))


def test_float32_never_claims_more_than_it_can_hold():
    tight = oe.run(GD, PROBLEM, START.astype(np.float32), tol=1e-12, max_iter=5000)
    assert tight.status == "stalled"
    assert "float32 holds no closer point" in tight.message
    assert tight.certificate.value > 1e-12
    gradient = PROBLEM.gradient(tight.x.astype(float))
    assert np.isclose(tight.certificate.value, np.linalg.norm(gradient), rtol=1e-12)
    assert oe.run(GD, PROBLEM, START.astype(np.float32), tol=1e-3).status == "converged"


def test_an_oracle_cannot_write_into_the_iterate():
    def gradient(x):
        x *= 2
        return x

    problem = oe.Problem.from_functions(gradient=gradient)
    with pytest.raises(ValueError, match="read-only"):
        oe.run(oe.GradientDescent(0.1), problem, [1.0, 2.0])


def test_a_wrong_seed_gets_a_sentence():
    with pytest.raises((TypeError, ValueError), match="seed must be"):
        oe.run(GD, PROBLEM, START, seed=-1)


def test_float32_stays_float32():
    trace = oe.run(GD, PROBLEM, START.astype(np.float32))
    assert trace.x.dtype == np.float32
    assert trace.x == pytest.approx(PROBLEM.minimizer, abs=1e-5)


def test_a_matrix_in_fortran_order_gives_the_same_bits():
    rng = np.random.default_rng(3)
    target = rng.normal(size=(3, 2))
    problem = oe.Problem.from_functions(
        lambda x: 0.5 * float(np.sum((x - target) ** 2)), gradient=lambda x: x - target
    )
    start = rng.normal(size=(3, 2))
    plain = oe.run(GD, problem, start)
    assert plain.iterates.shape == (len(plain), 3, 2)
    assert same(oe.run(GD, problem, np.asfortranarray(start)), plain)
    assert plain.x == pytest.approx(target, abs=1e-5)


def test_data_of_the_problem_in_any_order_gives_the_same_bits():
    A, b = PROBLEM.A, PROBLEM.b
    other = oe.problems.Quadratic(np.asfortranarray(A), strided(b))
    assert same(oe.run(GD, other, START), oe.run(GD, PROBLEM, START))


def bad(index, entry):
    x = START.copy()
    x[index] = entry
    return x


REFUSED = [
    ({"x0": bad(2, np.nan)}, ValueError, "x0 must be finite, got nan at index 2"),
    ({"x0": bad(1, np.inf)}, ValueError, "x0 must be finite, got inf at index 1"),
    ({"x0": []}, ValueError, "x0 is empty (shape (0,))"),
    ({"x0": np.ones(3)}, ValueError, "x0 has shape (3,), but Quadratic expects (4,)"),
    ({"x0": np.ones((4, 1))}, ValueError, "x0 has shape (4, 1), but Quadratic expects (4,)"),
    ({"x0": 1.0}, ValueError, "x0 must be an array of at least one dimension, got a single number"),
    ({"x0": START + 1j}, TypeError, "x0 must hold real numbers, got dtype complex128"),
    ({"x0": ["a"] * 4}, TypeError, "x0 must hold real numbers, got dtype <U1"),
    ({"x0": np.array([None] * 4)}, TypeError, "x0 must hold real numbers, got dtype object"),
    ({"max_iter": -1}, ValueError, "max_iter must be a non-negative integer, got -1"),
    ({"max_iter": 2.5}, ValueError, "max_iter must be a non-negative integer, got 2.5"),
    ({"max_iter": "many"}, ValueError, "max_iter must be a non-negative integer, got 'many'"),
    ({"max_iter": np.nan}, ValueError, "max_iter must be a non-negative integer, got nan"),
    ({"tol": -1e-3}, ValueError, "tol must be a non-negative number, got -0.001"),
    ({"max_iter": np.inf}, ValueError, "max_iter must be a non-negative integer, got inf"),
    ({"tol": "small"}, ValueError, "tol must be a non-negative number, got 'small'"),
    ({"tol": np.nan}, ValueError, "tol must be a non-negative number, got nan"),
    ({"time_limit": 0}, ValueError, "time_limit must be a positive number of seconds, got 0"),
    ({"record_every": 0}, ValueError, "record_every must be a positive integer, got 0"),
    ({"execution": "gpu"}, ValueError, "must be 'auto', 'python' or 'compiled', got 'gpu'"),
    ({"method": oe.GradientDescent}, TypeError, "expected a method such as GradientDescent("),
    ({"method": 3}, TypeError, "expected a method such as GradientDescent(step_size=0.1), got int"),
    ({"method": Linear()}, TypeError, "Linear calls problem.linear_minimizer, which Quadratic"),
]


@pytest.mark.parametrize(("changed", "error", "sentence"), REFUSED)
def test_refusals_name_the_argument_in_one_sentence(changed, error, sentence):
    arguments = {"method": GD, "problem": PROBLEM, "x0": START, **changed}
    with pytest.raises(error) as caught:
        oe.run(**arguments)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_sparse_input_is_refused_with_the_way_out():
    from scipy.sparse import csr_array

    with pytest.raises(TypeError, match="dense array"):
        oe.run(GD, PROBLEM, csr_array(START[None]))


CONSTRUCTORS = [
    (lambda: oe.GradientDescent(-1.0), "GradientDescent: step_size must be positive, got -1.0"),
    (lambda: oe.GradientDescent(np.nan), "GradientDescent: step_size must be a number, got NaN"),
    (lambda: oe.GradientDescent("x"), "GradientDescent: step_size must be a number, got str"),
    (lambda: oe.problems.Quadratic([[1.0, 2.0]], [1.0]), "A must be square, got shape (1, 2)"),
    (lambda: oe.problems.Quadratic([[1.0]], [1.0, 2.0]), "b must have shape (1,) to fit A"),
    (lambda: oe.problems.Quadratic([[1.0, 5.0], [0.0, 1.0]], [0, 0]), "A must be symmetric"),
    (lambda: oe.problems.Quadratic([[np.nan]], [1.0]), "A must be finite, got nan at index (0, 0)"),
    (lambda: oe.OptimizedGradientMethod(horizon=2.5), "horizon must be an integer, got 2.5"),
]


@pytest.mark.parametrize(("make", "sentence"), CONSTRUCTORS)
def test_constructors_refuse_in_one_sentence(make, sentence):
    with pytest.raises((TypeError, ValueError)) as caught:
        make()
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_start_is_needed_where_the_problem_has_none():
    problem = oe.Problem.from_functions(lambda x: float(x @ x), gradient=lambda x: 2 * x)
    with pytest.raises(ValueError, match="has no usual start: pass x0"):
        oe.run(GD, problem)
    problem.start = START
    assert np.array_equal(oe.run(GD, problem, max_iter=0).x, START)


def test_a_default_that_the_problem_cannot_give_is_asked_for():
    problem = oe.Problem.from_functions(gradient=lambda x: x)
    with pytest.raises(ValueError, match="smoothness is unknown"):
        oe.run(oe.GradientDescent(), problem, START)


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


def test_from_functions_is_the_same_problem():
    members = {"gradient": PROBLEM.gradient, "smoothness": PROBLEM.smoothness, "shape": (4,)}
    made = oe.Problem.from_functions(PROBLEM.value, **members)
    assert same(
        oe.run(oe.GradientDescent(), made, START), oe.run(oe.GradientDescent(), PROBLEM, START)
    )
    assert "smoothness" in repr(made)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [({"gradiant": abs}, "gradiant is neither an oracle"), ({"gradient": 3}, "must be a function")],
)
def test_from_functions_refuses_what_it_does_not_know(members, sentence):
    with pytest.raises(TypeError, match=sentence):
        oe.Problem.from_functions(**members)


def test_a_problem_of_functions_says_why_it_is_not_compiled():
    made = oe.Problem.from_functions(PROBLEM.value, gradient=PROBLEM.gradient)
    with pytest.raises(oe.CompilationError, match="runs in Python only"):
        oe.run(GD, made, START, execution="compiled")


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


LIES = {
    "a column": (lambda x: x[:, None], r"gradient must return an array of shape \(4,\)"),
    "too short": (lambda x: x[:1], r"gradient must return an array of shape \(4,\)"),
    "one number": (lambda x: 1.0, r"gradient must return an array of shape \(4,\)"),
    "complex": (lambda x: x + 0j, "dtype complex128"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_function_that_answers_in_a_wrong_form_is_refused(lie):
    gradient, sentence = LIES[lie]
    made = oe.Problem.from_functions(PROBLEM.value, gradient=gradient)
    with pytest.raises(TypeError, match=sentence):
        oe.run(GD, made, START)


def test_functions_may_answer_with_lists_and_integers():
    plain = oe.Problem.from_functions(lambda x: float(x @ x), gradient=lambda x: 2 * x)
    made = oe.Problem.from_functions(lambda x: np.array(x @ x), gradient=lambda x: [*(2 * x)])
    assert same(oe.run(GD, made, START), oe.run(GD, plain, START))
    flat = oe.Problem.from_functions(lambda x: 3, gradient=lambda x: np.zeros(4, dtype=int))
    assert oe.run(GD, flat, START).success


@pytest.mark.parametrize("answer", [np.ones(1), None, 1j])
def test_a_value_that_is_not_one_real_number_is_refused(answer):
    made = oe.Problem.from_functions(lambda x: answer, gradient=lambda x: x)
    with pytest.raises(TypeError, match="value must return a real number"):
        oe.run(GD, made, START)


def test_replacing_a_hyperparameter_reads_it_as_making_the_method_does():
    assert isinstance(GD._replace(step_size=1).step_size, float)
    with pytest.raises(ValueError, match="step_size must be positive"):
        GD._replace(step_size=-0.1)
    with pytest.raises(ValueError, match="got NaN"):
        GD._replace(step_size=np.nan)


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


class Unregistered(NamedTuple):
    def init(self, problem, x):
        return State(x)

    def step(self, problem, state):
        return state


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: oe.run(Unregistered(), PROBLEM, START), "write @method above its class"),
        (lambda: oe.run(GD, type(PROBLEM), START), r"write Quadratic\(\.\.\.\)"),
        (lambda: oe.run(GD, PROBLEM, START, callback=3), "callback must be a function"),
        (lambda: oe.run(GD, PROBLEM, [[1.0], [1.0, 2.0]]), "x0 must be an array"),
        (lambda: oe.GradientDescent("0.2"), "step_size must be a number, got str"),
        (lambda: oe.race(GD, PROBLEM, START), "a race needs a list"),
        (lambda: oe.race([GD, Linear()], PROBLEM, START), "calls problem.linear_minimizer"),
    ],
)
def test_a_slip_gets_a_sentence(call, sentence):
    with pytest.raises(TypeError, match=sentence):
        call()


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


def test_a_smoothness_of_zero_is_not_called_unknown():
    flat = oe.problems.Quadratic(np.zeros((2, 2)), np.ones(2))
    with pytest.raises(ValueError, match="smoothness is 0"):
        oe.run(oe.GradientDescent(), flat, np.ones(2))


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
