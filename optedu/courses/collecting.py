"""Work that was handed in, from a folder or a zip, into the places where nbgrader looks for it."""

from __future__ import annotations

import csv
import io
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

LARGEST = 20 * 2**20
"""Bytes of a notebook; what is larger is not taken."""
LARGEST_TIMES = 2**20

TIMES = "timestamps.csv"
SUFFIX = ".ipynb"
_ONE = re.compile(r"(?!\.)[^/\\]+")
_STUDENT = re.compile(r"(?!\.)[\w.@+-]+")
_MOODLE = re.compile(r".+?_(\d+)_assignsubmission_file_")
"""How Moodle names what somebody handed in, file or folder: name, number, and the file's name."""
_SHAPE = "a line is student,time"
_JUNK = {"__MACOSX", ".ipynb_checkpoints", ".DS_Store"}
_UNREADABLE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)
"""What a damaged or locked file raises; a zip with a password is a `RuntimeError`."""


class Collected(dict[str, str]):
    """What became of each file: the student's name, or why it was not taken."""


class _File(NamedTuple):
    name: str
    size: int
    refused: str  # why it is not looked at, or nothing
    read: Callable[[], bytes]

    @property
    def parts(self) -> list[str]:
        """Return folders and name, without what would lead out of a zip."""
        parts = self.name.replace("\\", "/").split("/")
        return [part for part in parts if part not in ("", ".", "..")]


def collect(course: Path | str, assignment: str, handed_in: Path | str) -> Collected:
    """Put notebooks into ``submitted/<student>/<assignment>/``.

    Parameters
    ----------
    course : path
        The course's folder.
    assignment : str
    handed_in : path
        A folder or a zip of ``<student>.ipynb``, ``<student>_<anything>.ipynb`` or
        ``<student>/<anything>.ipynb``, all of them in one more folder or not. Of what Moodle
        names, ``<name>_<number>_assignsubmission_file_...``, the number is the student. A file
        ``timestamps.csv`` beside them, not in a folder, of lines
        ``student,2027-03-01 23:59:00 UTC``, says when each was handed in.

    Returns
    -------
    Collected
        Of a student with two notebooks neither is taken, and the entry has the student's name.

    Raises
    ------
    ValueError
        If the course has no such assignment, or nothing can be read. Then nothing was written.
    """
    course, handed_in = Path(course), Path(handed_in)
    if not _ONE.fullmatch(assignment) or not (course / "source" / assignment).is_dir():
        raise ValueError(f"{course} has no assignment {assignment!r}")
    with _files(handed_in) as files:
        done, notebooks, times = Collected(), [], []
        for file in files:
            if any(part in _JUNK or part.startswith("._") for part in file.parts):
                continue
            if file.refused:
                done[file.name] = file.refused
            elif file.name == TIMES:
                times = _rows(file)
            elif file.name.lower().endswith(SUFFIX):
                notebooks.append(file)
            elif file.parts[-1:] == [TIMES]:
                done[file.name] = "not believed: times are read beside all notebooks, in no folder"
            else:
                done[file.name] = "not a notebook"
        if not notebooks:
            raise ValueError(f"there is no notebook in {handed_in}")
        plan = _plan(notebooks, assignment, done)
        taken = set()
        for student, file in plan.items():
            done[file.name] = _take(course, assignment, student, file)
            if done[file.name] == student:
                taken.add(student)
    for line, student, time, sentence in times:
        if sentence == _SHAPE or (sentence and student in taken):
            done[f"{TIMES}, line {line}"] = sentence
        elif student in taken:
            place = course / "submitted" / student / assignment / "timestamp.txt"
            place.write_text(f"{time} UTC\n", encoding="utf-8")
        elif line > 1 or not sentence:  # the first may be a heading
            done[f"{TIMES}, line {line}"] = f"{student!r} is nobody whose notebook was taken now"
    return done


def _plan(files: list[_File], assignment: str, done: Collected) -> dict[str, _File]:
    """Return the notebook of each student; say in `done` what is not taken."""
    wrapped = _common_folders([file.parts for file in files], assignment)
    of: dict[str, list[_File]] = {}
    for file in files:
        parts = file.parts[wrapped:]
        moodle = _MOODLE.match(parts[0])
        if moodle:
            student = moodle[1]
        else:
            student = parts[0] if len(parts) > 1 else parts[0][: -len(SUFFIX)].split("_")[0]
        if not _STUDENT.fullmatch(student):
            done[file.name] = "the student's name has odd characters"
        else:
            of.setdefault(student, []).append(file)
    for student, mine in of.items():
        if len(mine) > 1:
            count = "two" if len(mine) == 2 else len(mine)
            done[student] = f"{count} notebooks ({', '.join(f.name for f in mine)}); leave one"
    return {student: mine[0] for student, mine in of.items() if len(mine) == 1}


