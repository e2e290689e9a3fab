"""A course from end to end, with real nbgrader: make, release, collect, grade, feedback, grades."""

import copy
import csv
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from optedu.courses import collecting, grading, kit
from optedu.courses.formulas import as_mathml
from optedu.courses.plain import plain
from optedu.exercises import everything
from optedu.exercises.source import start_of
from tests.courses import students
from tests.courses.students import ASSIGNMENT, EXERCISES, INSTEAD

pytestmark = pytest.mark.xdist_group("courses")


def nbgrader(folder, *arguments):
    """Run nbgrader's own command in a course."""
    program = Path(sys.executable).parent / "nbgrader"
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    return subprocess.run(
        [program, *arguments], cwd=folder, env=dict(os.environ, PATH=path), check=True,
        capture_output=True, text=True,
    )  # fmt: skip


def test_a_release_holds_no_secret_and_what_a_student_needs(course):
    folder, _, _ = course
    release = nbformat.read(folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", 4)
    nbformat.validate(release)
    text = re.sub(r"\s+", "", json.dumps(release).replace("\\n", "").replace('\\"', '"'))
    for exercise in EXERCISES:
        given = re.sub(r"\s+", "", exercise.public + start_of(exercise) + exercise.statement)
        for part in (exercise.hidden, exercise.solution_code, exercise.typical, exercise.solution):
            for line in part.splitlines():
                secret = re.sub(r"\s+", "", line)
                if len(secret) > 12 and secret not in given:
                    assert secret not in text, line
        assert f"public({exercise.answer})" in text or exercise.kind == "proof"
        assert exercise.title.replace(" ", "") in text
    files = {path.name for path in (folder / "release").rglob("*") if path.is_file()}
    assert files == {f"{ASSIGNMENT}.ipynb"}


@pytest.mark.parametrize("kind", INSTEAD)
def test_every_kind_of_student_gets_the_score_that_it_deserves(course, kind):
    folder, kinds, outcome = course
    (student,) = (name for name, its in kinds.items() if its == kind)
    assert sum(result.points for result in outcome[student]) == students.expected(kind)
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
        graded = book.find_submission(ASSIGNMENT, student)
        assert graded.score == students.expected(kind)
        assert graded.needs_manual_grade
        late = students.expected(kind) * 0.1 * students.LATE_DAYS if kind == "late" else 0.0
        assert graded.notebooks[0].late_submission_penalty == pytest.approx(late or None)


def test_a_report_says_what_happened(course):
    folder, kinds, _ = course
    said = {}
    for student, kind in kinds.items():
        report = json.loads((folder / "reports" / ASSIGNMENT / f"{student}.json").read_text())
        last = report["gradings"][-1]
        assert last["seed"] == 11
        said[kind] = {entry["exercise"]: entry for entry in last["results"]}
        assert all(entry["protection"] for entry in last["results"])
    for name in students.RIGHT:  # the same instances for all
        assert len({entries[name]["seed"] for entries in said.values()}) == 1
    assert "multiplied by" in said["wrong"][students.LARGEST]["hint"]
    assert said["hard-coded"][students.LARGEST]["public"] == "passed"
    assert said["hard-coded"][students.LARGEST]["hidden"] == "failed"
    assert said["endless"][students.EXACT]["stopped"]
    assert said["crashing"][students.EXACT]["points"] == 0
    assert len(said["loud"][students.LARGEST]["output"]) < 10_000
    assert "printed more" in said["loud"][students.LARGEST]["hint"]


def test_tampered_checks_are_restored(course):
    folder, kinds, _ = course
    (student,) = (name for name, its in kinds.items() if its == "tampering")
    graded = nbformat.read(folder / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", 4)
    assert students.TAMPERED not in "".join(cell.source for cell in graded.cells)


def test_proof_feedback_and_grades(course, tmp_path):
    folder, kinds, _ = course
    (student,) = (name for name, its in kinds.items() if its == "right")
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
        proof = book.find_grade("gradient--never-up", ASSIGNMENT, ASSIGNMENT, student)
        assert proof.auto_score is None
        proof.manual_score, proof.needs_manual_grade = 5, False
        comment = book.find_comment("gradient--never-up", ASSIGNMENT, ASSIGNMENT, student)
        comment.manual_comment = "The mean is missing."
        book.db.commit()
    nbgrader(folder, "generate_feedback", ASSIGNMENT, "--student", student)
    page = folder / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
    text = page.read_text()
    assert "The mean is missing." in text
    assert "2 of 2 points; public checks passed; hidden checks passed" in text
    assert not re.search(r"<(?:script|link|img)[^>]*(?:src|href)=[\"']?(?:https?:)?//", text)
    assert "<math" in text
    assert "$" not in re.sub(r"<(script|style|pre).*?</\1>", "", text, flags=re.DOTALL)
    nbgrader(folder, "export", "--to", str(tmp_path / "grades.csv"))
    with open(tmp_path / "grades.csv") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(kinds)
    assert float(rows[student]["score"]) == students.ALL + 5


def test_a_class_hands_in_a_zip(course, tmp_path):
    folder, _, _ = course
    release = (folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text()
    with zipfile.ZipFile(tmp_path / "work.zip", "w") as archive:
        archive.writestr("ada_123_gradient.ipynb", release)
        archive.writestr("bob/anything.ipynb", release)
        archive.writestr("../../escaped/x.ipynb", release)
        archive.writestr("c d/odd.ipynb", release)
        archive.writestr("notes.txt", "nothing")
    done = collecting.collect(folder, ASSIGNMENT, tmp_path / "work.zip")
    assert done["ada_123_gradient.ipynb"] == "ada"
    assert done["bob/anything.ipynb"] == "bob"
    assert done["../../escaped/x.ipynb"] == "escaped"
    assert "odd characters" in done["c d/odd.ipynb"]
    assert (folder / "submitted" / "escaped" / ASSIGNMENT).is_dir()
    assert not (tmp_path.parent / "escaped").exists()
    for student in ("ada", "bob", "escaped"):
        (folder / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").unlink()
    with pytest.raises(ValueError, match="no assignment 'physics'"):
        collecting.collect(folder, "physics", tmp_path / "work.zip")
    with pytest.raises(ValueError, match="neither a folder nor a zip"):
        collecting.collect(folder, ASSIGNMENT, tmp_path / "nothing.zip")


def test_a_broken_file_costs_nobody_else(course, tmp_path):
    folder, _, _ = course
    (tmp_path / "eve.ipynb").write_text("{ this is no notebook")
    collecting.collect(folder, ASSIGNMENT, tmp_path)
    outcome = grading.grade_assignment(folder, ASSIGNMENT, ["eve"])
    assert "is no notebook" in outcome["eve"]


def test_the_instructors_edition_holds_everything(course):
    folder, _, _ = course
    text = (folder / "instructor" / f"{ASSIGNMENT}.md").read_text()
    for exercise in EXERCISES:
        for part in ("statement", "hint", "solution", "rubric"):
            assert plain(getattr(exercise, part)).strip() in text
        for part in ("public", "hidden", "typical", "shared"):
            assert getattr(exercise, part).strip() in text


def test_an_own_exercise_and_a_changed_one(tmp_path):
    """A course's copy of the sources is its own: it is edited, added to, and used from then on."""
    first = [exercise for exercise in EXERCISES if exercise.name == students.LARGEST]
    kit.make(tmp_path, {"sheet": first})
    source = tmp_path / "exercises" / "gradient" / "largest-step.md"
    own = tmp_path / "exercises" / "mine" / "longest.md"
    own.parent.mkdir()
    own.write_text(source.read_text().replace("quadratics(rng)", "[]"))
    source.write_text(source.read_text().replace("points: 2", "points: 9"))
    kit.make(tmp_path, {"sheet": [*first, everything(tmp_path / "exercises")[-1]]})
    made = nbformat.read(tmp_path / "release" / "sheet" / "sheet.ipynb", 4)
    points = {c.metadata.nbgrader.grade_id: c.metadata.nbgrader.get("points") for c in made.cells}
    assert points["gradient--largest-step"] == 9
    assert points["mine--longest"] == 2


def test_an_assignment_without_exercises_is_refused(tmp_path):
    with pytest.raises(ValueError, match="has no exercise"):
        kit.make(tmp_path, {"empty": []})


def test_cells_with_points_belong_to_exercises(tmp_path):
    cell = nbformat.v4.new_code_cell(
        "assert True", metadata={"nbgrader": {"grade": True, "grade_id": "odd", "points": 1}}
    )
    who = {"nbgrader": {"student": "s", "assignment": "a"}}
    with pytest.raises(ValueError, match="belongs to no exercise"):
        grading.IsolatedGrading().preprocess(nbformat.v4.new_notebook(cells=[cell]), who)


def test_references_become_links_and_names():
    said = plain("{prf:ref}`thm-gd`, {cite:t}`drori2014`, {cite:p}`nesterov2003`, {eq}`eq-gd`")
    assert "chapters/gradient.html#thm-gd" in said
    assert "Drori and Teboulle (2014)" in said
    assert "(Nesterov, 2003)" in said
    assert "`" not in said


@pytest.mark.parametrize("exercise", everything(), ids=lambda exercise: exercise.name)
def test_no_statement_keeps_a_role(exercise):
    for text in (exercise.statement, exercise.hint, exercise.solution, exercise.rubric):
        assert not re.search(r"\{[\w:]+\}`", plain(text)), text


def test_formulas_become_mathml_and_code_stays():
    said = as_mathml("a $x^2$ b `$y$` costs 5\\$ and 6\\$\n\n$$\n\\frac12\n$$\n\n```\n$z$\n```\n")
    assert said.count("<math") == 2
    assert "`$y$`" in said
    assert "\n$z$\n" in said
    assert "5\\$ and 6\\$" in said
    assert as_mathml(r"$\left($") == r"$\left($"


def with_copies(work):
    copies = [cell | {"id": f"copy-{i}"} for i, cell in enumerate(copy.deepcopy(work["cells"]))]
    return work | {"cells": [*work["cells"], *copies]}


def without_checks(work):
    kept = [c for c in work["cells"] if not c["metadata"]["nbgrader"].get("points")]
    return work | {"cells": kept}


def without_metadata(work):
    return work | {"cells": [cell | {"metadata": {}} for cell in work["cells"]]}


@pytest.mark.parametrize("change", [with_copies, without_checks, without_metadata])
def test_an_honest_student_who_moved_cells_keeps_the_points(course, change):
    folder, _, _ = course
    assert students.handed_in(folder, change.__name__, change) == (students.ALL, students.ALL)


def test_nbgraders_own_command_grades_in_the_sandbox_and_reports(course):
    folder, kinds, _ = course
    (student,) = (name for name, its in kinds.items() if its == "wrong")
    file = folder / "reports" / ASSIGNMENT / f"{student}.json"
    before = json.loads(file.read_text())["gradings"]
    nbgrader(folder, "autograde", ASSIGNMENT, "--student", student, "--force")
    after = json.loads(file.read_text())["gradings"]
    assert after[:-1] == before
    assert sum(entry["points"] for entry in after[-1]["results"]) == students.expected("wrong")
    assert len({entry["protection"] for entry in after[-1]["results"]}) == 1


def test_an_answer_brings_what_it_calls_and_nothing_else():
    def cell(name, source):
        described = {"grade_id": f"answer--gradient--{name}"}
        return {"cell_type": "code", "source": source, "metadata": {"nbgrader": described}}

    work = {"cells": [
        cell("largest-step", "def largest_step(A): return 1"),
        cell("steps-needed", "def steps_needed(L, R, eps): return largest_step(L)"),
        cell("exact-step", "def exact_step(A, g): return steps_needed(1, 1, 1)"),
        cell("barzilai-borwein", "while True: pass"),
    ]}  # fmt: skip
    exact = next(exercise for exercise in EXERCISES if exercise.name == students.EXACT)
    taken = grading.cells_of(work, exact)
    assert [text.split("(")[0] for text in taken[1:]] == [
        "def largest_step", "def steps_needed", "def exact_step",
    ]  # fmt: skip
    largest = next(exercise for exercise in EXERCISES if exercise.name == students.LARGEST)
    assert len(grading.cells_of(work, largest)) == 2


def test_formulas_that_a_statement_names_come_with_it():
    said = plain("the step {eq}`eq-entropy-step`, again {eq}`eq-entropy-step`")
    assert said.count("$$") == 2
    assert said.count("Here (1) is") == 1
