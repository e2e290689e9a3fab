"""`run` with its arrays on a device, which here is the stand-in: NumPy with CuPy's manners."""

import ast
import gc
import weakref
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from scipy.optimize import linear_sum_assignment

import optedu as oe
from optedu import discovery, protocol
from optedu.compiling import CompilationError
from optedu.cuda import device, stand_in, substitutes
from optedu.cuda.places import Simulator
from optedu.cuda.sites import twins_of
from optedu.cuda.stand_in import Array
from optedu.forms import FORMS
from optedu.kernels import patterns
from optedu.oracles import oracles_of
from optedu.problems import functions, polytopes
from optedu.problems.generators import random_logistic, random_quadratic
from tests.contract.samples import samples
from tests.problems.catalog import COMPOSITES, EVERYTHING, SMOOTH, outputs_for, point_for

xp = stand_in.MODULE
LAUNCH = Simulator.launch
STEPS = 12
PROBLEMS = {**EVERYTHING, **COMPOSITES, **SMOOTH}
BOWL = random_quadratic(5, 20.0, 11, smoothness=2.0)
X0 = np.arange(5.0)


def there(value, kind=np.float64):
    """A problem, a method or an array that lives on the device."""
    if isinstance(value, np.ndarray):
        return xp.asarray(value, kind if value.dtype.kind == "f" else None)
    if isinstance(value, tuple):
        parts = [there(part, kind) for part in value]
        return type(value)(*parts) if type(value) in protocol.classes else tuple(parts)
    return value


def random_transport():
    """Between 5 and 4 points."""
    cost = np.random.default_rng(0).random((5, 4))
    return oe.problems.EntropicTransport(cost, np.full(5, 0.2), np.full(4, 0.25), 0.3)


def furthest(ours, theirs):
    return np.max(np.abs(ours - theirs)) / max(1.0, np.max(np.abs(theirs)))


@pytest.mark.parametrize("name", sorted(discovery.methods()))
def test_a_method_does_on_a_device_what_it_does_here(name):
    for method, problem, x0 in samples(name):
        options = {"max_iter": STEPS, "seed": 3}
        here = oe.run(method, problem, x0, **options)
        copied = oe.run(method, problem, x0, **options, device="simulator")
        in_place = oe.run(there(method), there(problem), there(x0), **options, device="simulator")
        assert isinstance(in_place.x, Array)
        assert isinstance(copied.x, np.ndarray)
        for trace in (copied, in_place):
            assert trace.status == here.status
            assert np.array_equal(trace.iterations, here.iterations)
            assert np.allclose(
                trace.gradient_norms, here.gradient_norms, rtol=1e-8, atol=1e-9, equal_nan=True
            )
            assert all(
                np.array_equal(trace.calls[oracle], here.calls[oracle]) for oracle in here.calls
            )
            assert furthest(np.asarray(trace.x.tolist()), here.x) <= 1e-10


@pytest.mark.parametrize("name", PROBLEMS)
def test_an_oracle_answers_on_a_device_what_it_answers_here(name):
    problem, rng = PROBLEMS[name], np.random.default_rng(0)
    twins = twins_of("simulator", np.dtype(np.float64))
    twin = twins.value(problem)
    x, v = point_for(problem, rng), point_for(problem, rng)
    given = {"i": 1, "t": 0.7, "x": x, "v": v, "y": outputs_for(problem, x, rng)}
    for oracle in oracles_of(problem):
        args = [given[letter] for letter in FORMS.get(oracle, ("x", ""))[0].split(", ")]
        try:
            here = getattr(problem, oracle)(*args)
        except IndexError:  # there is no component 1
            continue
        ours = twins.home(getattr(twin, oracle)(*map(there, args)), False)
        pairs = zip(ours, here, strict=True) if isinstance(here, tuple) else [(ours, here)]
        for one, other in pairs:
            assert one == pytest.approx(other, rel=1e-10, abs=1e-11, nan_ok=True), oracle
    if getattr(problem, "start", None) is not None:
        assert np.array_equal(twins.home(twin.start, False), problem.start)


@pytest.mark.parametrize("name", ["FISTA", "LBFGS", "Sinkhorn", "ConvexNetworkADMM", "FrankWolfe"])
def test_single_precision_stays_single(name):
    for method, problem, x0 in samples(name):
        here = oe.run(method, problem, x0, max_iter=5, tol=0.0)
        trace = oe.run(
            method, there(problem, np.float32), x0, max_iter=5, tol=0.0, device="simulator"
        )
        assert trace.x.dtype == np.float32
        assert furthest(trace.x.get(), here.x) <= 1e-4


