"""The built book, read with the standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"

# What a browser fetches by itself, and where the address stands.
LOADS = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
}
LINK_LOADS = {
    "stylesheet",
    "preload",
    "modulepreload",
    "icon",
    "prefetch",
    "preconnect",
    "manifest",
}


@dataclass
class Page(HTMLParser):
    """Addresses, anchors and policies of one page."""

    text: str
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    policies: list[str] = field(default_factory=list)
    pictures_without_words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors.update(values[name] for name in ("id", "name") if values.get(name))
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "img" and not values.get("alt", "").strip():
            self.pictures_without_words.append(values.get("src", "")[:80])
        if tag == "meta" and values.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append(values.get("content", ""))
        if tag == "link" and not LINK_LOADS & set(values.get("rel", "").lower().split()):
            return
        for name in LOADS.get(tag, ()):
            if name == "srcset":
                self.loads += [part.split()[0] for part in values.get(name, "").split(",") if part]
            elif values.get(name):
                self.loads.append(values[name])

    handle_startendtag = handle_starttag


@cache
def page(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def pages() -> list[Path]:
    """Every page of the book, without the theme's own templates."""
    return sorted(p for p in HTML.rglob("*.html") if "_static" not in p.relative_to(HTML).parts)


def is_outside(address: str) -> bool:
    """Whether an address leaves the book."""
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme not in ("", "data", "blob")


def broken(source: Path, address: str) -> str | None:
    """Why a link of the page `source` leads nowhere, or None."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    target = source
    if parts.path:
        start = HTML if parts.path.startswith("/") else source.parent
        target = (start / unquote(parts.path).lstrip("/")).resolve()
        if target.is_dir():
            target /= "index.html"
        if not target.is_file():
            return f"no file {parts.path}"
    fragment = unquote(parts.fragment)
    if not fragment or target.suffix != ".html" or fragment == "top":
        return None
    return None if fragment in page(target).anchors else f"no anchor #{fragment} in {target.name}"
