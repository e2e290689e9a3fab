"""Each of the 25 checks passes an honest method and catches the fault it is there for."""

import dataclasses
from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_quadratic
from optedu.testing import CHECKS, check_method, contract
from optedu.testing.proxies import Spy

START = np.array([1.5, -2.0, 0.5, 3.0])
PROBLEM = random_quadratic(4, 10.0, seed=2)


class State(NamedTuple):
    x: np.ndarray
    k: float


@oe.method
class Plain(NamedTuple):
    """Gradient descent that the faulty methods below differ from by a line."""

    step_size: float = 0.5

    def init(self, problem, x):
        return State(x, 0.0)

    def step(self, problem, state):
        return State(state.x - self.step_size * problem.gradient(state.x), state.k + 1.0)


@oe.method
class Scribbling(NamedTuple):
    def init(self, problem, x):
        return State(x, 0.0)

    def step(self, problem, state):
        PROBLEM.b[0] += 1e-9
        return State(state.x - 0.5 * problem.gradient(state.x), 0.0)


class Holding(NamedTuple):
    x: np.ndarray
    g: np.ndarray


@oe.method
class Forgetful(NamedTuple):
    holds = ("g",)

    def init(self, problem, x):
        return Holding(x, problem.gradient(x))

    def step(self, problem, state):
        return Holding(state.x - 0.5 * state.g, problem.gradient(state.x))


SECRET = np.random.default_rng(0)


@oe.method
class SecretlyRandom(NamedTuple):
    def init(self, problem, x):
        return State(x, 0.0)

    def step(self, problem, state):
        return State(state.x - 0.5 * SECRET.random() * problem.gradient(state.x), 0.0)


@oe.method
class NotRandom(NamedTuple):
    def init(self, problem, x, rng):
        return State(x, 0.0)

    def step(self, problem, state, rng):
        return State(state.x - 0.5 * problem.gradient(state.x), 0.0)


@oe.method
class NeedsTwo(NamedTuple):
    def init(self, problem, x):
        return State(x, x[1])

    def step(self, problem, state):
        return State(state.x - 0.5 * problem.gradient(state.x), 0.0)


@oe.method
class BlindToNaN(NamedTuple):
    def init(self, problem, x):
        return State(x, 0.0)

    def step(self, problem, state):
        return State(state.x - 0.5 * np.nan_to_num(problem.gradient(state.x)), 0.0)


@oe.method
class Fading(NamedTuple):
    step_size: float = 0.5

    def init(self, problem, x):
        return State(x, 1.0)

    def step(self, problem, state):
        x = state.x - self.step_size / state.k**2 * problem.gradient(state.x)
        return State(x, state.k + 1.0)


@oe.method
class TwoFaced(NamedTuple):
    def init(self, problem, x):
        return State(x, 0.0)

    def step(self, problem, state):
        if isinstance(problem, Spy):
            problem.gradient(state.x)
        return State(state.x - 0.5 * problem.gradient(state.x), 0.0)


@oe.method
class BadSwitch(NamedTuple):
    reckless: bool = False

    def init(self, problem, x):
        return State(x, 0.0)

    def step(self, problem, state):
        step = 1e200 if self.reckless else 0.5
        return State(state.x - step * problem.gradient(state.x), 0.0)


def wrapped(change):
    """A faulty `run`: `change` sees the honest one and all its arguments."""
    return lambda method, problem, x0, **options: change(method, problem, x0, options)


def then(alter):
    return wrapped(lambda m, p, x, options: alter(oe.run(m, p, x, **options), x))


def writes_to_x0(m, p, x, options):
    trace = oe.run(m, p, x, **options)
    if isinstance(x, np.ndarray) and x.flags.writeable:
        x += 1e-9
    return trace


def off(trace):
    return dataclasses.replace(trace, x=trace.x + 1e-3)


def when(condition):
    return then(lambda trace, x: off(trace) if condition(np.asarray(x), x) else trace)


