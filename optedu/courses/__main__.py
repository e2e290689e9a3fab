"""The command line of a course; ``python -m optedu.courses --help``."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


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
    grade.add_argument("--jobs", type=int, default=None, help="sandboxes at once")
    grade.add_argument("--seed", type=int, default=None, help="draw an earlier grading's instances")
    grade.add_argument("--isolation", choices=("strong", "limits"), default="strong")
    chosen = parser.parse_args(arguments)
    try:
        _COMMANDS[chosen.command](chosen)
    except (ValueError, RuntimeError) as error:
        sys.exit(str(error))


def _make(chosen: argparse.Namespace) -> None:
    from optedu.courses import kit
    from optedu.courses.grading import exercises_of
    from optedu.exercises.library import everything, find, using

    if chosen.assignments:
        wanted = {}
        for text in chosen.assignments:
            name, _, listed = text.partition("=")
            if listed:
                wanted[name] = [find(one.strip()) for one in listed.split(",")]
            else:
                wanted[name] = [e for e in everything() if e.family == name]
    elif before := sorted(chosen.course.glob("source/*/*.ipynb")):
        with using(chosen.course.resolve() / "exercises"):
            wanted = {path.stem: exercises_of(chosen.course, path.stem) for path in before}
    else:
        families = dict.fromkeys(e.family for e in everything())
        wanted = {name: [e for e in everything() if e.family == name] for name in families}
    for made in kit.make(chosen.course, wanted):
        print(made)


def _collect(chosen: argparse.Namespace) -> None:
    from optedu.courses.collecting import collect

    for file, became in collect(chosen.course, chosen.assignment, chosen.handed_in).items():
        print(f"{file}: {became}")


def _grade(chosen: argparse.Namespace) -> None:
    from optedu.courses.grading import grade_assignment

    with ThreadPoolExecutor(chosen.jobs) as executor:
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
