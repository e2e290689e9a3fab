"""Glossary, errata, changelog and citations: each line of them leads to something that exists."""

from __future__ import annotations

import datetime
import html
import re
from pathlib import Path

import optedu_doors
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
CHAPTERS = {path.stem: path.read_text(encoding="utf-8") for path in BOOK.glob("chapters/*.md")}
CONTENTS = (ROOT / "_toc.yml").read_text(encoding="utf-8")
PUBLISHED = re.findall(r"file: book/chapters/(\w+)", CONTENTS)
TERM = re.compile(r"^(?P<term>\S.*)\n  (?P<sentence>.+)$", re.MULTILINE)
TERMS = {
    match["term"]: match["sentence"]
    for match in TERM.finditer((BOOK / "glossary.md").read_text(encoding="utf-8"))
}
ERRATUM = re.compile(
    r"^(?:## (?P<date>\S+)|\* (?P<where>.+?)\. \*It was:\* (?P<was>.+?)\. "
    r"\*It is:\* (?P<now>.+?)\. \*Test:\* (?P<test>.+))$",
    re.MULTILINE,
)
PAGE = (BOOK / "errata.md").read_text(encoding="utf-8")
ERRATA = [match for match in ERRATUM.finditer(PAGE) if match["where"]]


def labels(text: str) -> set[str]:
    return set(re.findall(r"^\(([\w-]+)\)=", text, re.MULTILINE))


def test_glossary_has_the_words_of_the_field_in_order():
    assert len(TERMS) >= 60
    order = [re.sub(r"\W", "", term).casefold() for term in TERMS]
    assert order == sorted(order)


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_one_sentence_with_the_section_that_defines_it(term):
    sentence = TERMS[term]
    assert sentence.endswith(".")
    (label,) = re.findall(r"; see \{ref\}`([\w-]+)`\.$", sentence)
    (chapter,) = [name for name, text in CHAPTERS.items() if label in labels(text)]
    read = re.sub(r"\s+", " ", CHAPTERS[chapter]).casefold()
    words = term.casefold()
    named = words.replace(" ", "")  # as a class of the library
    assert words in read or named in read, f"{term} does not occur in {chapter}"


def functions(path: Path) -> set[str]:
    return set(re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE))


def missing(test: str) -> bool:
    file, _, name = test.partition("::")
    return not (ROOT / file).is_file() or name not in functions(ROOT / file)


def test_errata_are_whole_and_in_order():
    assert len(ERRATA) == PAGE.count("\n* ") > 10
    days = [match["date"] for match in ERRATUM.finditer(PAGE) if match["date"]]
    dates = [datetime.date.fromisoformat(day) for day in days]
    assert dates == sorted(set(dates))


@pytest.mark.parametrize("entry", ERRATA, ids=lambda entry: entry["where"])
def test_what_guards_an_erratum_exists(entry):
    (test,) = re.findall(r"^`(tests/\S+\.py::test_\w+)`$", entry["test"])
    assert not missing(test), test


def test_a_guard_that_does_not_exist_is_seen():
    assert missing("tests/publishing/test_back_matter.py::test_never_written")
    assert missing("tests/nowhere.py::test_anything")
    assert not missing("tests/publishing/test_back_matter.py::test_changelog_goes_back_in_time")


def test_changelog_goes_back_in_time():
    text = (BOOK / "changelog.md").read_text(encoding="utf-8")
    dates = [datetime.date.fromisoformat(d) for d in re.findall(r"^## (\S+)$", text, re.MULTILINE)]
    assert len(dates) >= 3
    assert dates == sorted(dates, reverse=True)


# The schema of CITATION.cff 1.2.0, as far as this file uses it.
FILE_KEYS = {
    "cff-version", "message", "title", "abstract", "type", "version", "authors", "license",
    "repository-code", "keywords", "preferred-citation",
}  # fmt: skip
REFERENCE_KEYS = {"type", "title", "authors", "year", "version", "license", "repository-code"}


def test_citation_file_keeps_to_its_schema():
    about = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(about) <= FILE_KEYS
    assert about["cff-version"] == "1.2.0"
    assert about["type"] in ("software", "dataset")
    book = about["preferred-citation"]
    assert {"type", "title", "authors"} <= set(book) <= REFERENCE_KEYS
    assert book["type"] == "book"
    assert isinstance(book["year"], int)
    assert about["version"] == book["version"]
    for author in [*about["authors"], *book["authors"]]:
        assert set(author) == {"name"}  # an entity, not a person
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert about["repository-code"] == config["repository"]["url"]
    assert book["title"] == config["title"]
    assert str(book["year"]) == config["copyright"]


def test_bibtex_of_a_chapter_is_read_back():
    from pybtex.database import parse_string

    entry = optedu_doors.bibtex("cubic", "Cubic regularization and lazy Hessians", "11")
    read = parse_string(entry, "bibtex").entries["optedu:cubic"]
    assert read.type == "incollection"
    assert read.fields["title"] == "Cubic regularization and lazy Hessians"
    assert read.fields["booktitle"] == "Optimization you can run"
    assert read.fields["chapter"] == "11"
    assert read.fields["url"].endswith("/book/chapters/cubic.md")
    assert [str(person) for person in read.persons["author"]] == ["{The optedu contributors}"]


@pytest.mark.built
@pytest.mark.parametrize("chapter", PUBLISHED)
def test_every_chapter_ends_with_its_entry(chapter):
    page = ROOT / f"_build/html/book/chapters/{chapter}.html"
    if not page.is_file():
        pytest.fail("there is no built book: run `make html` first, or `make test` for all")
    text = page.read_text(encoding="utf-8")
    (entry,) = re.findall(r'<details class="oe-cite".*?<pre>(.*?)</pre>', text, re.DOTALL)
    title = re.search(r"^# (.+)$", CHAPTERS[chapter], re.MULTILINE)
    assert title
    assert f"{{optedu:{chapter}," in html.unescape(entry)
    assert re.search(r"chapter\s+= \{\d+\}", entry)
    assert text.index('class="oe-cite"') < text.index("</article>")
