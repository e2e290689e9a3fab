"""Nothing that a student wrote runs in the page on which an instructor grades, or in feedback.

That page comes from Jupyter's own address, so a script there could do what the instructor can.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from bleach.sanitizer import Cleaner
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter

_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]*)\)")
_REFERRED = re.compile(r"!(?=\[[^\]]*\]\s*\[)")
_ADDRESS = re.compile(r"https?:|mailto:|#", re.IGNORECASE)
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_DATA = re.compile(rf"data:({'|'.join(PICTURES)});base64,[A-Za-z0-9+/=\s]*")

# No tag whose content is raw text (style, title, ...): beside math it could hide other tags.
WORDS = (
    "a", "blockquote", "br", "code", "del", "details", "div", "em", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "img", "input", "li", "ol", "p", "pre", "span", "strong", "summary", "table",
    "tbody", "td", "th", "thead", "tr", "ul",
)  # fmt: skip
FORMULAS = (
    "math", "menclose", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow",
    "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr",
    "munder", "munderover", "mmultiscripts", "mprescripts", "none",
)  # fmt: skip
LOOKS = frozenset((
    "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "depth", "display",
    "displaystyle", "fence", "form", "height", "largeop", "linethickness", "lspace", "mathcolor",
    "mathsize", "mathvariant", "maxsize", "minsize", "movablelimits", "notation", "rowlines",
    "rowspacing", "rspace", "scriptlevel", "separator", "stretchy", "symmetric", "voffset", "width",
    "xmlns",
))  # fmt: skip


def harmless(text: str, pictures: Iterable[str] = ()) -> str:
    """Return Markdown in which HTML is shown and not run, and no picture is fetched.

    Parameters
    ----------
    text : str
    pictures : iterable of str
        Names of pictures that are attached.

    Returns
    -------
    str
    """
    attached = {f"attachment:{name}" for name in pictures}

    def shown(found: re.Match) -> str:
        where = found[2].split(' "')[0]
        here = where in attached or where.startswith("data:image/")
        return found[0] if here else f"[{found[1]}] ({found[2]})"

    return _REFERRED.sub("", _PICTURE.sub(shown, _TAG.sub("< ", text)))


def _is_kept(tag: str, name: str, value: str) -> bool:
    """Whether an attribute of HTML stays."""
    if tag == "a":
        return name in ("title", "class") or (name == "href" and bool(_ADDRESS.match(value)))
    if tag == "img":
        return name == "alt" or (name == "src" and bool(_DATA.fullmatch(value)))
    if tag in FORMULAS:
        return name in LOOKS
    return name == "class" or (tag == "input" and name in ("type", "disabled", "checked"))


@cache
def _cleaner() -> Cleaner:
    return Cleaner(
        tags={*WORDS, *FORMULAS}, attributes=_is_kept, protocols={"http", "https", "mailto", "data"}
    )


@cache
def _exporter() -> HTMLExporter:
    return HTMLExporter()


@pass_context
def markdown2html(context: Any, source: str) -> str:
    """Return the HTML of Markdown, of which only what cannot run and asks nobody is left.

    Parameters
    ----------
    context : jinja2.runtime.Context
        Of the template, in which ``cell`` is the cell: it has the pictures.
    source : str

    Returns
    -------
    str
    """
    try:
        made = _exporter().markdown2html(context, source)
    except Exception:  # one cell that cannot be read must not cost the page
        made = f"<pre>{html.escape(source)}</pre>"
    return _cleaner().clean(made)
