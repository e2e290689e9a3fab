"""What leads out of a page: notebooks elsewhere, the PDF, and how to cite a chapter.

Written here once and put on every page, so that no chapter repeats it. Nothing is loaded from
another machine: these are links, which the reader may follow.
"""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

import yaml
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools import notebooks  # noqa: E402

PDF = "optedu.pdf"
DOORS = "book/doors"
# Written by an author where the PDF is to be offered; words stand in until it was printed.
OFFER = re.compile(r'<(?:a|span) class="oe-pdf"[^>]*>(.*?)</(?:a|span)>', re.DOTALL)


def citation() -> dict:
    """What CITATION.cff says of the book."""
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def bibtex(name: str, title: str, number: str | None) -> str:
    """The entry of a chapter; `name` is the stem of its file."""
    about = citation()
    book = about["preferred-citation"]
    authors = " and ".join(f"{{{author['name']}}}" for author in book["authors"])
    fields = {
        "author": authors,
        "title": title,
        "booktitle": book["title"],
        **({"chapter": number} if number else {}),
        "year": book["year"],
        "note": f"Version {about['version']}",
        "url": f"{about['repository-code']}/blob/main/book/chapters/{name}.md",
    }
    rows = "\n".join(f"  {key:9} = {{{value}}}," for key, value in fields.items())
    return f"@incollection{{optedu:{name},\n{rows}\n}}"


def cite_box(name: str, title: str, number: str | None) -> str:
    """The folded box at the end of a chapter."""
    entry = html.escape(bibtex(name, title, number))
    return (
        '<details class="oe-cite" data-no-pdf><summary>Cite this chapter</summary>'
        '<div class="highlight-bibtex notranslate"><div class="highlight">'
        f"<pre>{entry}\n</pre></div></div></details>"
    )


def add_citation(app: Sphinx, pagename: str, context: dict) -> None:
    """Put the box at a chapter's end."""
    folder, _, name = pagename.rpartition("/")
    if folder != "book/chapters" or "body" not in context:
        return
    title = app.env.titles[pagename].astext()
    numbers = app.env.toc_secnumbers.get(pagename, {}).get("")
    number = ".".join(str(part) for part in numbers) if numbers else None
    context["body"] += cite_box(name, title, number)


def add_buttons(app: Sphinx, pagename: str, context: dict) -> None:
    """Beside Binder: Colab, and a form that makes the link for a JupyterHub."""
    buttons = context.get("header_buttons", [])
    group = next((b for b in buttons if b.get("label") == "launch-buttons"), None)
    if group is None:
        return
    group["buttons"] += [
        {
            "type": "link",
            "text": "Colab",
            "tooltip": "Open in Colab",
            "icon": "_static/images/logo_colab.png",
            "url": notebooks.colab_link(pagename),
        },
        {
            "type": "link",
            "text": "Your JupyterHub",
            "tooltip": "Make the link for your hub",
            "icon": "_static/images/logo_jupyterhub.svg",
            "url": f"{context['pathto'](DOORS)}?page={pagename}#doors-hub",
        },
    ]


def complete(app, pagename, templatename, context, doctree) -> None:
    """Complete a page before it is written, after the theme has made its buttons."""
    add_buttons(app, pagename, context)
    add_citation(app, pagename, context)


def offer_pdf(page: str, to_root: str, exists: bool) -> str:
    """A page that links to the PDF if there is one, and says how to make it if not."""

    def offer(found: re.Match[str]) -> str:
        if exists:
            return f'<a class="oe-pdf" href="{to_root}{PDF}">{found[1]}</a>'
        return f'<span class="oe-pdf" title="not printed yet: make pdf">{found[1]}</span>'

    return OFFER.sub(offer, page)


def offer_everywhere(site: Path) -> None:
    """Let the pages of a built book offer the PDF, or not, as the folder has it."""
    for path in [*site.glob("*.html"), *site.glob("book/*.html")]:
        text = path.read_text(encoding="utf-8")
        if 'class="oe-pdf"' in text:
            depth = len(path.relative_to(site).parts) - 1
            changed = offer_pdf(text, "../" * depth, (site / PDF).is_file())
            if changed != text:
                path.write_text(changed, encoding="utf-8")


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Notebooks to download, and the PDF where it was printed."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    notebooks.numbers.cache_clear()
    kept = [page for page in notebooks.pages() if (site / f"_sources/{page}.ipynb").is_file()]
    notebooks.write(site / "_sources", kept)
    drop_old_pdf(site)
    offer_everywhere(site)


def drop_old_pdf(site: Path) -> None:
    """A PDF of pages that have changed since is offered no longer."""
    from tools import pdf

    if site == pdf.HTML and (site / PDF).is_file() and not (pdf.made() and pdf.is_fresh()):
        (site / PDF).unlink()


def setup(app: Sphinx) -> dict[str, object]:
    """Register with Sphinx."""
    app.connect("html-page-context", complete, priority=850)
    app.connect("build-finished", finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
