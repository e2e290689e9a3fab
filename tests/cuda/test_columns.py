"""A grid of hyperparameters prepared at once is the grid prepared method by method."""

import sys
from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu import discovery
from optedu.cuda.columns import methods_of
from optedu.cuda.rehearsal import Rehearsal
from optedu.cuda.runs import read_methods
from optedu.running.grid import Grid
from optedu.running.run import prepare
from tests.contract.samples import samples
from tests.cuda.test_rehearsal import BOWL

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]

METHODS = sorted(discovery.methods())


def words(methods):
    """The bytes of every leaf of every run."""
    return [
        [np.asarray(leaf.values[i % len(leaf.values)]).tobytes() for i in
         np.broadcast_to(leaf.which, methods.runs)]
        for leaf in methods.leaves
    ]  # fmt: skip


def one_by_one(grid, problem):
    methods = [prepare(method, problem) for method in grid.methods]
    return read_methods([method for method in methods for _ in grid.starts])


def made_or_none(make, grid, problem):
    try:
        return make(grid, problem)
    except ValueError:  # a number is out of its bounds
        return None


@pytest.fixture(scope="module")
def tried():
    """How often a method was prepared at once, and how often not."""
    return Counter()


@pytest.mark.parametrize("everything", [True, False])
@pytest.mark.parametrize("name", METHODS)
def test_what_is_prepared_at_once_is_what_is_prepared_one_by_one(name, everything, tried):
    """With all hyperparameters given; and with defaults left, which may depend on the others."""
    method, problem, _ = next(iter(samples(name)))
    full = prepare(method, problem)._asdict()
    numbers = [name for name, value in full.items() if isinstance(value, float)][:2]
    if not numbers:
        pytest.skip("no number to sweep")
    axes = {name: full[name] * np.array([1.0, 0.75, 1.125]) for name in numbers}
    given = full if everything else method._asdict()
    if not everything:
        axes = dict([next(iter(axes.items()))])
    fixed = {name: value for name, value in given.items() if name not in axes}
    grid = Grid(type(method), axes, fixed, np.zeros((2, 1)))
    ours, theirs = (made_or_none(make, grid, problem) for make in (methods_of, one_by_one))
    if theirs is not None:
        tried[ours is not None] += 1
    if ours is not None:
        assert theirs is not None
        assert words(ours) == words(theirs)


def test_most_are_prepared_at_once(tried):
    if sum(tried.values()) < 50:
        pytest.skip("the others were not run")
    assert tried[True] > 2 * tried[False]


@pytest.mark.parametrize("step_size", [[0.3, -0.1], [0.3, 0.0], [0.3, np.nan], [-0.1, 0.3]])
def test_what_one_method_refuses_the_grid_refuses(step_size):
    def sweep(device):
        oe.sweep(oe.HeavyBall, problem=BOWL, starts=[1.0, 1.0], step_size=step_size,
                 momentum=[0.1, 0.2], device=device)  # fmt: skip

    said = []
    for device in ("cpu", "rehearsal"):
        with pytest.raises(ValueError, match="step_size must be") as error:
            sweep(device)
        said.append(str(error.value))
    assert said[0] == said[1]


@oe.method
class Halved(NamedTuple):
    """x+ = x - h grad f(x), h halved where it is above 1."""

    step_size: float

    def resolve(self, problem):
        return self if self.step_size <= 1.0 else self._replace(step_size=self.step_size / 2)

    def init(self, problem, x):
        return HalvedState(x)

    def step(self, problem, state):
        return HalvedState(state.x - self.step_size * problem.gradient(state.x))


class HalvedState(NamedTuple):
    x: np.ndarray


def test_methods_that_part_are_prepared_one_by_one():
    def values(step_size):
        grid = Grid(Halved, {"step_size": np.array(step_size)}, {}, np.zeros((1, 2)))
        found = methods_of(grid, BOWL)
        return found and list(found.leaves[0].values)

    assert values([0.5, 1.0]) == [0.5, 1.0]
    assert values([0.5, 1.5]) is None
    assert values([1.25, 1.5]) is None


def test_integers_are_taken_for_the_numbers_that_they_are():
    ours, theirs = (
        oe.sweep(oe.HeavyBall, problem=BOWL, starts=np.eye(2), step_size=step_sizes, max_iter=5,
                 momentum=0.5, device="rehearsal")
        for step_sizes in (np.array([1, 2]), [1.0, 2.0])
    )  # fmt: skip
    assert np.array_equal(ours.x, theirs.x)


def calls_of(work):
    """How many Python functions some work calls."""
    count = 0

    def seen(frame, event, argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("swept", ["hyperparameters", "starts"])
def test_python_does_no_more_for_a_hundred_times_as_many_runs(swept, monkeypatch):
    monkeypatch.setattr(Rehearsal, "launch", lambda self, *given: None)

    def work(count):
        many, few = np.linspace(0.1, 0.3, count), np.full((1, 2), 0.5)
        if swept == "starts":
            many, few = np.array([0.1]), np.random.default_rng(0).normal(size=(count, 2))
        return lambda: oe.sweep(
            oe.GradientDescent, problem=BOWL, starts=few, step_size=many, device="rehearsal"
        )

    monkeypatch.setattr(Rehearsal, "read", lambda self, address, size: np.zeros(size, np.uint8))
    _, few, many = (calls_of(work(count)) for count in (9, 9, 900))
    assert many - few < 50


def test_the_order_of_a_grid_is_that_of_its_ends():
    """The last hyperparameter goes on before the others, and the starts before it."""
    grid = {"step_size": [0.05, 0.1, 0.2], "momentum": [0.0, 0.3], "max_iter": 3}
    points = np.random.default_rng(1).normal(size=(4, 2))
    ours = oe.sweep(oe.HeavyBall, problem=BOWL, starts=points, device="rehearsal", **grid)
    for (i, j, s), steps in np.ndenumerate(ours.iterations):
        method = oe.HeavyBall(grid["step_size"][i], grid["momentum"][j])
        trace = oe.run(method, BOWL, points[s], max_iter=3)
        assert steps == trace.iterations[-1]
        assert np.allclose(ours.x[i, j, s], trace.x, rtol=1e-13)
