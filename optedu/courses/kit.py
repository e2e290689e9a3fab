"""The folder of a course: sources, the students' edition, the instructor's, nbgrader's settings."""

from __future__ import annotations

import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat

from optedu.courses.assignment import notebook
from optedu.courses.plain import plain
from optedu.exercises import library
from optedu.exercises.editions import call_of
from optedu.exercises.source import Exercise

SETTINGS = '''"""nbgrader's settings for this course. What is set here can be set otherwise."""

from pathlib import Path

from optedu.courses.settings import isolated

c = get_config()  # noqa: F821
isolated(c, Path(__file__).parent)
c.CourseDirectory.course_id = "__NAME__"
# c.PerDay.share = 0.1  # of the score, for each day that work is late; needs a due date:
# nbgrader db assignment add gradient --duedate="2027-03-01 23:59:00 UTC"
'''
README = """# A course from "Optimization you can run"

| step | command, here in this folder |
| --- | --- |
| change an assignment | edit `exercises/`, then `python -m optedu.courses make .` again |
| hand out | `release/<assignment>/`, by a learning platform, a repository, or nbgrader's exchange |
| collect | `python -m optedu.courses collect . <assignment> <folder or zip>` |
| grade | `python -m optedu.courses grade . <assignment>` |
| proofs | `jupyter lab`, then *Nbgrader*, *Formgrader*, *Manual grading* |
| feedback | `nbgrader generate_feedback <assignment>` |
| grades | `nbgrader export --to grades.csv` |

`instructor/` holds solutions, rubrics and typical mistakes: it, `source/` and `exercises/` stay
with you. Assignments:

"""
HEADER = README.index("\n") + 1
"""A README that begins otherwise is the instructor's own."""
_NAME = re.compile(r"[\w-]+")


def make(
    course: Path | str,
    assignments: Mapping[str, Sequence[Exercise]],
    titles: Mapping[str, str] | None = None,
) -> list[Path]:
    """Make the folder of a course, or bring it up to date, and the students' editions in it.

    Parameters
    ----------
    course : path
        Made if it is not there. What is in ``exercises/`` already is kept: it is the course's own.
    assignments : mapping
        The exercises of each, in order.
    titles : mapping, optional
        The title of each; by default its name.

    Returns
    -------
    list of Path
        The students' notebooks.

    Raises
    ------
    ValueError
        If the folder is no course's, an assignment is empty or has been handed in and would have
        other exercises: then nothing was written. If nbgrader refuses an assignment: then that
        one is as before.

    Warns
    -----
    UserWarning
        If an exercise is added to a family whose ``shared.py`` the course has changed.
    """
    course, titles = Path(course).resolve(), dict(titles or {})
    for name, exercises in assignments.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} names no assignment: take letters, digits, - and _")
        if not exercises:
            raise ValueError(f"the assignment {name!r} has no exercise")
    settings = course / "nbgrader_config.py"
    if course.exists() and not settings.exists() and any(course.iterdir()):
        raise ValueError(f"{course} is not empty and is no course's folder; name a new one")
    wanted = {e.name: e for group in assignments.values() for e in group}
    added = [e for e in wanted.values() if not _own(course, e).exists()]
    for exercise in added:
        _home_of(exercise)
    for name, exercises in assignments.items():
        with library.using(course / "exercises"):
            own = [e if e in added else library.find(e.name) for e in exercises]
        _refuse_other_cells(course, name, notebook(name, own))
    course.mkdir(parents=True, exist_ok=True)
    if not settings.exists():
        settings.write_text(SETTINGS.replace("__NAME__", course.name), encoding="utf-8")
    for exercise in added:
        _keep_source(_own(course, exercise), exercise)
    with library.using(course / "exercises"):
        return _make(course, assignments, titles)


def _make(
    course: Path, assignments: Mapping[str, Sequence[Exercise]], titles: Mapping[str, str]
) -> list[Path]:
    from optedu.courses.grading import gradebook, reason_of

    api = gradebook(course)
    made = []
    for name, group in assignments.items():
        exercises = [library.find(e.name) for e in group]
        title = titles.get(name, name.replace("_", " ").capitalize())
        source, release = course / "source" / name, course / "release" / name
        with _unless_refused(source, release):
            source.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook(title, exercises), source / f"{name}.ipynb")
            told = api.generate_assignment(name, force=True, create=True)
            if not told["success"]:
                raise ValueError(f"nbgrader refused {name!r}: {reason_of(told)}")
        edition = course / "instructor" / f"{name}.md"
        edition.parent.mkdir(exist_ok=True)
        edition.write_text(instructors_edition(title, exercises), encoding="utf-8")
        made.append(release / f"{name}.ipynb")
    readme = course / "README.md"
    if not readme.exists() or readme.read_text(encoding="utf-8").startswith(README[:HEADER]):
        readme.write_text(README + _table(course), encoding="utf-8")
    return made


