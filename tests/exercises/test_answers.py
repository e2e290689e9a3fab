"""Solutions pass on whatever is drawn, wrong answers get their hint, unusual right ones pass."""

import inspect
import sys

import numpy as np
import pytest

from optedu.exercises import Incorrect, check, everything
from optedu.exercises.checking import check_hidden, check_public, functions
from optedu.exercises.source import start_of

DRAWS = 25
CHECKED = [exercise for exercise in everything() if exercise.hidden]
NAMES = [exercise.name for exercise in CHECKED]


def verdict(exercise, answer, seed):
    """Return the refusal, or None."""
    try:
        check_public(exercise, answer)
        check_hidden(exercise, answer, np.random.default_rng(seed))
    except Incorrect as wrong:
        return str(wrong)
    return None


@pytest.mark.parametrize("exercise", CHECKED, ids=NAMES)
def test_the_solution_passes_on_whatever_is_drawn(exercise):
    answer = functions(exercise, "solution_code")[exercise.answer]
    for seed in range(DRAWS):
        assert verdict(exercise, answer, seed) is None, f"seed {seed}"


@pytest.mark.parametrize("exercise", CHECKED, ids=NAMES)
def test_typical_answers_get_what_they_deserve(exercise):
    typical = functions(exercise, "typical")
    assert typical["wrong"], "an exercise names typical wrong answers"
    for name, (answer, words) in typical["wrong"].items():
        assert words, f"the hint for {name!r} is not named"
        for seed in range(3):
            said = verdict(exercise, answer, seed)
            assert said is not None, f"{name} passed with seed {seed}"
            assert words in said, f"{name}: {said}"
    for name, answer in typical["right"].items():
        for seed in range(3):
            assert verdict(exercise, answer, seed) is None, name


@pytest.mark.parametrize("exercise", CHECKED, ids=NAMES)
def test_what_a_student_starts_with_fits_the_solution_and_is_refused(exercise):
    names = functions(exercise, "solution_code")
    solution = names[exercise.answer]
    exec(compile(start_of(exercise), "start", "exec", dont_inherit=True), names)
    started = names[exercise.answer]
    assert inspect.signature(started) == inspect.signature(solution)
    assert verdict(exercise, started, 1) is not None


def test_an_instance_can_be_drawn_again(monkeypatch):
    seen = []

    def remember(A):
        seen.append(A)
        return 0.5  # right for the public example

    for _ in range(2):
        with pytest.raises(Incorrect, match=r"seed=7\."):
            check("gradient.largest-step", remember, seed=7)
    monkeypatch.setenv("OPTEDU_EXERCISE_SEED", "8")
    with pytest.raises(Incorrect, match=r"seed=8\."):
        check("gradient.largest-step", remember)
    assert np.array_equal(seen[1], seen[3])
    assert not np.array_equal(seen[1], seen[5])


def test_a_check_says_what_it_has_run(capsys):
    check("gradient.largest-step", lambda A: 2 / np.linalg.norm(A, 2))
    check("gradient.never-up")
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "gradient.largest-step: public and hidden checks passed"
    assert (
        said[1] == "gradient.never-up: a proof, which no machine checks; compare with the solution"
    )


def test_an_answer_that_writes_into_what_it_is_given_is_refused():
    """Also where a check passes copies and would not see it; a keyword is no way around it."""

    def in_place(A):
        answer = 2 / np.linalg.norm(A, 2)
        A *= 0.5
        return answer

    def harmless(A):
        A = A.copy()
        A[:] = A + 0.0
        return 2 / np.linalg.norm(A, 2)

    for answer in (in_place, lambda A: in_place(A=A)):
        with pytest.raises(Incorrect, match=r"Do not write .* take copies\. \(The same instances"):
            check("gradient.largest-step", answer, seed=1)
    check("gradient.largest-step", harmless, seed=1)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system counts otherwise")
def test_what_does_not_fit_into_memory_is_refused_though_the_system_would_promise_it():
    import mmap
    import resource

    no_reserve = 0x4000  # MAP_NORESERVE, which Python 3.11 does not name
    promised = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | no_reserve

    def wasteful(A):
        mmap.mmap(-1, 320 * 10**9, flags=promised).close()
        return 2 / np.linalg.norm(A, 2)

    before = resource.getrlimit(resource.RLIMIT_AS)
    assert wasteful(np.diag([1.0, 4.0])) == 0.5
    with pytest.raises(Incorrect, match="Cannot allocate memory"):
        check("gradient.largest-step", wasteful, seed=1)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    wasteful(np.eye(2))
