"""Autograding by nbgrader, in which students' code runs in a sandbox and nowhere else."""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_output
from nbgrader.apps import NbGraderAPI
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float, Unicode
from traitlets.config import Config

from optedu.courses.assignment import cell_id, name_of
from optedu.exercises import library
from optedu.exercises.library import find
from optedu.exercises.source import Exercise
from optedu.grading.grade import SEED_BITS, Limits, Result, grade_all

PRELUDE = """from typing import NamedTuple

import numpy as np

import optedu as oe


def require(condition, hint):
    assert condition, hint
"""
ANSWER = "answer--"

_graded: dict[tuple[str, str], dict[str, Result]] = {}
"""Results of (student, assignment), made in parallel before nbgrader asks for them."""


def cells_of(notebook: Mapping[str, Any], exercise: Exercise) -> list[str]:
    """Return the code that an answer needs: its cell, the student's own cells, what these name.

    Parameters
    ----------
    notebook : mapping
        A notebook as JSON. Nothing of it is trusted: cells that claim to be checks are left out.
    exercise : Exercise

    Returns
    -------
    list of str
    """
    wanted, others = [], []
    for number, cell in enumerate(notebook.get("cells", ())):
        if cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        source = "".join(source) if isinstance(source, list) else str(source)
        described = cell.get("metadata", {}).get("nbgrader", {})
        grade_id = str(described.get("grade_id", ""))
        if grade_id == cell_id(exercise, "answer") or not grade_id:
            wanted.append((number, source))
        elif grade_id.startswith(ANSWER):
            others.append((number, source))
    # Another answer is run only where this one calls it, lest its endless loop cost these points.
    called = True
    while called:
        called = [other for other in others if _calls(wanted, other[1], exercise.answer)]
        wanted += called
        others = [other for other in others if other not in called]
    return [PRELUDE, *(source for _, source in sorted(wanted))]


def _calls(cells: list[tuple[int, str]], source: str, answer: str) -> bool:
    """Return whether cells name what another cell defines."""
    defined = re.findall(r"^(?:def|class)\s+(\w+)|^(\w+)\s*=", source, re.MULTILINE)
    names = {a or b for a, b in defined} - {answer}
    return any(re.search(rf"\b{re.escape(name)}\b", text) for name in names for _, text in cells)


class IsolatedGrading(NbGraderPreprocessor):
    """Takes the place of nbgrader's execution: grades each exercise in a sandbox."""

    isolation = Unicode("strong", help="As in optedu.grading.grade.").tag(config=True)
    course = Unicode("", help="The course's folder.").tag(config=True)

    def preprocess(self, nb, resources):
        student, assignment = resources["nbgrader"]["student"], resources["nbgrader"]["assignment"]
        checks = {}
        for cell in nb.cells:
            described = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code" and described.get("grade"):
                checks[_exercise_of(described["grade_id"])] = cell
        known = _graded.get((student, assignment))
        if known is None:  # nbgrader's own command
            work = {student: {e.name: cells_of(nb, e) for e in checks}}
            results = grade_all(
                work, list(checks), seed=_seed(), isolation=self.isolation, progress=False
            )[student]
            write_report(Path(self.course), assignment, student, _seed(), results)
            known = {result.exercise: result for result in results}
        for exercise, cell in checks.items():
            cell.outputs = outputs_of(known[exercise.name])
        return nb, resources


@cache
def _seed() -> int:
    """Return the seed of all gradings of this process that do not name one."""
    return secrets.randbits(SEED_BITS)


def _exercise_of(grade_id: str) -> Exercise:
    try:
        return find(name_of(grade_id))
    except ValueError as error:
        raise ValueError(
            f"the cell {grade_id!r} has points and belongs to no exercise of the course: give it a "
            f"source in exercises/ ({error})"
        ) from None


def write_report(
    course: Path, assignment: str, student: str, seed: int, results: Sequence[Result]
) -> None:
    """Add a grading to a student's report, whose earlier ones stay, with their seeds."""
    file = course / "reports" / assignment / f"{student}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    report = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"gradings": []}
    said = [asdict(result) | {"sentence": result.sentence} for result in results]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    report["gradings"].append({"time": now, "seed": seed, "results": said})
    file.write_text(json.dumps(report, indent=1), encoding="utf-8")


def outputs_of(result: Result) -> list[nbformat.NotebookNode]:
    """Return a result as the output of the cell with the points: an error means none of them."""
    if result.points == result.of:
        outputs = [new_output("stream", name="stdout", text=f"{result.sentence}\n")]
    else:
        said = " ".join(dict.fromkeys((result.sentence, *result.stopped, *result.failed)))
        outputs = [new_output("error", ename="Incorrect", evalue=said, traceback=[said])]
    if result.output:
        printed = f"The code printed:\n{result.output}\n"
        outputs.append(new_output("stream", name="stdout", text=printed))
    return outputs


