"""Print the built book as one PDF: all pages in reading order, by Chromium.

The pages are put into one document first, so that links between them, the contents and the
bookmarks lead somewhere, and fonts are embedded once. Live figures show their still pictures.
From what is printed the contents learn where things stand, and they are printed once more.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import logging
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book/_ext"))

import optedu_doors  # noqa: E402

HTML = ROOT / "_build/html"
WORK = ROOT / "_build/pdf"
NAME = "optedu.pdf"
RECORD = WORK / "made.json"
SHEETS = (
    "styles/theme.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "mystnb.*.css",
    "exercise.css",
    "proof.css",
    "sphinx-design.min.css",
    "optedu.css",
    "print.css",
)
ROMAN = ("I", "II", "III", "IV", "V", "VI")


@dataclass
class Entry:
    """A line of the contents: a part, a page or a section; `target` is an id of the document."""

    level: int
    title: str
    target: str
    page: int = 0
    markup: str = field(default="", repr=False)


def contents() -> list[tuple[str, list[str]]]:
    """Captions of the parts and the names of their pages, as `_toc.yml` has them."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts = [
        (part["caption"], [entry["file"].removesuffix(".md") for entry in part["chapters"]])
        for part in toc["parts"]
    ]
    return [("", [toc["root"]]), *parts]


def slug(page: str) -> str:
    """A page's name as the beginning of an id."""
    return page.replace("/", "-")


def article(page: str) -> BeautifulSoup:
    """What a page says, without the theme around it and without its scripts."""
    text = (HTML / f"{page}.html").read_text(encoding="utf-8")
    inner = text.partition('<article class="bd-article">')[2].partition("</article>")[0]
    soup = BeautifulSoup(inner, "html.parser")
    for needless in soup.select("script, .headerlink, .optedu-live, .d-print-none, [data-no-pdf]"):
        needless.decompose()
    return soup


def unfold(soup: BeautifulSoup, solutions: str) -> list[Tag]:
    """Open what a page folds; hints and solutions are taken out unless they are to stay.

    Code that a chapter hides because it only draws a figure is left out: the notebook has it.
    """
    taken: list[Tag] = []
    for solution in soup.select("div.solution"):
        group = [solution]
        hint = solution.find_previous_sibling("div")
        if hint and is_hint(hint):
            name_hint(soup, hint)
            group.insert(0, hint)
        for sibling in solution.find_next_siblings():
            if "tag_hide-cell" not in sibling.get("class", []):
                break
            group.append(sibling)
        if solutions != "open":
            taken += [element.extract() for element in group]
    for cell in soup.select("div.cell.tag_hide-input details"):
        cell.decompose()
    for fold in [*soup.select("details"), *(d for each in taken for d in each.select("details"))]:
        if "hide" in fold.get("class", []):
            fold.summary.decompose()
            fold.unwrap()
        else:
            fold["open"] = ""
    return taken if solutions == "end" else []


def is_hint(element: Tag) -> bool:
    """Whether this is the hint of an exercise."""
    title = element.select_one(".admonition-title")
    return "dropdown" in element.get("class", []) and title is not None and title.text == "Hint"


def name_hint(soup: BeautifulSoup, hint: Tag) -> None:
    """Say of which exercise this is the hint, as the solutions say it of themselves."""
    exercise = hint.find_previous_sibling("div", class_="exercise")
    title = hint.select_one(".admonition-title")
    if exercise is None or title is None:
        return
    number = re.match(r"Exercise\s[\d.]+", exercise.text.strip())
    link = soup.new_tag("a", href=f"#{exercise['id']}")
    link.string = number[0] if number else "this exercise"
    title.string = "Hint to "
    title.append(link)


def name_apart(soup: Tag, page: str, known: dict[str, set[str]]) -> None:
    """Give ids and links the names that they have in the one document."""
    for element in soup.find_all(id=True):
        element["id"] = f"{slug(page)}--{element['id']}"
    for link in soup.find_all("a", href=True):
        parts = urlsplit(link["href"])
        if parts.scheme or parts.netloc:
            continue
        where = PurePosixPath(page).parent / unquote(parts.path) if parts.path else None
        steps: list[str] = []
        for step in where.parts if where else ():
            if step == "..":
                steps.pop()
            else:
                steps.append(step)
        target = "/".join(steps).removesuffix(".html") if where else page
        if target not in known or (parts.fragment and parts.fragment not in known[target]):
            link.unwrap()  # the index, a source file: not in the PDF
        else:
            anchor = f"{slug(target)}--{parts.fragment}" if parts.fragment else slug(target)
            link["href"] = f"#{anchor}"


def heading(soup: BeautifulSoup) -> str:
    """The markup of a page's title."""
    return soup.h1.decode_contents() if soup.h1 else ""


def plain(markup: str) -> str:
    """A heading as a bookmark can show it."""
    text = BeautifulSoup(markup, "html.parser").get_text()
    text = re.sub(r"\\\(|\\\)|\\mathbb|\\mathcal|[{}]", "", text)
    return re.sub(r"\s+", " ", text.replace("\\ell", "\u2113").replace("\\", "")).strip()


