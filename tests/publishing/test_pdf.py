"""The book in print: every page in order, bookmarks and links that lead somewhere, nothing cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import optedu_doors
import pdf
import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from pypdf.generic import Destination

pytestmark = pytest.mark.built

A4 = (595.0, 842.0)
HEAVIEST = 40e6


@pytest.fixture(scope="module")
def printed() -> PdfReader:
    path = pdf.HTML / pdf.NAME
    if not path.is_file():
        pytest.fail("the book was not printed: run `make pdf` first, or `make test` for all")
    assert pdf.is_fresh(), "the pages have changed since: run `make pdf`"
    return PdfReader(path)


@pytest.fixture(scope="module")
def seen() -> dict:
    return pdf.made()


def outline(entries: list, level: int = 0) -> Iterator[tuple[int, Destination]]:
    for entry in entries:
        if isinstance(entry, list):
            yield from outline(entry, level + 1)
        else:
            yield level, entry


@pytest.fixture(scope="module")
def bookmarks(printed) -> list[tuple[int, str, int]]:
    """Level, title and number of the page, counted from 0."""
    numbers = {page.indirect_reference.idnum: n for n, page in enumerate(printed.pages)}
    return [
        (level, str(entry.title), numbers[entry.raw_get("/Page").idnum])
        for level, entry in outline(printed.outline)
    ]


def test_every_page_is_a4_and_there_are_as_many_as_was_said(printed, seen):
    assert len(printed.pages) == seen["pages"]
    assert 300 < len(printed.pages) < 1200
    for page in printed.pages:
        size = (float(page.mediabox.width), float(page.mediabox.height))
        assert size == pytest.approx(A4, abs=1.5)


def test_it_is_light_enough_to_send(printed):
    assert (pdf.HTML / pdf.NAME).stat().st_size < HEAVIEST


def titles(page: str) -> tuple[str, list[str]]:
    """Title and sections of a built page, as bookmarks have them."""
    soup = pdf.article(page)
    return pdf.plain(pdf.heading(soup)), [
        pdf.plain(section.decode_contents()) for section in soup.select("section > h2")
    ]


def test_bookmarks_are_the_table_of_contents(bookmarks):
    expected = []
    for caption, pages in pdf.contents():
        if caption:
            expected.append((0, caption))
        for page in pages:
            title, sections = titles(page)
            expected += [
                (1 if caption else 0, title),
                *((2 if caption else 1, s) for s in sections),
            ]
    found = [(level, title) for level, title, _ in bookmarks]
    assert found[: len(expected)] == expected
    assert found[len(expected)] == (0, "Solutions")


def test_bookmarks_lead_to_the_page_that_says_so(printed, bookmarks):
    pages = [page for _, _, page in bookmarks]
    assert pages == sorted(pages)
    plain = [mark for mark in bookmarks if mark[1].replace(" ", "").isalpha() and mark[0] == 1]
    for _, title, number in plain[:12]:  # reading a page takes a while
        said = "".join(printed.pages[number].extract_text().split())
        assert "".join(title.split())[-12:].casefold() in said.casefold(), title
    assert len(plain) > 8


def test_links_between_pages_of_the_book_are_links_within_the_pdf(printed):
    inside, outside = 0, []
    for page in printed.pages:
        for note in page.get("/Annots", []):
            action = note.get_object().get("/A", {})
            address = str(action.get("/URI", ""))
            if address:
                outside.append(address)
            else:
                inside += 1
    assert inside > 1000
    assert [a for a in outside if "127.0.0.1" in a or not a.startswith(("http", "mailto:"))] == []


def test_contents_have_the_numbers_of_pages(printed, bookmarks):
    first = bookmarks[0][2]
    text = " ".join(printed.pages[n].extract_text() for n in range(1, first))
    assert "000" not in text.split()
    assert {str(page + 1) for _, _, page in bookmarks} <= set(text.split())


def test_all_fonts_are_embedded(printed):
    without = set()
    for page in printed.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            for one in font.get("/DescendantFonts", [font]):
                described = one.get_object().get("/FontDescriptor", {}).get_object()
                embedded = {"/FontFile", "/FontFile2", "/FontFile3"} & set(described)
                if font["/Subtype"] != "/Type3" and not embedded:
                    without.add(str(font.get("/BaseFont")))
    assert without == set()


def test_nothing_sticks_out_of_its_column(seen):
    assert seen["wide"] == []


def test_formulas_are_set_and_nothing_was_missing(seen):
    assert seen["formulas"] > 3000
    assert seen["raw"] == []
    assert seen["outside"] == []
    assert seen["missing"] == []


def test_solutions_stand_at_the_end(seen, bookmarks):
    assert seen["answers"]["inside"] == 0
    assert seen["answers"]["behind"] > 50
    (start,) = [page for level, title, page in bookmarks if (level, title) == (0, "Solutions")]
    assert all(page >= start for _, title, page in bookmarks if title.startswith("Solutions to"))


def test_the_front_page_links_to_it():
    for page in ("index", "doors"):
        soup = BeautifulSoup((pdf.HTML / f"book/{page}.html").read_text(), "html.parser")
        (offer,) = soup.select(".oe-pdf")
        assert offer.name == "a"
        assert offer["href"] == "../optedu.pdf"


# The pieces themselves.


def test_an_offer_is_a_link_only_where_there_is_something_to_offer():
    page = '<p><span class="oe-pdf">a PDF</span></p>'
    linked = optedu_doors.offer_pdf(page, "../", True)
    assert '<a class="oe-pdf" href="../optedu.pdf">a PDF</a>' in linked
    assert "href" not in optedu_doors.offer_pdf(linked, "../", False)


PAGE = """<section id="exercises"><h2>Exercises</h2>
<div class="exercise admonition" id="ex"><p class="admonition-title">Exercise 2.1 (A step)</p></div>
<div class="dropdown tip admonition"><p class="admonition-title">Hint</p><p>Look.</p></div>
<div class="solution dropdown admonition" id="sol"><p>So.</p></div>
<div class="cell tag_hide-cell"><details class="hide"><summary>Show</summary>code</details></div>
<div class="cell tag_hide-cell"><details class="hide"><summary>Show</summary>other</details></div>
<p>More.</p></section>"""


@pytest.mark.parametrize("wish", ["end", "open", "none"])
def test_hints_and_solutions_go_where_they_were_wished(wish):
    soup = BeautifulSoup(PAGE, "html.parser")
    taken = pdf.unfold(soup, wish)
    here, there = soup.get_text(), "".join(each.get_text() for each in taken)
    assert ("Look." in here) == ("So." in here) == ("code" in here) == (wish == "open")
    assert ("Look." in there) == ("So." in there) == ("code" in there) == (wish == "end")
    assert "Show" not in here + there
    if wish == "end":
        assert "Hint to Exercise 2.1" in there


def test_a_link_to_what_is_not_printed_becomes_words():
    soup = BeautifulSoup(
        '<a href="../genindex.html">index</a><a href="other.html#there">there</a>'
        '<a href="#gone">x</a>',
        "html.parser",
    )
    known = {"book/here": set(), "book/other": {"there"}}
    pdf.name_apart(soup, "book/here", known)
    assert [a["href"] for a in soup.find_all("a")] == ["#book-other--there"]
    assert soup.get_text() == "indextherex"


def test_the_printer_says_what_it_lacks(monkeypatch, tmp_path):
    monkeypatch.setenv("CHROMIUM", str(Path(tmp_path) / "none"))
    monkeypatch.setattr("sys.argv", ["pdf.py"])
    with pytest.raises(SystemExit, match="Chromium"):
        pdf.main()
