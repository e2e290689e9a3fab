"""The reader's edition of the exercises: MyST Markdown for the end of a chapter."""

from __future__ import annotations

from collections.abc import Iterable

from optedu.exercises.source import Exercise

BEGIN = "<!-- exercises: written by tools/exercises.py from {folder}; edit them there -->"
END = "<!-- end of exercises -->"
PLACES = ("chapter", "page", "none")
"""Where solutions may stand: folded below each exercise, on a page of their own, nowhere."""


def call_of(exercise: Exercise) -> str:
    """Return the line that checks an answer."""
    return f'oe.check("{exercise.name}", {exercise.answer})'


def statement_of(exercise: Exercise) -> str:
    """Return the exercise and its folded hint."""
    points = f"{exercise.points} point{'s' if exercise.points > 1 else ''}"
    check = f" Check it with `{call_of(exercise)}`." if exercise.public else ""
    proof = ", a proof" if exercise.kind == "proof" else ""
    return "\n".join(
        [
            f"````{{exercise}} {exercise.title}, {exercise.difficulty}{proof}",
            f":label: {exercise.label}",
            "",
            exercise.statement,
            "",
            f"*{points}.*{check}",
            "````",
            "",
            "````{admonition} Hint",
            ":class: dropdown tip",
            "",
            exercise.hint,
            "````",
            "",
        ]
    )


def solution_of(exercise: Exercise) -> str:
    """Return the folded solution, its code as a cell that checks itself."""
    lines = [
        f"````{{solution}} {exercise.label}",
        ":class: dropdown",
        "",
        exercise.solution,
        "````",
        "",
    ]
    code = exercise.solution_code.strip("\n")
    if code:
        if "NamedTuple" in code and "import NamedTuple" not in code:
            code = f"from typing import NamedTuple\n\n\n{code}"
        lines += [
            "```{code-cell} ipython3",
            ":tags: [hide-cell]",
            code,
            "",
            call_of(exercise),
            "```",
            "",
        ]
    return "\n".join(lines)


def section(exercises: Iterable[Exercise], solutions: str = "chapter") -> str:
    """Return what stands in a chapter between `BEGIN` and `END`."""
    parts = []
    for exercise in exercises:
        parts.append(statement_of(exercise))
        if solutions == "chapter":
            parts.append(solution_of(exercise))
    return "\n".join(parts)


def with_section(chapter: str, folder: str, text: str) -> str:
    """Return a chapter's text with the exercises between its marks replaced.

    Raises
    ------
    ValueError
        If the chapter has no such marks.
    """
    begin = BEGIN.format(folder=folder)
    before, mark, rest = chapter.partition(begin)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"the chapter lacks the line {begin!r} or {END!r}")
    return f"{before}{begin}\n\n{text}\n{END}{after}"