@pytest.mark.parametrize("name", ["sparse elastic net", "l-infinity ball (set)"])
def test_no_function_widens_single_precision(name):
    """NumPy's bincount does, and where(..., 1.0, -1.0)."""
    problem = PROBLEMS[name]
    x = there(point_for(problem, np.random.default_rng(0)), np.float32)
    twin = twins_of("simulator", np.dtype(np.float32)).value(problem)
    for oracle in {"gradient", "residual", "linear_minimizer"} & oracles_of(problem):
        assert getattr(twin, oracle)(x).dtype == np.float32


@pytest.mark.parametrize(
    "name", ["GradientDescent", "LevenbergMarquardt", "Sinkhorn", "OverRelaxedSinkhorn",
             "ConvexNetworkADMM", "RandomBlockADMM"],
)  # fmt: skip
def test_kernels_by_hand_take_the_place_of_loops(name, monkeypatch):
    """Whatever the size; the kernels run in the simulator, so there are few steps."""
    launched = []
    monkeypatch.setattr(substitutes, "WORTH", 1)
    monkeypatch.setattr(
        Simulator, "launch", lambda self, kernel, *rest: launched.append(kernel) or LAUNCH(
            self, kernel, *rest
        ),
    )  # fmt: skip
    for method, problem, x0 in samples(name):
        here = oe.run(method, problem, x0, max_iter=2, seed=3)
        trace = oe.run(method, problem, x0, max_iter=2, seed=3, device="simulator")
        assert furthest(trace.x, here.x) <= 1e-10
        assert np.allclose(trace.values, here.values, rtol=1e-10)
    assert launched


def test_a_plan_of_points_is_summed_by_hand(monkeypatch):
    rng = np.random.default_rng(0)
    X, Y, a, b = rng.random((9, 2)), rng.random((7, 2)), np.full(9, 1 / 9), np.full(7, 1 / 7)
    problem = oe.problems.PointCloudTransport(X, Y, a, b, 0.3)
    monkeypatch.setattr(substitutes, "WORTH", 1)
    here = oe.run(oe.Sinkhorn(), problem, rng.normal(size=16), max_iter=3, tol=0.0)
    trace = oe.run(
        oe.Sinkhorn(), problem, here.iterates[0], max_iter=3, tol=0.0, device="simulator"
    )
    assert furthest(trace.x, here.x) <= 1e-10
    assert np.allclose(trace.gradient_norms, here.gradient_norms, atol=1e-10)


def test_patterns_that_are_weights_keep_their_text(monkeypatch):
    """Bytes hold zeros and ones only."""
    monkeypatch.setattr(substitutes, "WORTH", 1)
    twins = twins_of("simulator", np.dtype(np.float64))
    rng = np.random.default_rng(1)
    X, D, W = rng.random((5, 2)), rng.random((5, 3)), rng.random((3, 2))
    ours = twins.function(patterns.masked_sum)(*map(there, (X, D, W)))
    assert np.allclose(ours.get(), patterns.masked_sum(X, D, W))


def test_what_the_caller_gets_is_numpys_unless_the_data_live_there():
    trace = oe.run(oe.GradientDescent(), BOWL, X0, device="simulator")
    assert trace.success
    assert trace.execution == "simulator"
    assert trace.problem is BOWL
    assert type(trace.method) is oe.GradientDescent
    assert isinstance(trace.method.step_size, float)
    assert isinstance(trace.state.x, np.ndarray)
    assert trace.iterates.shape == (trace.iterations.size, 5)
    stays = oe.run(oe.GradientDescent(), there(BOWL), X0, device="auto")
    assert isinstance(stays.x, Array)
    assert isinstance(stays.state.x, Array)
    assert isinstance(stays.iterates, np.ndarray)


def test_data_on_the_device_are_used_in_place_and_not_written_to():
    A = there(BOWL.A)
    problem = oe.problems.Quadratic(A, there(BOWL.b))
    where = A.__cuda_array_interface__["data"]
    assert problem.A.__cuda_array_interface__["data"] == where
    twin = twins_of("simulator", np.dtype(np.float64)).value(problem)
    assert twin.A.__cuda_array_interface__["data"] == where
    x0 = there(X0)
    trace = oe.run(oe.GradientDescent(), problem, x0, device="simulator")
    assert trace.problem is problem
    assert np.array_equal(A.get(), BOWL.A)
    assert np.array_equal(x0.get(), X0)
    assert trace.x.__cuda_array_interface__["data"] != x0.__cuda_array_interface__["data"]


