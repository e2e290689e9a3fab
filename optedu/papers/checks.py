"""Check that what a row of the table names is there: object, section and test."""

from __future__ import annotations

import ast
import functools
import importlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from optedu.papers.table import TIERS, TOPICS, Paper

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*$")
_LABEL = re.compile(r"\(([^()\s]+)\)=\s*$")


def repository() -> Path | None:
    """Give the folder that holds ``book/`` and ``tests/``, or None in an installed package."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "book").is_dir() and (root / "tests").is_dir() else None


def faults(papers: Iterable[Paper], root: Path | None = None) -> dict[str, list[str]]:
    """Check each row, and what a row that claims to run names.

    Parameters
    ----------
    papers : iterable of Paper
        The rows.
    root : Path, optional
        The folder of ``book/`` and ``tests/``; without it only the objects are looked up.

    Returns
    -------
    dict
        Title to sentences, one for each problem; titles without a problem are absent.
    """
    found: dict[str, list[str]] = {}
    seen: set[str] = set()
    for paper in papers:
        sentences = list(_row_faults(paper, seen))
        seen.add(paper.title)
        if paper.claims:
            sentences += _claim_faults(paper, root)
        if sentences:
            found.setdefault(paper.title, []).extend(sentences)
    return found


def _row_faults(paper: Paper, seen: set[str]) -> Iterator[str]:
    if not paper.title:
        yield "A row has no title."
    if paper.title in seen:
        yield "The title is in the table twice."
    if paper.tier not in TIERS:
        yield f"The tier is '{paper.tier}', expected one of {', '.join(TIERS)}."
    if paper.topic not in TOPICS:
        yield f"The topic '{paper.topic}' is unknown: add it to optedu.papers.TOPICS."
    if paper.tier == "OUT" and paper.claims:
        yield "The paper is left out (OUT) and claims to run."
    if paper.tier == "OUT" and not paper.note:
        yield "The paper is left out (OUT) and no note says why."


def _claim_faults(paper: Paper, root: Path | None) -> list[str]:
    fields = {"object": paper.shows, "section": paper.section, "test": paper.test}
    missing = [word for word, field in fields.items() if not names(field)]
    sentences = [f"It claims to run and names no {word}." for word in missing]
    sentences += filter(None, map(_object_fault, names(paper.shows)))
    if root is not None:
        if paper.section:
            sentences += filter(None, [_section_fault(root / "book", paper.section)])
        sentences += filter(None, (_test_fault(root, test) for test in names(paper.test)))
    return sentences


def names(field: str) -> list[str]:
    """Split a field of several names."""
    return [name.strip() for name in field.split(";") if name.strip()]


def _object_fault(name: str) -> str | None:
    package, *rest = name.split(".")
    if package != "optedu" or not rest:
        return f"The object '{name}' is not a public name of optedu (write optedu.GradientDescent)."
    if any(part.startswith("_") for part in rest):
        return f"The object '{name}' is private."
    try:
        found = _resolve(name)
    except (AttributeError, ImportError) as error:
        return f"The object '{name}' does not exist ({error})."
    if isinstance(found, ModuleType):
        return f"The object '{name}' is a module: name the class or function in it."
    return None


@functools.cache
def _resolve(name: str) -> object:
    """Look a dotted name up, importing submodules that the package does not show by itself."""
    first, *rest = name.split(".")
    found, path = importlib.import_module(first), first
    for part in rest:
        path = f"{path}.{part}"
        try:
            found = getattr(found, part)
        except AttributeError as error:
            try:
                found = importlib.import_module(path)
            except ModuleNotFoundError as missing:
                raise error from missing
    return found


def _section_fault(book: Path, section: str) -> str | None:
    name, _, anchor = section.partition("#")
    if not anchor:
        return f"The section '{section}' has no '#' and label or heading anchor."
    if not (book / name).is_file():
        return f"The section '{section}' is in a file that does not exist: book/{name}."
    labels, slugs = anchors(book / name)
    if anchor not in labels and anchor not in slugs:
        return f"The section '{section}' does not exist: book/{name} has no such label or heading."
    return None


def _test_fault(root: Path, test: str) -> str | None:
    name, *chain = re.sub(r"\[.*\]$", "", test).split("::")
    if not name.startswith("tests/") or not (root / name).is_file():
        return f"The test '{test}' is in a file that does not exist: {name}."
    if not chain or not chain[-1].startswith("test"):
        return f"The test '{test}' names no test function (write {name}::test_something)."
    try:
        tests = _test_names(root / name)
    except SyntaxError as error:
        return f"The test '{test}' is in a file that Python cannot read ({error})."
    if tuple(chain) not in tests:
        return f"The test '{test}' does not exist: {name} has no {'::'.join(chain)}."
    return None


def _test_names(path: Path) -> set[tuple[str, ...]]:
    names: set[tuple[str, ...]] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add((node.name,))
        elif isinstance(node, ast.ClassDef):
            methods = (n for n in node.body if isinstance(n, ast.FunctionDef))
            names.update((node.name, method.name) for method in methods)
    return names


def anchors(path: Path) -> tuple[set[str], set[str]]:
    """Give the labels and the heading slugs of a chapter, code left aside."""
    labels: set[str] = set()
    slugs: list[str] = []
    fence = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        opened = _FENCE.match(line)
        if opened:
            if not fence:
                fence = opened[1]
            elif opened[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
        elif not fence:
            if label := _LABEL.match(line):
                labels.add(label[1])
            elif heading := _HEADING.match(line):
                slugs.append(_slug(heading[1], slugs))
    return labels, set(slugs)


def _slug(heading: str, taken: Iterable[str]) -> str:
    """Make the anchor that MyST makes of a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|\$[^$]*\$|[`*]", lambda m: m[1] or "", heading)
    slug = re.sub(r"[^\w\- ]", "", plain.lower().replace(" ", "-"))
    number = 1
    while slug in taken:
        slug, number = f"{slug}-{number}", number + 1
    return slug