def title_page(settings: dict, citation: dict) -> str:
    """Title, author, edition, licences."""
    return f"""<section class="oe-title">
<h1>{html.escape(settings["title"])}</h1>
<p class="oe-subtitle">A textbook whose code is the book</p>
<p class="oe-author">{html.escape(settings["author"])}</p>
<div class="oe-edition"><p>Version {citation["version"]}, {settings["copyright"]}.
{html.escape(citation["repository-code"])}</p>
<p>Printed from the pages of the book: figures stand still here; on the pages, and in the
notebooks, the same figures run the methods. Text: CC BY 4.0. Code: BSD-3-Clause.</p></div>
</section>"""


def contents_list(entries: list[Entry]) -> str:
    """The contents, with room for the numbers of pages."""
    rows = [
        f'<li class="oe-level-{entry.level}"><a href="#{entry.target}">{entry.markup}</a>'
        f'<span class="oe-number" data-target="{entry.target}">000</span></li>'
        for entry in entries
    ]
    return f'<nav class="oe-contents"><h1>Contents</h1><ol>{"".join(rows)}</ol></nav>'


def assemble(solutions: str = "end") -> tuple[str, list[Entry]]:
    """The one document, and what its bookmarks will be."""
    parts = contents()
    soups = {page: article(page) for _, pages in parts for page in pages}
    known = {
        page: {element["id"] for element in soup.find_all(id=True)} for page, soup in soups.items()
    }
    entries: list[Entry] = []
    body: list[str] = []
    heads: list[str] = []
    answers: list[tuple[str, str, str]] = []
    numbered = 0
    for caption, pages in parts:
        if caption:
            number = ROMAN[numbered]
            numbered += 1
            target = f"part-{number}"
            entries.append(Entry(0, caption, target, markup=html.escape(caption)))
            body.append(
                f'<section class="oe-part" id="{target}"><p>Part {number}</p>'
                f"<h1>{html.escape(caption)}</h1></section>"
            )
        for page in pages:
            soup = soups[page]
            taken = unfold(soup, solutions)
            holder = BeautifulSoup("", "html.parser")
            holder.extend(taken)
            for tree in (soup, holder):
                name_apart(tree, page, known)
            title = heading(soup)
            entries.append(Entry(1, plain(title), slug(page), markup=title))
            for section in soup.select("section > h2"):
                markup = section.decode_contents()
                place = f"{section.parent['id']}"
                entries.append(Entry(2, plain(markup), place, markup=markup))
            if soup.h1:
                soup.h1["id"] = slug(page)
            heads.append(running_head(slug(page), plain(title)))
            kind = "oe-page" if caption else "oe-page oe-preface"
            body.append(f'<article class="{kind}" style="page: {slug(page)}">{soup}</article>')
            if taken:
                answers.append((slug(page), title, str(holder)))
    if answers:
        body.append(answers_part(answers, entries, ROMAN[numbered]))
        heads.append(running_head("solutions", "Solutions"))
    return page_text(contents_list(entries), body, heads), entries


def answers_part(answers: list[tuple[str, str, str]], entries: list[Entry], number: str) -> str:
    """The solutions, chapter by chapter, after everything else."""
    target = f"part-{number}"
    entries.append(Entry(0, "Solutions", target, markup="Solutions"))
    text = [
        f'<section class="oe-part" id="{target}"><p>Part {number}</p><h1>Solutions</h1></section>'
    ]
    for page, title, markup in answers:
        place = f"solutions-{page}"
        entries.append(Entry(1, f"Solutions to {plain(title)}", place, markup=f"To {title}"))
        text.append(
            f'<article class="oe-page oe-answers" style="page: solutions">'
            f'<h2 id="{place}">{title}</h2>{markup}</article>'
        )
    return "".join(text)


def running_head(name: str, title: str) -> str:
    """The words above the pages of a chapter."""
    return f"@page {name} {{ @top-right {{ content: {json.dumps(title, ensure_ascii=False)} }} }}"


def page_text(listing: str, body: list[str], heads: list[str]) -> str:
    """The document around what it says."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    static = HTML / "_static"
    sheets = [path for name in SHEETS for path in sorted(static.glob(name))]
    links = "\n".join(
        f'<link rel="stylesheet" href="/html/_static/{path.relative_to(static)}">'
        for path in sheets
    )
    # As the pages have it: only what the engine marked as mathematics is read as such.
    options = {"enableMenu": False, "processHtmlClass": "tex2jax_process|mathjax_process|math"}
    mathjax = json.dumps({"options": options})
    return f"""<!doctype html>
