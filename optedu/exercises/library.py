"""Where exercises are found: in a checkout of the book, or, without it, their public parts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cache
from importlib import resources
from pathlib import Path

from optedu.exercises.source import DIFFICULTIES, SECRET, Exercise, read, start_of

CHECKOUT = Path(__file__).resolve().parents[2] / "book" / "exercises"
CHOSEN = "OPTEDU_EXERCISES"
PUBLIC = "public.json"
"""What an installed optedu has instead: no solution, no hidden check."""


def folder() -> Path | None:
    """Return where sources lie: ``OPTEDU_EXERCISES``, or the book's own, or None."""
    chosen = os.environ.get(CHOSEN)
    if chosen:
        return Path(chosen)
    return CHECKOUT if CHECKOUT.is_dir() else None


@contextmanager
def using(where: Path | str) -> Iterator[None]:
    """Read exercises from a folder while this lasts."""
    before = os.environ.get(CHOSEN)
    os.environ[CHOSEN] = str(where)
    try:
        yield
    finally:
        if before is None:
            del os.environ[CHOSEN]
        else:
            os.environ[CHOSEN] = before


def everything(where: Path | str | None = None) -> list[Exercise]:
    """Return all exercises, by family and from easy to hard.

    Parameters
    ----------
    where : path, optional
        A folder of ``<family>/<short-name>.md``. By default the book's own.
    """
    where = folder() if where is None else Path(where)
    if where is None:
        found = list(_installed().values())
    else:
        paths = (path for path in where.glob("*/*.md") if not path.parent.name.startswith("."))
        found = [_read(path, _changed(path)) for path in paths]
    return _in_order(found)


def _in_order(exercises: Iterable[Exercise]) -> list[Exercise]:
    return sorted(
        exercises, key=lambda e: (e.family, DIFFICULTIES.index(e.difficulty), e.order, e.name)
    )


def find(name: str, own: Path | str | None = None) -> Exercise:
    """Return the exercise of a name.

    Parameters
    ----------
    name : str
    own : path, optional
        A course's own exercises, which come before the book's.

    Raises
    ------
    ValueError
        If there is none; the sentence names those of the family.
    """
    family, _, short_name = name.partition(".")
    where = folder()
    for place in (None if own is None else Path(own), where):
        if place is not None and (path := place / family / f"{short_name}.md").is_file():
            return _read(path, _changed(path))
    if where is None and name in _installed():
        return _installed()[name]
    known = ", ".join(e.name for e in of_family(family, own))
    raise ValueError(f"there is no exercise {name!r}; known are {known or 'none in this family'}")


def of_family(family: str, own: Path | str | None = None) -> list[Exercise]:
    """Return the exercises of a chapter or of a course's own topic, from easy to hard.

    Parameters
    ----------
    family : str
    own : path, optional
        A course's own exercises: they are added to the book's, or take the place of one.
    """
    found = {e.name: e for e in everything() if e.family == family}
    if own is not None:
        found |= {e.name: e for e in everything(own) if e.family == family}
    return _in_order(found.values())


def _changed(path: Path) -> tuple[int, ...]:
    """Return when an exercise, and what its family shares, were changed."""
    files = (path, path.with_name("shared.py"))
    return tuple(file.stat().st_mtime_ns for file in files if file.exists())


@cache
def _read(path: Path, changed: tuple[int, ...]) -> Exercise:
    return read(path)


@cache
def _installed() -> dict[str, Exercise]:
    """Return the public editions that came with the package."""
    file = resources.files("optedu.exercises").joinpath(PUBLIC)
    if not file.is_file():
        return {}
    entries = [dict(entry, without=()) for entry in json.loads(file.read_text(encoding="utf-8"))]
    return {entry["name"]: Exercise(**entry) for entry in entries}


def public(exercise: Exercise) -> Exercise:
    """Return an exercise without what a student is not given."""
    return replace(exercise, start=start_of(exercise), shared="", **dict.fromkeys(SECRET, ""))


def public_editions(where: Path) -> str:
    """Return all public editions as the text of a file, which goes into the installed package."""
    entries = [asdict(public(exercise)) for exercise in everything(where)]
    return json.dumps(entries, indent=1, ensure_ascii=False) + "\n"
