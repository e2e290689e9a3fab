"""What a run takes, and how it refuses the rest."""

from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from tests.running.examples import GD, PROBLEM, START, Linear, State, same, strided


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


def test_replacing_a_hyperparameter_reads_it_as_making_the_method_does():
    assert isinstance(GD._replace(step_size=1).step_size, float)
    with pytest.raises(ValueError, match="step_size must be positive"):
        GD._replace(step_size=-0.1)
    with pytest.raises(ValueError, match="got NaN"):
        GD._replace(step_size=np.nan)


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


def test_a_smoothness_of_zero_is_not_called_unknown():
    flat = oe.problems.Quadratic(np.zeros((2, 2)), np.ones(2))
    with pytest.raises(ValueError, match="smoothness is 0"):
        oe.run(oe.GradientDescent(), flat, np.ones(2))
