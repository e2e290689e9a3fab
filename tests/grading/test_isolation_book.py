"""Every solution of the book earns its points when it is graded like a student's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from optedu.exercises import everything
from optedu.grading.grade import grade
from tests.grading.isolation import ISOLATION

pytestmark = pytest.mark.xdist_group("isolation-book")
EXERCISES = {exercise.name: exercise for exercise in everything() if exercise.kind == "code"}


@pytest.fixture(scope="module")
def results():
    def solved(exercise):
        return grade(exercise, [exercise.solution_code], seed=11, isolation=ISOLATION)

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(EXERCISES, pool.map(solved, EXERCISES.values()), strict=True))


@pytest.mark.parametrize("name", EXERCISES)
def test_the_solution_earns_its_points_in_the_sandbox(name, results):
    result = results[name]
    assert result.points == EXERCISES[name].points, result.sentence
    assert not result.stopped
    assert not result.failed