def lenient(repair):
    return wrapped(lambda m, p, x, options: oe.run(m, p, repair(np.asarray(x, float)), **options))


def one_more(m, p, x, options):
    return oe.run(m, p, x, **{**options, "max_iter": max(1, options["max_iter"])})


def deaf(m, p, x, options):
    return oe.run(m, p, x, **{**options, "callback": None})


def aliased(trace, _):
    return dataclasses.replace(trace, kept_iterates=np.repeat(trace.x[None], len(trace), 0))


def boastful(trace, _):
    better = trace.certificate._replace(value=trace.certificate.value * 0.9)
    return dataclasses.replace(trace, certificate=better)


MATRIX = oe.Problem.from_functions(
    lambda x: 0.5 * float(np.sum((x - 1) ** 2)), gradient=lambda x: x - 1, shape=(2, 3)
)
VALUELESS = oe.Problem.from_functions(gradient=PROBLEM.gradient, shape=(4,))
WRONG = oe.Problem.from_functions(
    PROBLEM.value, gradient=PROBLEM.gradient, shape=(4,), minimizer=PROBLEM.minimizer + 0.1
)
TALL = np.arange(6.0).reshape(2, 3)
FAULTS = {
    1: {"run": wrapped(writes_to_x0)},
    2: {"method": Scribbling()},
    3: {"method": SecretlyRandom()},
    4: {"method": NotRandom()},
    5: {"run": when(lambda a, x: isinstance(x, list))},
    6: {"run": then(lambda trace, x: dataclasses.replace(trace, x=trace.x.astype(float)))},
    7: {"run": when(lambda a, x: not a.flags.c_contiguous), "problem": MATRIX, "x0": TALL},
    8: {"run": when(lambda a, x: not a.flags.contiguous)},
    9: {"run": when(lambda a, x: not a.flags.writeable)},
    10: {"run": when(lambda a, x: isinstance(x, np.memmap))},
    11: {"run": lenient(np.nan_to_num)},
    12: {"run": lenient(lambda x: np.clip(x, -9, 9))},
    13: {"run": lenient(lambda x: np.resize(x, 4) if x.size else x)},
    14: {"run": lenient(lambda x: x if x.size else np.ones(4))},
    15: {"method": NeedsTwo()},
    16: {"run": wrapped(one_more)},
    17: {"problem": WRONG},
    18: {"method": BlindToNaN(), "problem": VALUELESS},
    19: {"method": Fading()},
    20: {"run": wrapped(deaf)},
    21: {"run": then(aliased)},
    22: {"method": TwoFaced()},
    23: {"method": BadSwitch()},
    24: {"run": then(boastful)},
    25: {"method": Forgetful()},
}


def test_there_are_25_checks_and_a_fault_for_each():
    assert len(CHECKS) == 25
    assert set(FAULTS) == set(range(1, 26))


def test_an_honest_method_passes():
    report = check_method(Plain(), PROBLEM, START)
    assert report.passed
    assert {o.number for o in report if o.passed is None} == {4, 25}


@pytest.mark.parametrize("number", FAULTS)
def test_each_check_catches_its_fault(number, monkeypatch):
    fault = {"method": Plain(), "problem": PROBLEM, "x0": START, **FAULTS[number]}
    monkeypatch.setattr(contract, "run", fault.pop("run", oe.run))
    report = check_method(**fault, raises=False)
    assert number in {outcome.number for outcome in report.failures}, str(report)
    with pytest.raises(AssertionError, match=f"check {number} "):
        report.require()


def test_the_start_is_drawn_where_none_is_given():
    assert check_method(Plain(), PROBLEM).passed
    assert check_method(Plain(), random_quadratic(3, 5.0, seed=9)).passed


def test_no_test_runner_is_imported():
    import subprocess
    import sys

    code = "import sys, optedu as oe; oe.testing.check_method; assert 'pytest' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