def test_a_callback_sees_numpys_arrays_and_may_end_the_run():
    seen = []
    oe.run(
        oe.GradientDescent(), BOWL, X0, device="simulator",
        callback=lambda progress: seen.append(progress.x) or len(seen) == 3,
    )  # fmt: skip
    assert len(seen) == 3
    assert all(type(x) is np.ndarray for x in seen)


def test_functions_of_the_caller_get_arrays_on_the_device():
    def value(x):
        assert isinstance(x, Array)
        return 0.5 * (x @ x)

    problem = oe.Problem.from_functions(value=value, gradient=lambda x: x)
    trace = oe.run(oe.GradientDescent(0.5), problem, X0, device="simulator")
    assert trace.success
    assert np.allclose(trace.x, 0.0, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "kind", "said"),
    [
        (lambda: there(BOWL.A.astype(int)), TypeError, "A on the GPU is int64: pass float32"),
        (lambda: there(BOWL.A * np.nan), ValueError, "A must be finite, and holds NaN or inf"),
        (lambda: there(np.empty((0, 5))), ValueError, "A is empty"),
        (lambda: there(BOWL.A[:4]), ValueError, "A must be square|A must"),
    ],
)
def test_bad_data_on_a_device_are_refused(make, kind, said):
    with pytest.raises(kind, match=said):
        oe.problems.Quadratic(make(), there(BOWL.b))


def test_arrays_on_two_sides_or_in_two_precisions_are_refused():
    problem = there(BOWL)
    with pytest.raises(ValueError, match="device='cpu' got an array that lives on a GPU"):
        oe.run(oe.GradientDescent(), problem, X0)
    with pytest.raises(TypeError, match="must have one precision"):
        oe.run(oe.GradientDescent(), problem, there(X0, np.float32), device="simulator")
    with pytest.raises(ValueError, match="device must be 'cpu', 'cuda' or 'auto', got 'gpu'"):
        oe.run(oe.GradientDescent(), BOWL, X0, device="gpu")
    with pytest.raises(CompilationError, match="execution='compiled' is for a processor"):
        oe.run(oe.GradientDescent(), problem, X0, device="simulator", execution="compiled")
    with pytest.raises(ValueError, match="device='cpu' got an array that lives on a GPU"):
        oe.sweep(oe.GradientDescent, problem=BOWL, starts=there(X0), step_size=[0.1])


def test_a_sweep_copies_what_lives_on_a_device():
    options = {"step_size": [0.1, 0.2], "max_iter": 5}
    here = oe.sweep(oe.GradientDescent, problem=BOWL, starts=X0, **options)
    ends = oe.sweep(
        oe.GradientDescent, problem=there(BOWL), starts=there(X0), **options, device="rehearsal"
    )
    assert np.allclose(ends.x, here.x, atol=1e-12)


@pytest.mark.skipif(device.is_available(), reason="there is a GPU")
def test_where_there_is_no_gpu_it_is_said_or_the_processor_does_it():
    with pytest.raises(device.Unavailable, match="device='cuda' "):
        oe.run(oe.GradientDescent(), BOWL, X0, device="cuda")
    here = oe.run(oe.GradientDescent(), BOWL, X0, device="auto")
    assert here.execution == "python"


def test_a_factorization_that_fails_ends_the_run_as_it_does_here():
    problem = oe.problems.Quadratic(np.diag([1.0, 0.0]), [1.0, 1.0])
    ends = [
        oe.run(oe.NewtonMethod(), problem, [1.0, 1.0], device=place, max_iter=5).status
        for place in ("cpu", "simulator")
    ]
    assert ends[0] == ends[1]
    assert ends[0] is not oe.Status.CONVERGED


def test_a_twin_has_the_very_code_and_another_numpy():
    problem, x0 = random_logistic(20, 5, seed=3, l2=0.1), X0
    twins = twins_of("simulator", np.dtype(np.float64))
    twin = twins.value(oe.FISTA(0.1))
    assert type(twin).step.__code__ is oe.FISTA.step.__code__
    assert isinstance(twin, oe.FISTA)
    assert type(twins.value(problem)).hessian.__globals__["np"] is twins.library
    assert np.allclose(problem.gradient(x0), twins.value(problem).gradient(there(x0)).get())


@pytest.mark.parametrize(
    "line",
    [
        "np.asarray(x)",
        "x + np.ones(5)",
        "np.ones(5) + x",
        "np.maximum(np.ones(5), x)",
        "x.__setitem__(0, np.ones(1))",
        "xp.array([x[0], 1.0])",
        "xp.sum([1.0, 2.0])",
        "xp.zeros([x[0]])",
        "x.__setitem__(slice(0, 2), [1.0, 2.0])",
        "xp.isin(x, (0.0, 1.0))",
        "xp.repeat(x, xp.asarray(np.ones(5, int)))",
        "xp.arange(x[0])",
    ],
)
def test_the_stand_in_refuses_what_cupy_refuses(line):
    with pytest.raises(TypeError):
        eval(line, {"np": np, "xp": xp, "x": xp.asarray(np.ones(5))})


