"""The GPU's kernel, on this processor: same ends as in Python, whatever the number of runs."""

from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.cuda import jobs, runs
from optedu.cuda.rehearsal import Rehearsal
from optedu.cuda.sweeping import sweep_ends
from optedu.running.run import prepare

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]

RNG = np.random.default_rng(5)
BOWL = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
LOGISTIC = oe.problems.LogisticRegression(RNG.normal(size=(20, 3)), np.sign(RNG.normal(size=20)))
VALLEY = oe.problems.Rosenbrock()
CASES = {
    "linear": ([oe.GradientDescent(h) for h in (0.1, 0.3, 0.7)], BOWL),
    "matrices": ([oe.NewtonMethod()], VALLEY),
    "memory": ([oe.LBFGS()], VALLEY),
    "draws": ([oe.RandomCoordinateDescent()], LOGISTIC),
}
ROUNDING = 1e-10


def starts(problem, count):
    d = len(problem.start) if getattr(problem, "start", None) is not None else 2
    return np.random.default_rng(count).normal(size=(count, d))


def in_python(method, problem, start, number, max_iter, tol):
    trace = oe.run(
        method, problem, start, max_iter=max_iter, tol=tol, execution="python",
        keep_iterates=False, seed=np.random.default_rng((3, number)),
    )  # fmt: skip
    last = trace.values[-1], trace.certificate.value, trace.x
    return trace.status.value, trace.iterations[-1], *last


@pytest.mark.parametrize("name", CASES)
def test_a_run_ends_as_in_python(name):
    methods, problem = CASES[name]
    pairs = [(method, x) for method in methods for x in starts(problem, 11)]
    ends = sweep_ends("rehearsal", problem, pairs, 3, 150, 1e-8)
    for number, ((method, x), end) in enumerate(zip(pairs, ends, strict=True)):
        status, steps, *theirs = in_python(method, problem, x, number, 150, 1e-8)
        assert end[0] == status
        assert abs(end[1] - steps) <= 1
        if end[1] == steps:
            for ours, other in zip(end[2:], theirs, strict=True):
                assert np.allclose(ours, other, rtol=ROUNDING, atol=ROUNDING, equal_nan=True)


@pytest.mark.parametrize("count", [1, 2, 31, 32, 33, 255, 256, 257])
def test_any_number_of_runs(count):
    points = starts(BOWL, count)
    pairs = [(oe.GradientDescent(0.3), x) for x in points]
    ends = sweep_ends("rehearsal", BOWL, pairs, 0, 99, 1e-9)
    assert len(ends) == count
    assert all(np.allclose(end[4], BOWL.minimizer, atol=1e-8) for end in ends)


def test_a_sweep_is_the_same_on_both():
    grid = {"step_size": [0.05, 0.2, 0.9], "starts": starts(BOWL, 4), "max_iter": 80, "tol": 1e-7}
    ours = oe.sweep(oe.GradientDescent, problem=BOWL, device="rehearsal", **grid)
    theirs = oe.sweep(oe.GradientDescent, problem=BOWL, execution="python", **grid)
    assert (ours.statuses == theirs.statuses).all()
    assert (ours.iterations == theirs.iterations).all()
    assert np.allclose(ours.x, theirs.x, rtol=ROUNDING, atol=ROUNDING)
    assert np.allclose(ours.values, theirs.values, rtol=1e-9)


def test_little_memory_is_made_more(monkeypatch):
    monkeypatch.setattr(runs, "FIRST_ARENA", 1 << 10)
    methods, problem = CASES["memory"]
    points = starts(problem, 3)
    (kernel, prepared) = _ready(methods[0], problem)
    batch = runs.Batch(kernel, problem, [prepared] * 3, points, None, 40, 1e-8)
    small = list(batch.made(Rehearsal(kernel), np.arange(3), 1 << 10))
    assert all(end.status is None for end in small)
    ends = runs.ends_of(Rehearsal(kernel), batch)
    assert all(end.status is not None for end in ends)


def test_portions_give_the_same_as_all_at_once():
    points = starts(BOWL, 10)
    kernel, method = _ready(oe.GradientDescent(0.3), BOWL)
    batch = runs.Batch(kernel, BOWL, [method] * 10, points, None, 30, 1e-9)
    place = Rehearsal(kernel)
    whole = list(batch.made(place, np.arange(10), 1 << 14))
    place.room = lambda: 3 * batch.bytes_for(1 << 14) + 1000
    parts = list(batch.made(place, np.arange(10), 1 << 14))
    assert [end.steps for end in whole] == [end.steps for end in parts]
    assert all(np.array_equal(a.x, b.x) for a, b in zip(whole, parts, strict=True))


@oe.method
class Pushed(NamedTuple):
    """x+ = x + push, an array that may differ from run to run."""

    push: np.ndarray

    def init(self, problem, x):
        return PushedState(x)

    def step(self, problem, state):
        return PushedState(state.x + self.push + 0.0 * problem.gradient(state.x))


class PushedState(NamedTuple):
    x: np.ndarray


def test_arrays_of_the_method_are_the_run_s_own():
    methods = [Pushed(np.array([k, -1.0])) for k in (1.0, 2.0, 1.0)]
    pairs = [(method, np.zeros(2)) for method in methods]
    ends = sweep_ends("rehearsal", BOWL, pairs, 0, 3, 0.0)
    assert np.array_equal([end[4] for end in ends], [[3, -3], [6, -3], [3, -3]])


def test_what_is_passed_is_not_written_to():
    points = starts(BOWL, 2)
    before = points.copy(), BOWL.A.copy()
    sweep_ends("rehearsal", BOWL, [(oe.GradientDescent(0.3), x) for x in points], 0, 20, 1e-9)
    assert np.array_equal(points, before[0])
    assert np.array_equal(BOWL.A, before[1])


def test_a_run_that_raises_is_made_again_in_python():
    singular = np.array([0.0, 0.005])
    assert np.linalg.matrix_rank(VALLEY.hessian(singular)) == 1
    (end,) = sweep_ends("rehearsal", VALLEY, [(oe.NewtonMethod(), singular)], 0, 5, 1e-9)
    assert end is None
    sweep = oe.sweep(
        oe.NewtonMethod, problem=VALLEY, starts=singular, relaxation=[0.5, 1.0], max_iter=5,
        device="rehearsal",
    )  # fmt: skip
    assert (sweep.statuses == "nonfinite").all()


def _ready(method, problem):
    prepared = prepare(method, problem)
    return jobs.kernel_of(prepared, problem, 1, jobs.HOST), prepared
