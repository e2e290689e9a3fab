"""One course, made and graded once for all tests that look at it."""

import pytest
from nbgrader.api import Gradebook

from optedu.courses import collecting, grading, kit
from optedu.grading.grade import Limits
from tests.courses import students
from tests.courses.students import ASSIGNMENT, EXERCISES, INSTEAD
from tests.grading.isolation import need_isolation


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """One course, one student of each kind, graded."""
    need_isolation()
    place = tmp_path_factory.mktemp("courses")
    (release,) = kit.make(place / "course", {ASSIGNMENT: EXERCISES})
    kinds = students.hand_in(place / "handed-in", release, len(INSTEAD))
    collecting.collect(place / "course", ASSIGNMENT, place / "handed-in")
    with Gradebook(f"sqlite:///{place}/course/gradebook.db") as book:
        book.update_or_create_assignment(ASSIGNMENT, duedate=students.DUE)
    limits = Limits(call_seconds=4.0)
    outcome = grading.grade_assignment(place / "course", ASSIGNMENT, seed=11, limits=limits)
    return place / "course", kinds, outcome
