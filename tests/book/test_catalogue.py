"""Every method's docstring has the block of the book, and says what is true."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from optedu import catalogue, discovery

ENTRIES = catalogue.entries()
BIBLIOGRAPHY = (Path(__file__).resolve().parents[2] / "book" / "references.bib").read_text()
KEYS = set(re.findall(r"^@\w+\{([^,]+),", BIBLIOGRAPHY, re.MULTILINE))


def named(entries):
    return pytest.mark.parametrize("entry", entries, ids=lambda entry: entry.name)


def load(entry):
    return discovery.load(entry.name, discovery.methods())


@named(ENTRIES)
def test_docstring_has_the_whole_block(entry):
    missing = [heading for heading in catalogue.HEADINGS if not entry.facts.get(heading)]
    assert not missing, f"{entry.module}: the docstring of {entry.name} lacks {missing}"


@named(ENTRIES)
def test_docstring_documents_exactly_the_fields(entry):
    assert set(entry.parameters) == set(load(entry)._fields)


@named(ENTRIES)
def test_defaults_said_in_words_are_the_defaults(entry):
    cls = load(entry)
    for name, text in entry.parameters.items():
        said = re.search(r"[Dd]efault(?:s to|:)? (-?\d[\d.e+-]*+)(?:(?<=\.)|(?=[;,)]|$))", text)
        if said:
            assert float(said.group(1).rstrip(".")) == cls._field_defaults[name]


@named(ENTRIES)
def test_file_and_class_carry_the_same_name(entry):
    stem = entry.module.rpartition(".")[2]
    assert stem.replace("_", "") == entry.name.lower()


@named(ENTRIES)
def test_references_are_in_the_bibliography(entry):
    text = f"{entry.references} {' '.join(entry.facts.values())}"
    keys = set(re.findall(r"\b[a-z]+(?:18|19|20)\d\d[a-z]?\b", text))
    assert keys, f"{entry.name} cites nothing"
    assert keys <= KEYS, f"book/references.bib lacks {sorted(keys - KEYS)}"


@named(ENTRIES)
def test_a_guarantee_in_code_has_its_source_in_words(entry):
    function = getattr(load(entry), "guarantee", None)
    if function is not None:
        sources = re.findall(r"[a-z]+(?:19|20)\d\d[a-z]?", inspect.getsource(function))
        assert all(key in KEYS for key in sources)


def test_every_family_has_its_chapter():
    chapters = Path(__file__).resolve().parents[2] / "book" / "chapters"
    for family in discovery.FAMILIES:
        assert (chapters / f"{family}.md").is_file(), f"book/chapters/{family}.md is missing"
