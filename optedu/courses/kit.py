"""The folder of a course: sources, the students' edition, the instructor's, nbgrader's settings."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat

from optedu.courses.assignment import notebook
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
        If an assignment is empty, or nbgrader refuses it.
    """
    course, titles = Path(course).resolve(), dict(titles or {})
    for name, exercises in assignments.items():
        if not exercises:
            raise ValueError(f"the assignment {name!r} has no exercise")
    course.mkdir(parents=True, exist_ok=True)
    for exercise in {e.name: e for group in assignments.values() for e in group}.values():
        _keep_source(course / "exercises", exercise)
    with library.using(course / "exercises"):
        return _make(course, assignments, titles)


def _make(
    course: Path, assignments: Mapping[str, Sequence[Exercise]], titles: Mapping[str, str]
) -> list[Path]:
    from optedu.courses.grading import gradebook, reason_of

    own = {name: [library.find(e.name) for e in group] for name, group in assignments.items()}
    for name, exercises in own.items():
        title = titles.get(name, name.replace("_", " ").capitalize())
        source = course / "source" / name / f"{name}.ipynb"
        source.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook(title, exercises), source)
        edition = course / "instructor" / f"{name}.md"
        edition.parent.mkdir(exist_ok=True)
        edition.write_text(instructors_edition(title, exercises), encoding="utf-8")
    settings = course / "nbgrader_config.py"
    if not settings.exists():
        settings.write_text(SETTINGS.replace("__NAME__", course.name), encoding="utf-8")
    table = "".join(
        f"* `{name}`: {len(group)} exercises, {sum(e.points for e in group)} points\n"
        for name, group in own.items()
    )
    (course / "README.md").write_text(README + table, encoding="utf-8")
    api = gradebook(course)
    made = []
    for name in own:
        told = api.generate_assignment(name, force=True, create=True)
        if not told["success"]:
            raise ValueError(f"nbgrader refused {name!r}: {reason_of(told)}")
        made.append(course / "release" / name / f"{name}.ipynb")
    return made


def _keep_source(folder: Path, exercise: Exercise) -> None:
    """Copy an exercise's source, and what its family shares, unless the course has its own."""
    home = library.folder()
    if home is None:
        raise ValueError("a course is made in a checkout of the book, where the sources are")
    place = folder / exercise.family
    place.mkdir(parents=True, exist_ok=True)
    for name in (f"{exercise.short_name}.md", "shared.py"):
        if (home / exercise.family / name).exists() and not (place / name).exists():
            shutil.copy(home / exercise.family / name, place / name)


def instructors_edition(title: str, exercises: Sequence[Exercise]) -> str:
    """Return statements, solutions, rubrics, all checks and typical mistakes, as Markdown."""
    parts = [f"# {title}: for instructors\n"]
    for number, e in enumerate(exercises, 1):
        parts += [
            f"## {number}. {e.title}\n",
            f"*{e.difficulty}, {e.points} points, `{e.name}`*\n",
            e.statement,
            f"\n**Hint.** {e.hint}\n\n**Solution.** {e.solution}\n",
        ]
        for heading, code in (
            ("", f"{e.solution_code}\n{call_of(e)}\n" if e.solution_code else ""),
            ("**Public checks**", e.public),
            ("**Hidden checks**", e.hidden),
            ("**Typical answers**, and words of the hint that each wrong one gets", e.typical),
        ):
            if code:
                parts.append(f"{heading}\n\n```python\n{code.strip()}\n```\n".lstrip("\n"))
        if e.rubric:
            parts.append(f"**Rubric**\n\n{e.rubric}\n")
    return "\n".join(parts)