class PerDay(LateSubmissionPlugin):
    """Takes a share of the score for each day begun."""

    share = Float(0.1, help="Share of the score per day begun.").tag(config=True)

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        days = -(-total_seconds_late // 86400)
        return min(score, score * self.share * days)


def grade_assignment(
    course: Path | str,
    assignment: str,
    students: Sequence[str] | None = None,
    *,
    seed: int | None = None,
    isolation: str = "strong",
    limits: Limits | None = None,
    executor: Any = None,
    progress: bool | None = None,
) -> dict[str, list[Result] | str]:
    """Grade an assignment: in parallel in sandboxes, then into nbgrader's gradebook.

    Parameters
    ----------
    course : path
        A folder made by ``python -m optedu.courses make``.
    assignment : str
    students : sequence of str, optional
        By default all whose work is in ``submitted/``.
    seed : int, optional
        Draws the instances of an earlier grading again; it is in ``reports/``.
    isolation : {"strong", "limits"}
    limits : optedu.grading.grade.Limits, optional
        As in `optedu.grading.grade.grade`.
    executor : concurrent.futures.Executor, optional
        By default threads, one per processor; each waits for a sandbox of its own.
    progress : bool, optional
        A bar. By default when somebody is looking.

    Returns
    -------
    dict
        The results of each student, or a sentence for one whose work could not be read. They are
        also in ``reports/<assignment>/<student>.json``, with the seed and what was stopped.

    Raises
    ------
    ValueError
        If there is nothing to grade.
    """
    course = Path(course).resolve()
    places = {
        path.parent.name: path / f"{assignment}.ipynb"
        for path in sorted(course.glob(f"submitted/*/{assignment}"))
    }
    chosen = {s: p for s, p in places.items() if students is None or s in students}
    if not chosen:
        raise ValueError(f"nobody has handed in {assignment!r} in {course}")
    with library.using(course / "exercises"):
        return _grade(
            course, assignment, chosen, seed,
            isolation=isolation, limits=limits, executor=executor, progress=progress,
        )  # fmt: skip


def _grade(course, assignment, chosen, seed, **settings):
    exercises = exercises_of(course, assignment)
    outcome: dict[str, list[Result] | str] = {}
    work = {}
    for student, path in chosen.items():
        try:
            notebook = nbformat.read(path, as_version=4)
            work[student] = {e.name: cells_of(notebook, e) for e in exercises}
        except Exception as error:  # whatever a broken file makes the reader raise
            outcome[student] = f"{path.name} is no notebook: {str(error).splitlines()[0]}"
    checked = [e for e in exercises if e.hidden]
    seed = secrets.randbits(SEED_BITS) if seed is None else seed
    results = grade_all(work, checked, seed=seed, **settings)
    outcome.update(results)
    api = gradebook(course)
    for student, graded in results.items():
        write_report(course, assignment, student, seed, graded)
        _graded[student, assignment] = {result.exercise: result for result in graded}
        told = api.autograde(assignment, student, force=True, create=True)
        del _graded[student, assignment]
        if not told["success"]:
            outcome[student] = f"nbgrader could not take it: {reason_of(told)}"
        elif (booked := _booked(api, assignment, student)) != sum(r.points for r in graded):
            outcome[student] = (
                f"the gradebook has {booked:g} points where the checks gave "
                f"{sum(r.points for r in graded)}: look at autograded/{student}/{assignment}"
            )
    return outcome


def _booked(api: NbGraderAPI, assignment: str, student: str) -> float:
    """Return the points of machines in the gradebook."""
    with api.gradebook as book:
        grades = book.find_submission(assignment, student).notebooks[0].grades
        return sum(grade.auto_score or 0.0 for grade in grades)


def reason_of(told: Mapping[str, Any]) -> str:
    """Return the line in which nbgrader's log says what went wrong."""
    lines = str(told.get("log") or told.get("error") or "").strip().splitlines()
    said = [line.strip() for line in lines if re.match(r"\s*[\w.]*(Error|Exception): ", line)]
    said = said or [line for line in lines if "ERROR" in line] or lines
    return (said or ["it gives no reason"])[0]


def exercises_of(course: Path, assignment: str) -> list[Exercise]:
    """Return the exercises of an assignment, in the order of its notebook."""
    source = nbformat.read(course / "source" / assignment / f"{assignment}.ipynb", as_version=4)
    described = [cell.metadata.get("nbgrader", {}) for cell in source.cells]
    return [find(name_of(d["grade_id"])) for d in described if d.get("grade")]


def gradebook(course: Path) -> NbGraderAPI:
    """Return nbgrader's interface to a course, with the settings of its own file."""
    # nbgrader calls programs of its environment by name, which need not be on the path.
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])
    from sqlalchemy.exc import SAWarning

    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")
    settings = Config()
    file = course / "nbgrader_config.py"
    names = {"get_config": lambda: settings, "__file__": str(file)}
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec", dont_inherit=True), names)
    settings.CourseDirectory.root = str(course)
    return NbGraderAPI(config=settings)
