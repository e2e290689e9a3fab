"""Isolated grading: what travels, what is shown, that right answers pass, that words are true."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from isolation_exercises import ESTIMATE, METHOD, RULE

from optedu.exercises import find
from optedu.exercises.source import Exercise
from optedu.grading import sandbox, wire
from optedu.grading.grade import Limits, grade, grade_all
from optedu.grading.sandbox import Unavailable, protection

try:
    protection("strong")
    ISOLATION = "strong"
except Unavailable:
    ISOLATION = "limits"

strong = pytest.mark.skipif(ISOLATION != "strong", reason="no bubblewrap, seccomp or namespaces")
limited = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")


class State(NamedTuple):
    x: np.ndarray
    k: int


def sent(value, refer=lambda value: None, restore=lambda value: value, limit=2**20):
    frame = b"".join(wire.pack(wire.Message("answer", 3, 0, "", value), refer, limit))
    header, body = wire.lengths(frame[: wire.HEAD.size], limit)
    rest = frame[wire.HEAD.size :]
    assert len(rest) == header + body
    return wire.unpack(rest[:header], bytearray(rest[header:]), restore).value


# What travels.


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -(2**70), 1.5, float("inf"), -0.0, "λ\n", 1 + 2j, [], (), {},
        [1, (2.0, "a")],
        {"a": [None]}, np.float32(1.1), np.bool_(True), np.int8(-3), np.complex128(1j),
    ],
)  # fmt: skip
def test_plain_values_come_back_as_they_were(value):
    back = sent(value)
    assert type(back) is type(value)
    assert back == value


@pytest.mark.parametrize("dtype", wire.DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3)])
def test_arrays_come_back_bit_for_bit_and_can_be_written_to(dtype, shape):
    value = np.array(100 * np.random.default_rng(1).standard_normal(shape)).astype(dtype)
    back = sent({"a": value})["a"]
    assert type(back) is np.ndarray
    assert back.dtype == value.dtype
    assert back.shape == shape
    assert back.tobytes() == value.tobytes()
    assert back.flags.writeable


def test_what_only_looks_like_data_comes_back_as_data():
    class Number(float):
        def __eq__(self, other):
            return True

        __hash__ = None

    class Array(np.ndarray):
        pass

    assert type(sent(Number(2.0))) is float
    assert type(sent(np.ones(3)[::2].view(Array))) is np.ndarray
    assert sent(np.arange(6.0).reshape(2, 3).T).tolist() == [[0, 3], [1, 4], [2, 5]]
    assert sent(np.arange(3, dtype=">i4")).tolist() == [0, 1, 2]
    assert sent(np.longdouble(0.5)) == 0.5
    assert sent({3}) == [3]
    assert sent(range(3)) == [0, 1, 2]
    back = sent(State(np.ones(2), 4))
    assert type(back) is not State
    assert back._fields == ("x", "k")
    assert back.k == 4


@pytest.mark.parametrize(
    "value", [object(), np.array([object()]), np.array(["a"]), {1: 2}, b"bytes", np.ones(2**18)]
)
def test_what_is_no_data_is_not_sent(value):
    with pytest.raises(wire.NotData):
        sent(value)


@pytest.mark.parametrize(
    "tree",
    [
        {"a": ["object", [1]]}, {"a": ["float64", [2]]}, {"a": ["float64", [-1]]},
        {"a": ["float64", [1.0]]}, {"a": ["float64", [True]]}, {"a": ["float64"]}, {"a": 3},
        {"a": ["float64", [1] * 9]}, {"a": ["float64", [2**60, 0]]}, {"s": "U1"}, {"z": 1}, {},
        {"t": 1}, {"t": [], "d": []}, {"d": [["a"]]}, {"d": [[1, 2]]}, {"c": [1, "x"]}, {"o": "1"},
        {"n": ["S", ["__class__"], [1]]}, {"n": ["S", ["x", "x"], [1, 2]]}, {"n": ["S", ["x"], []]},
        {"n": ["import os", ["x"], [1]]}, {"n": ["S", ["lambda"], [1]]}, {"g": [1, "x"]},
        {"r": ["function", 1, [1]]}, {"r": ["function", "1", {}]}, {"g": [1, [2**40]]},
        {"n": [["S"], ["x"], [1]]},
    ],
)  # fmt: skip
def test_a_value_that_is_none_is_refused(tree):
    header = json.dumps(["answer", 1, 0, "", tree]).encode()
    with pytest.raises(wire.Malformed):
        wire.unpack(header, bytearray(8), lambda value: value)


def test_bytes_that_are_no_message_are_refused_whatever_they_are():
    good = b"".join(
        wire.pack(
            wire.Message("answer", 1, 0, "", ([np.ones(3), State(1.0, 2)], {"a": 1j})),
            lambda value: None,
            2**20,
        )
    )
    rng = np.random.default_rng(7)
    refused = 0
    for _ in range(2000):
        frame = bytearray(good)
        for _ in range(rng.integers(1, 4)):
            frame[rng.integers(len(frame))] = rng.integers(256)
        try:
            header, body = wire.lengths(bytes(frame[: wire.HEAD.size]), 2**20)
            rest = frame[wire.HEAD.size :]
            wire.unpack(bytes(rest[:header]), bytearray(rest[header : header + body]), lambda v: v)
        except wire.Malformed:
            refused += 1
    assert refused > 1000  # the others changed a number, a letter of a name, or an array's bytes


@pytest.mark.parametrize("head", [(b"oedu", 2**31, 0), (b"oedu", 1, 2**60), (b"\x80\x04cp", 1, 1)])
def test_lengths_are_refused_before_anything_is_read(head):
    with pytest.raises(wire.Malformed):
        wire.lengths(wire.HEAD.pack(*head), 2**20)


def test_nesting_is_refused_before_it_can_hurt():
    for text in ("[" * 100_000, '{"t":[' * 5000, "[" * 100 + "]" * 100):
        header = ('["answer",1,0,"",' + text).encode()
        with pytest.raises(wire.Malformed):
            wire.unpack(header, bytearray(), lambda value: value)


# What is shown.


def test_by_default_no_method_and_no_problem_of_the_library_is_shown():
    shown = sandbox.visible("")
    assert "optedu.protocol" in shown
    assert "optedu.problems.functions" in shown
    assert not any("gradient" in name or "exercises" in name or "grading" in name for name in shown)
    assert [name for name in shown if name.startswith("optedu.problems.")] == [
        "optedu.problems.functions"
    ]


def test_what_the_solution_uses_is_shown_with_what_that_needs():
    code = "import optedu as oe\ndef f(x):\n    return oe.problems.Simplex(x.size).project(x)\n"
    shown = sandbox.visible(code)
    assert "optedu.problems.simplex" in shown
    assert "optedu.gradient.gradient_descent" in sandbox.visible("oe.GradientDescent(1.0)")
    hidden = sandbox.visible("oe.GradientDescent(1.0)", ("GradientDescent",))
    assert "optedu.gradient.gradient_descent" not in hidden
    assert sandbox.uses("from scipy.optimize import nnls") == {
        "scipy.optimize", "scipy.optimize.nnls",
    }  # fmt: skip
    assert sandbox.needs_scipy("from scipy.optimize import nnls")
    assert sandbox.needs_scipy("import scipy.sparse")
    assert not sandbox.needs_scipy("from scipy.linalg import solve\nimport scipy.special")
    assert sandbox.attributes("np.minimum(problem.A, state.minimizer)") == {"A"}


def test_the_stage_holds_no_check_and_no_solution():
    folder = sandbox.stage(sandbox.visible(""))
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "def hidden(" not in text
        assert "Hidden checks" not in text


# Right answers pass, whatever travels.


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


def test_writing_into_an_argument_is_seen_where_the_check_looks_for_it():
    gauss_seidel = find("coordinate.gauss-seidel")
    body = gauss_seidel.solution_code.replace("x = x.copy()", "x = x")
    assert body != gauss_seidel.solution_code
    result = grade(gauss_seidel, [body], isolation=ISOLATION)
    assert result.points == 0
    assert "write" in result.hint


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


def test_what_the_student_says_is_shown_without_control_characters():
    cell = "raise ValueError('=1+1\\x1b[2J\\ud800')"
    result = grade(RULE, [cell, RULE.solution_code], isolation=ISOLATION)
    assert result.failed == ("cell 1, line 1: ValueError: =1+1?[2J?",)
    assert result.points == 2


# Cells.


def test_a_statement_that_fails_does_not_stop_the_later_ones():
    cells = [
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nimport numpy as np\nplt.plot([1])",
        "%%bash\nrm -rf /",
        "!ls\n" + RULE.solution_code,
        "oe.check('test.rule', largest_step)\nprint('done')\n1 / 0",
        "def broken(:",
    ]
    result = grade(RULE, cells, isolation=ISOLATION)
    assert result.points == 2
    assert result.output == "test.rule: not checked here; the grader does it\ndone\n"
    said = "\n".join(result.failed)
    assert "matplotlib is not available while grading" in said
    assert "cell 4, line 3: ZeroDivisionError" in said
    assert "cell 5: SyntaxError" in said
    assert not result.stopped


def test_a_cell_that_takes_too_long_does_not_stop_the_later_ones():
    limits = Limits(cell_seconds=0.5)
    result = grade(
        RULE, ["while True: pass", RULE.solution_code], limits=limits, isolation=ISOLATION
    )
    assert result.points == 2
    assert "a cell ran longer" in result.stopped[0]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([], "define no largest_step"),
        (["def largest_step(A):\n    ..."], "take and return"),
        (["largest_step = 3"], "take and return"),
        (["def largest_step(A):\n    return 0.5"], "leaves"),
        (["def largest_step(A) return"], "SyntaxError"),
    ],
)
def test_nothing_and_wrong_answers_earn_nothing(cells, words):
    result = grade(RULE, cells, isolation=ISOLATION)
    assert result.points == 0
    assert words in result.hint
    assert result.hidden != "passed"


# Verdicts and words.


def test_the_seed_is_drawn_recorded_and_draws_the_same_instances_again():
    shows = replace(
        RULE, hidden='def hidden(answer, rng):\n    require(False, f"{rng.random()}")\n'
    )
    one, two = (grade(shows, [RULE.solution_code], isolation=ISOLATION) for _ in range(2))
    again = grade(shows, [RULE.solution_code], seed=one.seed, isolation=ISOLATION)
    assert one.seed != two.seed
    assert one.hint != two.hint
    assert again.hint == one.hint


def test_a_proof_is_graded_by_hand():
    proof = Exercise("test.proof", "", "easy", 4, "proof", "", "Show it.")
    result = grade(proof, ["anything"], isolation=ISOLATION)
    assert result.points is None
    assert result.sentence == "test.proof: a proof: to be graded by hand"
    assert (result.public, result.hidden) == ("not run", "not run")


def test_without_hidden_checks_nothing_is_graded():
    with pytest.raises(ValueError, match=r"hidden checks of test\.rule are not at hand"):
        grade(replace(RULE, hidden=""), [], isolation=ISOLATION)


def test_without_bubblewrap_grading_refuses_in_one_sentence(monkeypatch):
    monkeypatch.setattr(sandbox, "_missing", lambda: "bubblewrap is missing (apt-get ...)")
    with pytest.raises(Unavailable, match=r"isolation='limits'") as refused:
        grade(RULE, [RULE.solution_code])
    assert "\n" not in str(refused.value)
    with pytest.raises(Unavailable):
        grade_all({"a": []}, [RULE])
    with pytest.raises(ValueError, match="must be 'strong' or 'limits'"):
        protection("none")  # type: ignore[arg-type]


def processes(n):
    return ProcessPoolExecutor(n, mp_context=multiprocessing.get_context("spawn"))


@pytest.mark.parametrize("pool", [None, ThreadPoolExecutor, processes])
def test_a_class_is_graded_with_the_same_instances_for_all(pool):
    right, wrong = [RULE.solution_code], ["def largest_step(A):\n    return 1.0"]
    class_ = {"ada": right, "bob": wrong, "eve": {METHOD.name: [METHOD.solution_code]}}
    executor = pool(2) if pool else None
    results = grade_all(
        class_, [RULE, METHOD], seed=5, isolation=ISOLATION, executor=executor, progress=False
    )
    if executor:
        executor.shutdown()
    points = {student: [r.points for r in found] for student, found in results.items()}
    assert points == {"ada": [2, 0], "bob": [0, 0], "eve": [0, 5]}
    seeds = {student: [r.seed for r in found] for student, found in results.items()}
    assert seeds["ada"] == seeds["bob"] == seeds["eve"]
    assert seeds["ada"][0] != seeds["ada"][1]
    assert pickle.loads(pickle.dumps(results)) == results


# Limits alone.

ALONE = {
    "def largest_step(A):\n    while True: pass": "ran longer",
    "def largest_step(A):\n    return bytearray(2**40)": "more memory",
    "def largest_step(A):\n    import socket; socket.socket()": "network",
    "def largest_step(A):\n    import os; os.fork()": "start a process",
    "def largest_step(A):\n    import os; os.kill(os.getppid(), 9)": "send a signal",
    "def largest_step(A):\n    open('/tmp/optedu-written', 'w')": "refused|reach files",
    "def largest_step(A):\n    import os; os.unlink(__import__('wire').__file__)": "refused",
    "def largest_step(A):\n    import os; os.execv('/bin/true', ['true'])": "start a program",
    "def largest_step(A):\n    import ctypes; ctypes.CDLL(None).ptrace(16, 1, 0, 0)": "forbidden",
    "def largest_step(A):\n    import scipy.optimize": "not available",
}


@limited
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
    assert not os.path.exists("/tmp/optedu-written")


@limited
@pytest.mark.parametrize("exercise", [RULE, METHOD, ESTIMATE], ids=lambda e: e.name)
def test_right_answers_pass_with_limits_alone(exercise):
    assert grade(exercise, [exercise.solution_code], isolation="limits").points == exercise.points


@strong
def test_the_sandbox_sees_nothing_of_the_grader():
    cell = """
import os, sys
print(sorted(os.listdir("/")), os.listdir("/tmp"), sorted(os.environ), os.getpid(), os.getuid())
print(os.path.exists("/proc"), os.path.exists("/sys"), os.path.exists("/etc"), sys.flags.isolated)
"""
    result = grade(RULE, [cell], isolation="strong")
    listed = result.output
    assert "'box'" in listed
    assert "[] [" in listed
    assert "SEED" not in listed
    assert "] 1 65534" in listed.replace("\n", " ")
    assert "False False False 1" in listed