def _common_folders(paths: list[list[str]], assignment: str) -> int:
    """Return how many folders lie around all notebooks and are no student's.

    ``submissions/dora.ipynb`` and ``submissions/emil.ipynb`` are of dora and emil; but
    ``dora/x.ipynb`` alone is of dora, and so are two of which one has the assignment's name.
    """
    depth = 0
    while True:
        rest = [path[depth:] for path in paths]
        tops = {path[0] for path in rest}
        inner = [path[1] for path in rest if len(path) == 2]
        if (
            len(tops) > 1
            or any(len(path) == 1 for path in rest)
            or _MOODLE.match(rest[0][0])
            or (len(rest) == 1 and len(rest[0]) == 2)
            or f"{assignment}{SUFFIX}".lower() in map(str.lower, inner)
        ):
            return depth
        depth += 1


def _take(course: Path, assignment: str, student: str, file: _File) -> str:
    """Write a student's notebook to its place; return the student, or why that was not done."""
    if file.size > LARGEST:
        return f"larger than {LARGEST >> 20} MiB"
    try:
        content = file.read()
    except _UNREADABLE as error:
        return f"cannot be read: {error}"
    submitted = course / "submitted"
    place = submitted / student / assignment
    target = place / f"{assignment}{SUFFIX}"
    if not target.resolve().is_relative_to(submitted.resolve()):
        return f"{place} leads out of {submitted}"
    try:
        place.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        (place / "timestamp.txt").unlink(missing_ok=True)  # of what was handed in before
    except OSError as error:
        return f"cannot be written: {error}"
    return student


def _rows(file: _File) -> list[tuple[int, str, object, str]]:
    """Return line, student, time, and what is wrong with the time."""
    if file.size > LARGEST_TIMES:
        raise ValueError(f"{TIMES} is larger than {LARGEST_TIMES >> 20} MiB")
    try:
        text = file.read().decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text))
        lines = [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except UnicodeDecodeError:
        raise ValueError(f"{TIMES} is not in UTF-8: save it again as CSV UTF-8") from None
    except (csv.Error, *_UNREADABLE) as error:
        raise ValueError(f"{TIMES} cannot be read: {error}") from None
    rows = []
    for line, row in lines:
        if len(row) == 2:
            time, sentence = _time(row[1].strip())
        else:
            time, sentence = None, _SHAPE
        rows.append((line, row[0].strip(), time, sentence))
    return rows


def _time(text: str) -> tuple[object, str]:
    """Return what nbgrader understands by a time, in UTC, or a sentence."""
    import dateutil.tz
    from nbgrader.utils import parse_utc

    example = "a time is like 2027-03-01 23:59:00 UTC"
    zone = text.split(" ")[2:]
    if zone and not re.fullmatch(r"[+-]?\d+", zone[0]) and dateutil.tz.gettz(zone[0]) is None:
        return None, f"{zone[0]!r} is no time zone; {example}"
    try:
        return parse_utc(text), ""
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None, f"{text!r} is no time; {example}"


@contextmanager
def _files(place: Path) -> Iterator[list[_File]]:
    """Give all files of a folder or a zip; links are said to be links."""
    if place.is_dir():
        yield [
            _on_disk(place, p) for p in sorted(place.rglob("*")) if p.is_symlink() or not p.is_dir()
        ]
    elif zipfile.is_zipfile(place):
        try:
            archive = zipfile.ZipFile(place)
        except _UNREADABLE as error:
            raise ValueError(f"{place} cannot be read: {error}") from None
        with archive:
            yield [_in_zip(archive, entry) for entry in archive.infolist() if not entry.is_dir()]
    else:
        raise ValueError(f"{place} is neither a folder nor a zip")


def _on_disk(place: Path, path: Path) -> _File:
    name = path.relative_to(place).as_posix()
    if path.is_symlink():
        return _File(name, 0, "a link", bytes)
    if not path.is_file():
        return _File(name, 0, "not a notebook", bytes)
    return _File(name, path.stat().st_size, "", path.read_bytes)


def _in_zip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> _File:
    link = stat.S_ISLNK(entry.external_attr >> 16)
    return _File(
        entry.filename, entry.file_size, "a link" if link else "", lambda: archive.read(entry)
    )
