"""Right answers pass, whatever travels, and a check sees what it would see without a sandbox."""

from __future__ import annotations

import re
import sys
from dataclasses import replace

import pytest

from optedu.grading.grade import Limits, grade
from tests.grading.isolation import ISOLATION
from tests.grading.isolation_exercises import ESTIMATE, METHOD, RULE


@pytest.mark.parametrize("exercise", [RULE, METHOD, ESTIMATE], ids=lambda e: e.name)
def test_right_answers_pass(exercise):
    result = grade(exercise, [exercise.solution_code], isolation=ISOLATION)
    assert (result.points, result.public, result.hidden) == (exercise.points, "passed", "passed")
    assert not result.hint
    assert not result.stopped
    assert not result.failed


def test_a_class_without_decorator_and_a_plain_object_as_state_will_do():
    exercise = replace(
        RULE,
        answer="Count",
        hidden="""
def hidden(answer, rng):
    method = answer(3, scale=2.0)
    state = method.init(None, np.zeros(2))
    for k in range(4):
        require(np.allclose(state.x, 6.0 * k), "no")
        state = method.step(None, state)
    require([type(entry) for entry in answer.pairs()] == [int, float, str], "no")
""",
    )
    cell = """
class S:
    def __init__(self, x):
        self.x = x

class Count:
    def __init__(self, by, scale):
        self.by, self.scale = by, scale

    def init(self, problem, x):
        return S(x)

    def step(self, problem, state):
        return S(state.x + self.by * self.scale)

    @staticmethod
    def pairs():
        yield from (1, 2.0, "a")
"""
    assert grade(exercise, [cell], isolation=ISOLATION).sentence.endswith("hidden checks passed")


def test_an_iterator_is_read_one_item_at_a_time():
    exercise = replace(
        RULE,
        hidden="""
def hidden(answer, rng):
    taken = []

    def stream():
        for k in range(10**9):
            taken.append(k)
            yield np.full(2, float(k))

    require(answer(stream(), 3) == 3.0, "not the sum of the first three")
    require(taken == [0, 1, 2], "not one at a time")
    require(answer(iter([np.ones(2)]), 3) == 1.0, "does not end")
""",
    )
    cell = """
def largest_step(stream, n):
    total = 0.0
    for k, x in enumerate(stream, 1):
        total += float(x[0])
        if k == n:
            break
    return total
"""
    result = grade(exercise, [cell], isolation=ISOLATION)
    assert result.points == 2, result.hint


@pytest.mark.parametrize(
    "cell",
    [
        "def largest_step(A):\n    h = 2 / np.linalg.norm(A, 2)\n    A *= 0.5\n    return h",
        "def largest_step(A):\n    h = 2 / np.linalg.norm(A, 2)\n    A.fill(np.nan)\n    return h",
    ],
)
def test_writing_into_an_argument_is_refused(cell):
    result = grade(RULE, [cell], isolation=ISOLATION)
    assert (result.points, result.public) == (0, "passed")
    assert result.hint == "Do not write into the arrays you are given: take copies."


DENSE = """
import mmap

def two_loops(S, Y, g):
    if g.size > 10_000:
        mmap.mmap(-1, 8 * g.size**2, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)
    H = np.eye(g.size)
    for s, y in zip(S, Y, strict=True):
        V = np.eye(g.size) - np.outer(y, s) / (s @ y)
        H = V.T @ H @ V + np.outer(s, s) / (s @ y)
    return H @ g
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system counts otherwise")
@pytest.mark.parametrize("asked", ["a matrix", "what the system would promise"])
def test_a_matrix_of_320_gigabytes_is_refused_when_it_is_made(asked):
    """Not when it is filled: a system may promise any memory (0x4000 is MAP_NORESERVE)."""
    cell = DENSE if asked != "a matrix" else DENSE.replace("g.size > 10_000", "False")
    result = grade("newton.two-loops", [cell], isolation=ISOLATION)
    assert (result.points, result.public) == (0, "passed")
    assert re.search("no matrix fits|Cannot allocate memory", result.hint)


def test_exceptions_of_the_student_are_exceptions_of_the_same_kind_here():
    exercise = replace(
        RULE,
        hidden="""
def hidden(answer, rng):
    for kind in (ValueError, ZeroDivisionError, MemoryError, np.linalg.LinAlgError):
        try:
            answer(kind.__name__)
        except kind as error:
            require("because" in str(error), "no words")
        else:
            require(False, "no exception")
""",
    )
    cell = """
import builtins
def largest_step(name):
    raise getattr(builtins, name, np.linalg.LinAlgError)("because")
"""
    assert grade(exercise, [cell], isolation=ISOLATION).points == 2


def test_a_check_that_refuses_within_a_call_cannot_be_silenced():
    exercise = replace(
        RULE,
        hidden="""
def hidden(answer, rng):
    def oracle(x):
        require(x >= 0, "You asked outside of the domain.")
        return x
    answer(oracle)
""",
    )
    cell = """
def largest_step(oracle):
    try:
        oracle(-1.0)
    except BaseException:
        return 0.0
"""
    result = grade(exercise, [cell], isolation=ISOLATION)
    assert (result.points, result.hint) == (0, "You asked outside of the domain.")


def test_the_contract_of_methods_can_be_asked_of_a_method_that_is_elsewhere():
    exercise = replace(
        METHOD,
        hidden="""
def hidden(answer, rng):
    from optedu.problems.generators import random_quadratic

    problem = random_quadratic(3, 3.0, rng, smoothness=1.0)
    report = oe.testing.check_method(answer(), problem, np.ones(3), raises=False)
    require(report.passed, str(report))
    worse = answer(step_size=0.1)._replace(step_size=0.5)
    require(worse.step_size == 0.5, "no field")
    trace = oe.run(worse, problem, np.ones(3), max_iter=1, tol=0.0, execution="python")
    require(np.allclose(trace.x, 1 - 0.5 * problem.gradient(np.ones(3))), "not that step")
""",
    )
    result = grade(exercise, [METHOD.solution_code], isolation=ISOLATION)
    assert result.sentence.endswith("hidden checks passed"), result.hint


def test_a_check_that_never_ends_with_what_it_was_given_is_ended(monkeypatch):
    monkeypatch.setattr("optedu.grading.grade.START_SECONDS", 0.0)
    exercise = replace(
        RULE,
        hidden="""
def hidden(answer, rng):
    k = 0
    while k < answer(0):
        k += 1
""",
    )
    limits = Limits(cells_seconds=2.0, seconds=2.0)
    cell = "def largest_step(A):\n    return float('inf')"
    result = grade(exercise, [cell], isolation=ISOLATION, limits=limits)
    assert (result.points, result.hidden) == (0, "failed")
    assert "ran longer" in result.hint or "took too long" in result.hint
    assert grade(RULE, [RULE.solution_code], isolation=ISOLATION).points == 2