<html lang="en" data-theme="light" data-mode="light"><head><meta charset="utf-8">
<title>{html.escape(settings["title"])}</title>
{links}
<style>{" ".join(heads)}</style>
<script>window.MathJax = {mathjax}</script>
<script defer src="/html/_static/vendor/mathjax/tex-chtml.js"></script>
</head><body class="oe-print"><main class="bd-content"><div class="bd-article-container">
{title_page(settings, citation)}
{listing}
{"".join(body)}
</div></main></body></html>"""


def numbers(path: Path, entries: list[Entry]) -> dict[str, int]:
    """On which page each entry stands; the entries remember it."""
    from pypdf import PdfReader

    reader = PdfReader(path)
    places = {
        unquote(name.lstrip("/")): reader.get_destination_page_number(place)
        for name, place in reader.named_destinations.items()
    }
    for entry in entries:
        entry.page = places[entry.target]
    return {entry.target: entry.page + 1 for entry in entries}


def print_book(entries: list[Entry]) -> dict:
    """Let Chromium print, tell it the numbers, let it print the contents again; what it saw."""
    command = ["node", ROOT / "tools/pdf.mjs", ROOT / "_build", "pdf/book.html", WORK]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as browser:
        assert browser.stdin
        assert browser.stdout
        if browser.stdout.readline().strip() != "first":
            sys.exit("Chromium did not print the book (see above)")
        found = numbers(WORK / "first.pdf", entries)
        question = {"numbers": found, "pages": f"2-{entries[0].page}"}
        browser.stdin.write(json.dumps(question) + "\n")
        browser.stdin.flush()
        seen = browser.stdout.readline()
    if browser.returncode != 0:
        sys.exit("Chromium did not print the book (see above)")
    return json.loads(seen)


def finish(entries: list[Entry], target: Path) -> int:
    """Put in the contents with their numbers, add bookmarks; the number of pages."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import Fit, IndirectObject, NameObject

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # its own count of objects is no news
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    writer = PdfWriter(clone_from=PdfReader(WORK / "first.pdf"))
    for number, page in enumerate(PdfReader(WORK / "contents.pdf").pages, 1):
        for key in ("/Contents", "/Resources"):  # the links stay those of the whole book
            writer.pages[number][NameObject(key)] = page.raw_get(key).clone(writer)
    above: dict[int, IndirectObject] = {}
    for entry in entries:
        above[entry.level] = writer.add_outline_item(
            title=entry.title,
            page_number=entry.page,
            parent=above.get(entry.level - 1) if entry.level else None,
            fit=Fit.fit(),
            is_open=entry.level == 0,
        )
        if entry.level == 0:
            above.pop(1, None)
    writer.page_mode = "/UseOutlines"
    writer.add_metadata(
        {"/Title": settings["title"], "/Author": settings["author"], "/Creator": "optedu"}
    )
    writer.compress_identical_objects()
    writer.write(target)
    return len(writer.pages)


def fingerprint(solutions: str) -> str:
    """What the PDF depends on: the pages, the style, and this tool."""
    pages = [HTML / f"{page}.html" for _, names in contents() for page in names]
    own = [Path(__file__), Path(__file__).with_suffix(".mjs"), HTML / "_static/print.css"]
    total = hashlib.sha256(solutions.encode())
    for path in [*pages, *own, HTML / "_static/optedu.css", ROOT / "CITATION.cff"]:
        text = path.read_text(encoding="utf-8")
        text = optedu_doors.offer_pdf(text, "", False)  # the offer itself does not count
        total.update(hashlib.sha256(text.encode()).digest())
    return total.hexdigest()[:24]


def made() -> dict:
    """What is known of the PDF that was printed last."""
    return json.loads(RECORD.read_text()) if RECORD.exists() else {}


def is_fresh(solutions: str | None = None) -> bool:
    """Whether the PDF is that of the pages as they are now."""
    known = made()
    same = solutions is None or known.get("solutions") == solutions
    target = HTML / NAME
    return target.exists() and same and known["stamp"] == fingerprint(known["solutions"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--solutions", choices=["end", "open", "none"], default="end")
    options = parser.parse_args()
    if not (HTML / "index.html").exists():
        sys.exit("there is no book yet: make html")
    if not Path(os.environ.get("CHROMIUM", "/usr/bin/chromium")).exists():
        sys.exit("Chromium prints the book: install it, or say where it is in CHROMIUM")
    start = time.perf_counter()
    target = HTML / NAME
    if made() and is_fresh(options.solutions):
        print(f"nothing changed, the PDF is up to date: {target.relative_to(ROOT)}")
        return
    WORK.mkdir(parents=True, exist_ok=True)
    text, entries = assemble(options.solutions)
    (WORK / "book.html").write_text(text, encoding="utf-8")
    seen = print_book(entries)
    count = finish(entries, target)
    seconds = time.perf_counter() - start
    report = {
        "solutions": options.solutions,
        "stamp": fingerprint(options.solutions),
        "pages": count,
        "seconds": round(seconds, 1),
        **seen,
    }
    RECORD.write_text(json.dumps(report, indent=1))
    optedu_doors.offer_everywhere(HTML)
    size = target.stat().st_size / 1e6
    print(f"{target.relative_to(ROOT)}: {count} pages, {size:.1f} MB, {seconds:.0f} s")


if __name__ == "__main__":
    main()
