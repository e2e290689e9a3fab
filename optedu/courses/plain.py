"""Statements for a plain notebook: the book's references become links and names."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

BOOK = Path(__file__).resolve().parents[2] / "book"
ADDRESS = "https://optedu.github.io/optedu"
"""Where the book is published."""

_ROLE = re.compile(r"\{(prf:ref|eq|ref|numref|doc|cite:[tp]|cite)\}`([^`]+)`")
_EXPLICIT = re.compile(r"^(.*?)\s*<([^>]+)>$")
_LABEL = re.compile(r"^\(([\w-]+)\)=$|^:label: ([\w-]+)$|^\$\$ \(([\w-]+)\)$", re.MULTILINE)
_FORMULA = re.compile(r"^\$\$\n((?:(?!\$\$).)*?)\n?\$\$ \(([\w-]+)\)$", re.MULTILINE | re.DOTALL)
_KIND = {"thm": "theorem", "lem": "lemma", "prop": "proposition", "cor": "corollary"}


def plain(text: str, address: str = ADDRESS) -> str:
    """Return MyST Markdown that any notebook shows: no roles, and the formulas that it refers to.

    Theorems and sections become links into the published book.
    """
    numbers: dict[str, int] = {}

    def replace(found: re.Match) -> str:
        role, target = found[1], found[2]
        explicit = _EXPLICIT.match(target)
        name, target = (explicit[1], explicit[2]) if explicit else ("", target)
        if role.startswith("cite"):
            return ", ".join(_citation(key.strip(), role) for key in target.split(","))
        if role == "doc":
            page = target.rpartition("/")[2]
            return f"[{name or page}]({address}/book/chapters/{page}.html)"
        chapter = _homes().get(target)
        if role == "eq" and target in _formulas():
            number = numbers.setdefault(target, len(numbers) + 1)
            return f"[({number})]({address}/book/chapters/{chapter}.html#{target})"
        name = name or _name_of(role, target)
        return f"[{name}]({address}/book/chapters/{chapter}.html#{target})" if chapter else name

    replaced = _ROLE.sub(replace, text)
    formulas = [
        f"\n\nHere ({number}) is\n\n$$\n{_formulas()[label]}\n$$"
        for label, number in numbers.items()
    ]
    return replaced + "".join(formulas)


def _name_of(role: str, label: str) -> str:
    if role == "eq":
        return "this formula of the book"
    kind = _KIND.get(label.partition("-")[0], "section")
    return f"this {kind} of the book"


def _citation(key: str, role: str) -> str:
    names, year = _papers().get(key, (key, ""))
    if not year:
        return names
    return f"{names} ({year})" if role == "cite:t" else f"({names}, {year})"


@cache
def _homes() -> dict[str, str]:
    """Return the chapter of every label."""
    homes = {}
    for path in sorted((BOOK / "chapters").glob("*.md")):
        for found in _LABEL.finditer(path.read_text(encoding="utf-8")):
            homes[next(filter(None, found.groups()))] = path.stem
    return homes


@cache
def _formulas() -> dict[str, str]:
    """Return the TeX of every displayed formula with a label."""
    formulas = {}
    for path in sorted((BOOK / "chapters").glob("*.md")):
        for found in _FORMULA.finditer(path.read_text(encoding="utf-8")):
            formulas[found[2]] = found[1].strip()
    return formulas


@cache
def _papers() -> dict[str, tuple[str, str]]:
    """Return authors and year of every paper."""
    from pybtex.database import parse_file

    papers = {}
    for key, entry in parse_file(str(BOOK / "references.bib")).entries.items():
        people = [" ".join(person.last_names) for person in entry.persons.get("author", ())]
        if len(people) > 2:
            names = f"{people[0]} et al."
        else:
            names = " and ".join(people)
        papers[key] = (re.sub(r"[{}\\]", "", names), entry.fields.get("year", ""))
    return papers
