"""Limits without namespaces stop what they can, and say what they are."""

from __future__ import annotations

import os
import tempfile

import pytest

from optedu.grading.grade import Limits, grade
from tests.grading.isolation_exercises import ESTIMATE, METHOD, RULE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")

TARGET = os.path.join(tempfile.gettempdir(), "optedu-written")
ALONE = {
    "def largest_step(A):\n    while True: pass": "ran longer",
    "def largest_step(A):\n    return bytearray(2**40)": "more memory",
    "def largest_step(A):\n    import socket; socket.socket()": "network",
    "def largest_step(A):\n    import os; os.fork()": "start a process",
    "def largest_step(A):\n    import os; os.kill(os.getppid(), 9)": "send a signal",
    f"def largest_step(A):\n    open({TARGET!r}, 'w')": "refused|reach files",
    "def largest_step(A):\n    import os; os.unlink(os.__file__)": "refused",
    "def largest_step(A):\n    import os; os.execv('/bin/true', ['true'])": "start a program",
    "def largest_step(A):\n    import ctypes; ctypes.CDLL(None).ptrace(16, 1, 0, 0)": "forbidden",
    "def largest_step(A):\n    import scipy.optimize": "not available",
}


@pytest.mark.parametrize("cell", ALONE)
def test_limits_alone_stop_what_they_can_and_say_what_they_are(cell):
    limits = Limits(call_seconds=1.0, memory=1024)
    result = grade(RULE, [cell], isolation="limits", limits=limits)
    assert result.points == 0
    assert result.protection.startswith("limits: ")
    assert "could read files" in result.protection
    if "filtered" in result.protection or "longer" in ALONE[cell]:
        said = "\n".join((*result.stopped, result.hint))
        assert any(words in said for words in ALONE[cell].split("|")), said
    assert not os.path.exists(TARGET)


@pytest.mark.parametrize("exercise", [RULE, METHOD, ESTIMATE], ids=lambda e: e.name)
def test_right_answers_pass_with_limits_alone(exercise):
    assert grade(exercise, [exercise.solution_code], isolation="limits").points == exercise.points
