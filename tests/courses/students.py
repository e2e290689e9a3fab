"""Simulated students: what each kind hands in for the chapter on gradient descent.

`python -m tests.courses.students 40` makes a course, lets that many hand in, grades them with
nbgrader in sandboxes, and compares every score with what it has to be.
"""

from __future__ import annotations

import copy
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from nbgrader.api import Gradebook

from optedu.courses import grading
from optedu.exercises import everything

ASSIGNMENT = "gradient"
EXERCISES = [e for e in everything() if e.family == ASSIGNMENT]
RIGHT = {e.name: e.solution_code for e in EXERCISES if e.hidden}
POINTS = {e.name: e.points for e in EXERCISES if e.hidden}
ALL = sum(POINTS.values())
LARGEST, EXACT = "gradient.largest-step", "gradient.exact-step"
PROOF = "Integrate the gradient along the segment; the rest telescopes."
TAMPERED = "print('gradient: all checks passed')"

INSTEAD = {
    "right": {},
    "wrong": {LARGEST: "def largest_step(A):\n    return 1 / np.linalg.eigvalsh(A)[-1]"},
    "hard-coded": {LARGEST: "def largest_step(A):\n    return 0.5"},
    "endless": {EXACT: "def exact_step(A, g):\n    while True:\n        pass"},
    "tampering": {LARGEST: "def largest_step(A):\n    return 7.0"},
    "crashing": {EXACT: "def exact_step(A, g):\n    import os\n    os._exit(1)"},
    "loud": {
        LARGEST: "def largest_step(A):\n    print('x' * 10**7)\n"
        "    return 2 / np.linalg.eigvalsh(A)[-1]"
    },
    "late": {},
}
LOST = {
    "wrong": POINTS[LARGEST],
    "hard-coded": POINTS[LARGEST],
    "endless": POINTS[EXACT],
    "tampering": POINTS[LARGEST],
    "loud": POINTS[LARGEST],
    "crashing": POINTS[EXACT],
}
DUE, HANDED_IN = "2027-03-01 12:00:00 UTC", "2027-03-01 10:00:00 UTC"
LATE = "2027-03-02 18:00:00 UTC"
LATE_DAYS = 2


def expected(kind: str) -> float:
    """Return the points that a machine gives."""
    return ALL - LOST.get(kind, 0)


def work_of(kind: str, release: dict) -> dict:
    """Return the notebook that a student of a kind hands in."""
    notebook = copy.deepcopy(release)
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        name = grade_id.removeprefix("answer--").replace("--", ".")
        if grade_id.startswith("answer--"):
            cell["source"] = INSTEAD[kind].get(name, RIGHT[name])
        elif cell["cell_type"] == "markdown" and name == "gradient.never-up":
            cell["source"] = PROOF
        elif kind == "tampering" and name in RIGHT:
            cell["source"] = TAMPERED
    return notebook


def hand_in(folder: Path, release: Path, count: int) -> dict[str, str]:
    """Write the work of many students, and when it came; return the kind of each."""
    kinds = [list(INSTEAD)[i % len(INSTEAD)] for i in range(count)]
    students = {f"student{i:02}": kind for i, kind in enumerate(kinds)}
    folder.mkdir(parents=True)
    made = json.loads(release.read_text())
    for student, kind in students.items():
        (folder / f"{student}_{ASSIGNMENT}.ipynb").write_text(json.dumps(work_of(kind, made)))
    times = {s: LATE if kind == "late" else HANDED_IN for s, kind in students.items()}
    lines = [f"{student},{time}" for student, time in times.items()]
    (folder / "timestamps.csv").write_text("\n".join(lines))
    return students


def handed_in(folder: Path, student: str, change: Callable) -> tuple[float, float]:
    """Hand in the right work, changed, and return its machine's points and the gradebook's."""
    release = json.loads((folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text())
    work = change(work_of("right", release))
    place = folder / "submitted" / student / ASSIGNMENT
    place.mkdir(parents=True)
    (place / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(work))
    results = grading.grade_assignment(folder, ASSIGNMENT, [student])[student]
    assert not isinstance(results, str), results
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
        booked = book.find_submission(ASSIGNMENT, student).score
    return sum(result.points for result in results), booked


def main(count: int) -> None:
    from optedu.courses import collecting, kit

    with tempfile.TemporaryDirectory() as place:
        course = Path(place, "course")
        start = time.perf_counter()
        (release,) = kit.make(course, {ASSIGNMENT: EXERCISES})
        print(f"the course: {time.perf_counter() - start:.1f} s")
        students = hand_in(Path(place, "handed-in"), release, count)
        collecting.collect(course, ASSIGNMENT, Path(place, "handed-in"))
        start = time.perf_counter()
        outcome = grading.grade_assignment(course, ASSIGNMENT)
        print(f"{count} students: {time.perf_counter() - start:.1f} s")
        wrong = 0
        for student, results in outcome.items():
            earned = results if isinstance(results, str) else sum(r.points for r in results)
            wrong += earned != expected(students[student])
        print(f"{wrong} scores of {count} are not what they have to be")


if __name__ == "__main__":
    main(int(sys.argv[1]))