def test_an_entry_is_a_view_as_it_is_in_cupy():
    x = there(X0)
    entry, row = x[1], there(BOWL.A)[2]
    x[1] = 7.0
    assert float(entry) == 7.0
    entry += 1.0
    assert float(x[1]) == 8.0
    kept = row[there(np.array(3))]  # an index that is an array copies
    row[3] = 0.0
    assert float(kept) == BOWL.A[2, 3]


def test_an_assignment_is_the_cheapest_on_a_device_too():
    """Its potentials are lowered by an entry of the very array that is lowered."""
    cost = np.random.default_rng(5).random((9, 9))
    columns = twins_of("simulator", np.dtype(np.float64)).function(polytopes.assignment)(
        there(cost)
    )
    assert np.array_equal(columns.get(), linear_sum_assignment(cost)[1])


def test_sparse_columns_run_on_a_device():
    A = scipy.sparse.random(30, 12, 0.3, random_state=1)
    problem = oe.problems.L1LeastSquares.from_matrix(A, np.arange(30.0), 0.1)
    here, trace = (
        oe.run(oe.FISTA(), problem, max_iter=20, tol=0.0, device=place)
        for place in ("cpu", "simulator")
    )
    assert furthest(trace.x, here.x) <= 1e-12
    with pytest.raises(TypeError, match="indices: integers on a GPU are wanted in NumPy's memory"):
        problem.matrix._replace(indices=there(problem.matrix.indices))


def test_factors_of_the_callers_functions_stay_on_the_device():
    answer = functions.Answer("kronecker_factors", lambda x: (x, x))
    assert all(isinstance(factor, Array) for factor in answer(there(X0)))


class Tensor:
    """An array whose library has other names for things: PyTorch's."""

    __module__ = "optedu.cuda.stand_in"
    dtype = "torch.float64"

    def __init__(self, content):
        self._content = there(content)
        self.__cuda_array_interface__ = self._content.__cuda_array_interface__

    def size(self):
        return self._content.shape

    def to_host(self):
        return self._content.get()


def test_a_start_of_another_library_is_read_where_it_lies():
    here = oe.run(oe.GradientDescent(), BOWL, X0)
    trace = oe.run(oe.GradientDescent(), there(BOWL), Tensor(X0), device="auto")
    assert furthest(trace.x.get(), here.x) <= 1e-12
    ends = oe.sweep(
        oe.GradientDescent, problem=BOWL, starts=Tensor(X0), step_size=[0.1], device="rehearsal"
    )
    assert np.array_equal(ends.starts[0], X0)


def test_nothing_of_a_run_is_kept_when_it_is_over(monkeypatch):
    monkeypatch.setattr(substitutes, "WORTH", 1)
    problem = there(random_transport())
    trace = oe.run(oe.Sinkhorn(), problem, max_iter=1, tol=0.0, device="auto")
    cost = weakref.ref(problem.cost)
    del problem, trace
    gc.collect()
    assert cost() is None


def test_data_that_their_owner_changes_between_two_runs_are_read_again(monkeypatch):
    monkeypatch.setattr(substitutes, "WORTH", 1)
    problem = random_transport()
    same, start = there(problem), np.zeros(problem.shape)
    options = {"max_iter": 1, "tol": 0.0, "device": "auto"}
    oe.run(oe.Sinkhorn(), same, there(start), **options)
    weights = np.arange(1.0, problem.a.size + 1.0)
    same.a[:] = there(weights / weights.sum())
    here = oe.run(oe.Sinkhorn(), problem._replace(a=same.a.get()), start, max_iter=1, tol=0.0)
    assert furthest(oe.run(oe.Sinkhorn(), same, there(start), **options).x.get(), here.x) <= 1e-10


def test_cupy_has_what_the_package_asks_of_numpy():
    cupy = pytest.importorskip("cupy")
    package = Path(oe.__file__).parent
    rooms = {"compiling", "courses", "cuda", "exercises", "grading", "papers", "proofs", "browser"}
    lacking = set()
    for path in package.rglob("*.py"):
        if path.relative_to(package).parts[0] in rooms | {"running", "testing"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_name = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            if is_name and node.value.id == "np" and not hasattr(cupy, node.attr):
                lacking.add(node.attr)
    assert lacking <= {"block", "errstate"}
