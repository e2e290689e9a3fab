"""A look at a run on a device: what it costs, and that it sees what it sees here."""

from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.cuda import stand_in
from optedu.cuda.looks import Looks
from optedu.cuda.sites import twins_of
from optedu.kernels.loop import compare
from optedu.problems.generators import random_logistic
from tests.contract.samples import samples

LOGISTIC = random_logistic(300, 20, seed=1, l2=0.01)


def cost_of_a_step(method, every, problem=LOGISTIC):
    """Operations, and waits for them, if every so many steps are looked at."""
    counts = []
    for steps in (10, 15):
        before = np.array([stand_in.operations(), stand_in.waits()])
        oe.run(
            method, problem, max_iter=steps, tol=0.0, record_every=every, keep_iterates=False,
            device="simulator",
        )  # fmt: skip
        counts.append([stand_in.operations(), stand_in.waits()] - before)
    return (counts[1] - counts[0]) / 5


@pytest.mark.parametrize("method", [oe.GradientDescent(), oe.HeavyBall(1.0, 0.8)])
def test_a_look_waits_once_and_costs_less_than_a_step(method):
    alone, seen = cost_of_a_step(method, 10**6), cost_of_a_step(method, 1)
    assert alone[1] == 1
    assert seen[1] == 2
    assert seen[0] < 1.7 * alone[0]


@pytest.mark.parametrize(
    "name",
    ["GradientDescent", "NesterovAcceleration", "LBFGS", "FISTA", "FrankWolfe", "DouglasRachford"],
)
def test_values_and_certificates_are_those_of_a_run_here_to_the_bit(name):
    for method, problem, x0 in samples(name):
        here, there = (
            oe.run(method, problem, x0, max_iter=20, tol=0.0, seed=3, device=device)
            for device in ("cpu", "simulator")
        )
        for column in ("values", "gradient_norms", "kept_iterates", "iterations"):
            mine, other = getattr(there, column), getattr(here, column)
            assert np.array_equal(mine, other, equal_nan=True)


def test_iterates_come_to_the_host_together(monkeypatch):
    """Chunks grow while they are fast; here the clock stands still."""
    monkeypatch.setattr("optedu.running.runner.time.perf_counter", lambda: 0.0)

    def waits(keep, steps=5 * 64):
        before = stand_in.waits()
        oe.run(oe.GradientDescent(), LOGISTIC, max_iter=steps, tol=0.0, keep_iterates=keep,
               device="simulator")  # fmt: skip
        return stand_in.waits() - before

    assert 1 <= waits(True) - waits(False) <= 6


TINY, LARGE = 5e-324, 1.7e308


@pytest.mark.parametrize(
    "pair", [([1.0, 2.0], [1.0, 2.0]), ([1.0, 2.0], [1.0, 2.5]), ([TINY, 0.0], [0.0, 0.0]),
             ([LARGE, 0.0], [-LARGE, 0.0]), ([np.inf, 0.0], [0.0, 0.0]),
             ([np.nan, 1.0], [1.0, 1.0]), ([np.inf, 0.0], [np.inf, 0.0]),
             ([0.0, 1.0], [-0.0, 1.0])],
)  # fmt: skip
def test_what_moved_and_what_is_finite(pair):
    looks = Looks(twins_of("simulator", np.dtype(np.float64)))
    new, old = (np.array(x) for x in pair)
    with np.errstate(all="ignore"):
        found = looks.compare(stand_in.MODULE.asarray(new), stand_in.MODULE.asarray(old))
    assert found == compare(new, old)


@oe.method
class Careless(NamedTuple):
    """It writes into the gradient that it was given, and asks for it again."""

    step_size: float

    def init(self, problem, x):
        return CarelessState(x)

    def step(self, problem, state):
        x = state.x
        g = problem.gradient(x)
        g *= 0.5
        return CarelessState(x - self.step_size * (g + problem.gradient(x)))


class CarelessState(NamedTuple):
    x: np.ndarray


def test_who_writes_into_an_answer_harms_nobody():
    here, there = (
        oe.run(Careless(0.5), LOGISTIC, max_iter=10, tol=0.0, device=device)
        for device in ("cpu", "simulator")
    )
    assert np.array_equal(here.x, there.x)
    assert np.array_equal(here.gradient_norms, there.gradient_norms)
    assert np.array_equal(here.calls["gradient"], there.calls["gradient"])


@oe.problem
class Twice(NamedTuple):
    """||x||^2 / 2; value and gradient at once ask for each, and are counted."""

    asked: np.ndarray

    def value(self, x):
        self.asked[0] += 1
        return 0.5 * np.sum(x * x)

    def gradient(self, x):
        self.asked[1] += 1
        return x.copy()

    def value_and_gradient(self, x):
        self.asked[2] += 1
        return self.value(x), self.gradient(x)


def test_an_oracle_is_asked_once_at_an_iterate():
    problem = Twice(stand_in.MODULE.asarray(np.zeros(3)))
    trace = oe.run(oe.GradientDescent(0.5), problem, [1.0, 2.0], max_iter=6, tol=0.0, device="auto")
    assert trace.calls["gradient"][-1] == 6
    assert problem.asked.tolist() == [7, 7, 7]  # the start, and six steps


def test_single_precision_is_compared_with_the_tolerance_as_it_is_given():
    """0.1 is not a number of single precision."""
    x = stand_in.MODULE.asarray(np.array([0.1], np.float32))
    problem = oe.problems.Quadratic(*(stand_in.MODULE.asarray(a, np.float32) for a in (
        np.eye(1), np.zeros(1)
    )))  # fmt: skip
    assert float(x[0]) > 0.1
    trace = oe.run(oe.GradientDescent(0.5), problem, x, max_iter=0, tol=0.1, device="auto")
    assert trace.status == "max_iter"