@contextmanager
def _unless_refused(*folders: Path) -> Iterator[None]:
    """Put folders back as they were if what is done meanwhile raises."""
    with tempfile.TemporaryDirectory() as kept:
        places = {folder: Path(kept, str(i)) for i, folder in enumerate(folders)}
        for folder, place in places.items():
            if folder.exists():
                shutil.copytree(folder, place, symlinks=True)
        try:
            yield
        except BaseException:
            for folder, place in places.items():
                shutil.rmtree(folder, ignore_errors=True)
                if place.exists():
                    shutil.copytree(place, folder, symlinks=True)
            raise


def _refuse_other_cells(course: Path, name: str, made: nbformat.NotebookNode) -> None:
    """Raise if students have answered this assignment, and it would have other cells now."""
    from nbgrader.api import Gradebook, MissingEntry

    if not (course / "gradebook.db").exists():
        return
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        try:
            assignment = book.find_assignment(name)
        except MissingEntry:
            return
        if not assignment.submissions:
            return
        before = {cell.name for its in assignment.notebooks for cell in its.source_cells}
    if before != {cell.metadata.nbgrader["grade_id"] for cell in made.cells}:
        raise ValueError(
            f"{name!r} has been handed in: its exercises can be corrected, not added or removed; "
            "make another assignment"
        )


def _table(course: Path) -> str:
    """Return the list of all assignments of a course."""
    lines = []
    for place in sorted(course.glob("source/*/*.ipynb")):
        cells = nbformat.read(place, as_version=4).cells
        described = [cell.metadata.get("nbgrader", {}) for cell in cells]
        points = [d.get("points", 0) for d in described if d.get("grade")]
        lines.append(f"* `{place.parent.name}`: {len(points)} exercises, {sum(points)} points\n")
    return "".join(lines)


def _own(course: Path, exercise: Exercise) -> Path:
    """Return where the course's own source of an exercise is, or would be."""
    return course / "exercises" / exercise.family / f"{exercise.short_name}.md"


def _home_of(exercise: Exercise) -> Path:
    """Return the folder of a source that the course does not have."""
    home = library.folder()
    if home is None:
        raise ValueError("a course is made in a checkout of the book, where the sources are")
    if not (home / exercise.family / f"{exercise.short_name}.md").exists():
        raise ValueError(f"{home} has no source of the exercise {exercise.name!r}")
    return home / exercise.family


def _keep_source(own: Path, exercise: Exercise) -> None:
    """Copy an exercise's source, and what its family shares, unless the course has its own."""
    home = _home_of(exercise)
    own.parent.mkdir(parents=True, exist_ok=True)
    shared, mine = home / "shared.py", own.with_name("shared.py")
    if shared.exists() and not mine.exists():
        shutil.copy(shared, mine)
    elif shared.exists() and shared.read_bytes() != mine.read_bytes():
        warnings.warn(
            f"{mine} is not the book's: see whether the checks of {exercise.name}, "
            f"which is new here, find in it what they need of {shared}",
            stacklevel=3,
        )
    shutil.copy(home / own.name, own)


def instructors_edition(title: str, exercises: Sequence[Exercise]) -> str:
    """Return statements, solutions, rubrics, all checks and typical mistakes, as Markdown."""
    parts = [f"# {title}: for instructors\n"]
    for number, e in enumerate(exercises, 1):
        parts += [
            f"## {number}. {e.title}\n",
            f"*{e.difficulty}, {e.points} points, `{e.name}`*\n",
            plain(e.statement),
            f"\n**Hint.** {plain(e.hint)}\n\n**Solution.** {plain(e.solution)}\n",
        ]
        for heading, code in (
            ("", f"{e.solution_code}\n{call_of(e)}\n" if e.solution_code else ""),
            ("**Public checks**", e.public),
            ("**Hidden checks**", e.hidden),
            ("**Typical answers**, and words of the hint that each wrong one gets", e.typical),
        ):
            if code:
                parts.append(f"{heading}\n\n{_as_code(code)}".lstrip("\n"))
        if e.rubric:
            parts.append(f"**Rubric**\n\n{plain(e.rubric)}\n")
    for family, shared in {e.family: e.shared for e in exercises if e.shared}.items():
        parts.append(f"## What the checks share: {family}\n\n{_as_code(shared)}")
    return "\n".join(parts)


def _as_code(code: str) -> str:
    return f"```python\n{code.strip()}\n```\n"
