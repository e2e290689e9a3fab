"""An assignment: one notebook with the cells that nbgrader knows, made from exercises."""

from __future__ import annotations

from collections.abc import Sequence

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from optedu.courses.plain import plain
from optedu.exercises.source import Exercise

SETUP = """from typing import NamedTuple

import numpy as np

import optedu as oe
from optedu.exercises import require
"""
INTRODUCTION = """# {title}

Write your answers where it says so. You may add cells of your own. Below each answer a cell runs
the *public checks*: examples, which you can run as often as you like. When your work is graded,
*hidden checks* draw instances of their own and ask for the same mathematics; an answer that is
right for the examples alone, or writes into the arrays that it is given, earns nothing. Your own
cells run then, too: 10 seconds each, 30 in all, without plots and without the library's own
methods. {points} points.
"""
CHECKS = """# Public checks of `{answer}`, {points}. Hidden checks are run when your work is graded.
{public}

public({answer})
print("{name}: public checks passed; hidden checks not run")
"""


def cell_id(exercise: Exercise, part: str = "") -> str:
    """Return nbgrader's name of a cell: ``family--exercise`` for the one with the points."""
    name = exercise.name.replace(".", "--")
    return f"{part}--{name}" if part else name


def name_of(grade_id: str) -> str:
    """Return the exercise that a cell with points belongs to."""
    return grade_id.replace("--", ".")


def notebook(title: str, exercises: Sequence[Exercise]) -> nbformat.NotebookNode:
    """Return the instructor's notebook of an assignment, solutions in it.

    Parameters
    ----------
    title : str
    exercises : sequence of Exercise

    Returns
    -------
    nbformat.NotebookNode
        nbgrader's ``generate_assignment`` makes the students' edition of it: there, the answer
        cells hold what the sources give to begin with, and hidden checks are nowhere, since they
        are in neither.
    """
    total = sum(exercise.points for exercise in exercises)
    cells = [
        _read_only(new_markdown_cell, INTRODUCTION.format(title=title, points=total), "top"),
        _read_only(new_code_cell, SETUP, "setup"),
    ]
    for number, exercise in enumerate(exercises, 1):
        cells += _cells(exercise, number)
    book = new_notebook(cells=cells)
    book.metadata["kernelspec"] = {
        "display_name": "Python 3", "language": "python", "name": "python3",
    }  # fmt: skip
    for number, cell in enumerate(book.cells):
        cell["id"] = f"cell-{number}"
    return book


def _cells(exercise: Exercise, number: int) -> list[nbformat.NotebookNode]:
    points = f"{exercise.points} point{'s' if exercise.points > 1 else ''}"
    statement = (
        f"## {number}. {exercise.title}\n\n*{exercise.difficulty.capitalize()}, {points}.*\n\n"
        f"{plain(exercise.statement)}\n\n"
        f"<details><summary>Hint</summary>\n\n{plain(exercise.hint)}\n\n</details>"
    )
    cells = [_read_only(new_markdown_cell, statement, cell_id(exercise, "statement"))]
    if exercise.kind == "proof":
        answer = f"{plain(exercise.solution)}\n\n**Rubric**\n\n{plain(exercise.rubric)}"
        cells.append(_cell(new_markdown_cell, answer, cell_id(exercise), exercise.points, True))
        return cells
    code = exercise.solution_code.rstrip("\n")
    cells.append(_cell(new_code_cell, code, cell_id(exercise, "answer"), 0, True))
    checks = CHECKS.format(
        answer=exercise.answer,
        public=exercise.public.rstrip("\n"),
        name=exercise.name,
        points=points,
    )
    cells.append(_cell(new_code_cell, checks, cell_id(exercise), exercise.points, False))
    return cells


def _read_only(make, source: str, grade_id: str) -> nbformat.NotebookNode:
    return _cell(make, source, grade_id, 0, False)


def _cell(make, source: str, grade_id: str, points: int, solution: bool) -> nbformat.NotebookNode:
    described = {
        "grade": points > 0,
        "solution": solution,
        "locked": not solution,
        "task": False,
        "grade_id": grade_id,
        "schema_version": 3,
    }
    if points:
        described["points"] = points
    return make(source.rstrip("\n"), metadata={"nbgrader": described})
