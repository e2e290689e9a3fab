"""Verdicts: seeds, proofs, whole classes, and what is refused before anything runs."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace

import pytest

from optedu.exercises.source import Exercise
from optedu.grading import sandbox
from optedu.grading.grade import grade, grade_all
from optedu.grading.sandbox import Unavailable, protection
from tests.grading.isolation import ISOLATION
from tests.grading.isolation_exercises import METHOD, RULE


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
