"""Work that was handed in, from a folder or a zip, into the places where nbgrader looks for it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

LARGEST = 20 * 2**20
"""Bytes of a notebook; what is larger is not taken."""

TIMES = "timestamps.csv"
_STUDENT = re.compile(r"[\w.@+-]+")


class Collected(dict[str, str]):
    """What became of each file: the student's name, or why it was not taken."""


def collect(course: Path | str, assignment: str, handed_in: Path | str) -> Collected:
    """Put notebooks into ``submitted/<student>/<assignment>/``.

    Parameters
    ----------
    course : path
        The course's folder.
    assignment : str
    handed_in : path
        A folder or a zip of ``<student>.ipynb``, ``<student>_<anything>.ipynb`` or
        ``<student>/<anything>.ipynb``. A file ``timestamps.csv`` in it, of lines
        ``student,2027-03-01 23:59:00 UTC``, says when each was handed in.

    Returns
    -------
    Collected

    Raises
    ------
    ValueError
        If the course has no such assignment, or nothing can be read.
    """
    course, handed_in = Path(course), Path(handed_in)
    if not (course / "source" / assignment).is_dir():
        raise ValueError(f"{course} has no assignment {assignment!r}")
    done, times = Collected(), {}
    for name, size, read in _files(handed_in):
        path = PurePosixPath(name)
        if path.name == TIMES:
            rows = csv.reader(io.StringIO(read().decode("utf-8")))
            times = {row[0].strip(): row[1].strip() for row in rows if len(row) == 2}
        elif path.suffix == ".ipynb":
            student = path.parent.name or path.stem.split("_")[0]
            if not _STUDENT.fullmatch(student) or student.startswith("."):
                done[name] = "the student's name has odd characters"
            elif size > LARGEST:
                done[name] = f"larger than {LARGEST >> 20} MiB"
            else:
                place = course / "submitted" / student / assignment
                place.mkdir(parents=True, exist_ok=True)
                (place / f"{assignment}.ipynb").write_bytes(read())
                done[name] = student
    for student, time in times.items():
        place = course / "submitted" / student / assignment
        if place.is_dir():
            (place / "timestamp.txt").write_text(f"{time}\n", encoding="utf-8")
    if not done:
        raise ValueError(f"there is no notebook in {handed_in}")
    return done


def _files(place: Path) -> Iterator[tuple[str, int, object]]:
    """Yield name, size and a reader of each regular file, and follow no link."""
    if place.is_dir():
        for path in sorted(place.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(place).as_posix(), path.stat().st_size, path.read_bytes
    elif zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    yield entry.filename, entry.file_size, lambda entry=entry: archive.read(entry)
    else:
        raise ValueError(f"{place} is neither a folder nor a zip")
