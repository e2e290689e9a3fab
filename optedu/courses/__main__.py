"""The command line of a course; ``python -m optedu.courses --help``."""

from __future__ import annotations

import argparse
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optedu.exercises.source import Exercise


def main(arguments: list[str] | None = None) -> None:
    """Run one of the commands ``make``, ``collect``, ``grade``."""
    parser = argparse.ArgumentParser(prog="python -m optedu.courses", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make", help="make a course's folder, or bring it up to date")
    make.add_argument("course", type=Path)
    make.add_argument(
        "assignments", nargs="*",
        help="a chapter, or name=exercise,exercise,...; by default as before, or all chapters",
    )  # fmt: skip
    collect = commands.add_parser("collect", help="take notebooks from a folder or a zip")
    collect.add_argument("course", type=Path)
    collect.add_argument("assignment")
    collect.add_argument("handed_in", type=Path)
    grade = commands.add_parser("grade", help="grade what was handed in, in sandboxes")
    grade.add_argument("course", type=Path)
    grade.add_argument("assignment")
    grade.add_argument("students", nargs="*")
    grade.add_argument(
        "--jobs", type=int, default=None, help="sandboxes at once; by default one per processor"
    )
    grade.add_argument("--seed", type=int, default=None, help="draw an earlier grading's instances")
    grade.add_argument("--isolation", choices=("strong", "limits"), default="strong")
    chosen = parser.parse_args(arguments)
    try:
        _COMMANDS[chosen.command](chosen)
    except (ValueError, RuntimeError, OSError) as error:
        sys.exit(str(error))


def _make(chosen: argparse.Namespace) -> None:
    from optedu.courses import kit
    from optedu.courses.grading import exercises_of
    from optedu.exercises.library import everything, of_family, using

    own = chosen.course.resolve() / "exercises"
    if chosen.assignments:
        wanted = dict(_assignment(text, own) for text in chosen.assignments)
    elif before := sorted(
        p.stem for p in chosen.course.glob("source/*/*.ipynb") if p.stem == p.parent.name
    ):
        with using(own):
            wanted = {name: exercises_of(chosen.course, name) for name in before}
    else:
        families = dict.fromkeys(e.family for e in everything())
        wanted = {name: of_family(name, own) for name in families}
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        try:
            made = kit.make(chosen.course, wanted)
        finally:
            sentences = [str(w.message) for w in said if w.category is UserWarning]
    for line in (*sentences, *made):
        print(line)


def _assignment(text: str, own: Path) -> tuple[str, list[Exercise]]:
    """Return the name and the exercises of ``chapter`` or ``name=exercise,exercise,...``."""
    from optedu.exercises.library import everything, find, of_family

    name, equals, listed = text.partition("=")
    if not equals:
        exercises = of_family(name, own)
        if not exercises:
            known = sorted({e.family for e in (*everything(), *everything(own))})
            raise ValueError(f"there is no chapter {name!r}; known are {', '.join(known)}")
        return name, exercises
    names = dict.fromkeys(one.strip() for one in listed.split(",") if one.strip())
    if not names:
        raise ValueError(f"{text!r} names no exercise: write {name}=gradient.largest-step,...")
    return name, [find(one, own) for one in names]


def _collect(chosen: argparse.Namespace) -> None:
    from optedu.courses.collecting import collect

    for file, became in collect(chosen.course, chosen.assignment, chosen.handed_in).items():
        print(f"{file}: {became}")


def _grade(chosen: argparse.Namespace) -> None:
    from optedu.courses.grading import grade_assignment

    if not (chosen.course / "source" / chosen.assignment).is_dir():
        raise ValueError(f"{chosen.course} has no assignment {chosen.assignment!r}")
    for student in chosen.students:
        if not (chosen.course / "submitted" / student / chosen.assignment).is_dir():
            print(f"{student}: has handed in nothing")
    # By default, None, grading takes a sandbox per processor.
    with ThreadPoolExecutor(chosen.jobs) if chosen.jobs else nullcontext() as executor:
        outcome = grade_assignment(
            chosen.course, chosen.assignment, chosen.students or None,
            seed=chosen.seed, isolation=chosen.isolation, executor=executor,
        )  # fmt: skip
    for student, results in outcome.items():
        if isinstance(results, str):
            print(f"{student}: {results}")
        else:
            earned = sum(result.points or 0 for result in results)
            print(f"{student}: {earned} of {sum(r.of for r in results)} points by machine")


_COMMANDS = {"make": _make, "collect": _collect, "grade": _grade}


if __name__ == "__main__":
    main()
