"""What the theme cannot be told in `_config.yml`: no third-party script, and a content policy.

The policy is a `<meta>` tag on every page, since the book may lie on a host that sends no
headers. Scripts written into a page are allowed one by one, by the hash of their text. A figure
is a module that its page carries as data and imports from a `blob:` address, and it may compile
WebAssembly, so both are allowed. The theme and MathJax set styles from scripts: styles are free.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx

from optedu.browser.bundle import bundle

SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
HANDLER = re.compile(r"<[a-z][^<>]*?\son[a-z]+\s*=\s*(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
TYPE = re.compile(r"\btype\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
STATE = re.compile(
    r'(<script type="application/vnd\.jupyter\.widget-state\+json">)(.*?)(</script>)', re.DOTALL
)
WORTH_SHARING = 400
RUNS = {"text/javascript", "application/javascript", "module", "importmap"}
POLICY = "Content-Security-Policy"
META = re.compile(rf'\n    <meta http-equiv="{POLICY}"[^>]*>')
# The theme's icons are letters of a font; this script (1.5 MB) would only redraw them.
ICONS = re.compile(r"<script[^>]*fontawesome\.js[^>]*></script>")


def fingerprint(text: str) -> str:
    """Source expression of a policy that allows exactly this text."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def inline_scripts(page: str) -> list[str]:
    """Texts of the scripts that a page carries itself and that run."""
    found = []
    for attributes, text in SCRIPT.findall(page):
        kind = TYPE.search(attributes)
        runs = kind is None or kind.group(1).lower() in RUNS
        if runs and not re.search(r"\bsrc\s*=", attributes) and text:
            found.append(text)
    return found


def event_handlers(page: str) -> list[str]:
    """Texts of the `onclick` attributes and their like."""
    markup = SCRIPT.sub("", page)
    return [html.unescape(quoted[1:-1]) for quoted in HANDLER.findall(markup)]


def policy(scripts: list[str], handlers: list[str]) -> str:
    """The content policy that allows these texts and the book's own files."""
    allowed = ["'self'", "blob:", "'wasm-unsafe-eval'"]
    allowed += sorted({fingerprint(text) for text in scripts})
    if handlers:
        allowed += ["'unsafe-hashes'", *sorted({fingerprint(text) for text in handlers})]
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src {' '.join(allowed)}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ]
    )


def share_state(page: str) -> str:
    """A page whose figures share what they have in common: scripts, styles, modules.

    Saved widgets carry them one by one. Here a long text that occurs twice is written once, under
    ``shared``, and the page's loader puts it back. A page that an earlier build has left is as it
    was.
    """

    def shorten(found: re.Match[str]) -> str:
        saved = json.loads(found[2])
        if "shared" in saved:
            return found[0]
        _spare_panels(saved["state"])
        places = list(_long_texts(saved["state"]))
        often = Counter(owner[key] for owner, key in places)
        names = {text: str(i) for i, text in enumerate(t for t, n in often.items() if n > 1)}
        for owner, key in places:
            if owner[key] in names:
                owner[key] = {"shared": names[owner[key]]}
        saved["shared"] = {name: text for text, name in names.items()}
        body = json.dumps(saved, separators=(",", ":")).replace("</", "<\\/")
        return f"{found[1]}{body}{found[3]}"

    return STATE.sub(shorten, page)


def _spare_panels(state: dict[str, dict]) -> None:
    """Leave live forms out of the figures' script that none of the page's figures shows."""
    figures = [entry["state"] for entry in state.values() if "scene" in entry["state"]]
    shown = {panel for figure in figures for panel in figure["scene"]["panels"]}
    whole, own = bundle()[0], bundle(shown)[0]
    for figure in figures:
        if figure["_esm"] == whole:
            figure["_esm"] = own


def _long_texts(state: dict[str, dict]) -> Iterator[tuple[dict, str]]:
    """Owner and key of each text that may be worth sharing."""
    for entry in state.values():
        owners = [entry["state"], *entry.get("buffers", [])]
        for owner in owners:
            for key, value in owner.items():
                if isinstance(value, str) and len(value) > WORTH_SHARING:
                    yield owner, key


def add_policy(page: str, handlers: list[str]) -> str:
    """A page with its policy, in place of an older one."""
    page = META.sub("", page)
    tag = f'<meta http-equiv="{POLICY}" content="{policy(inline_scripts(page), handlers)}" />'
    return page.replace("<head>", f"<head>\n    {tag}", 1)


def drop_thebe(app, pagename, templatename, context, doctree) -> None:
    """Leave out the script that would run cells on a remote machine: the book has no use for it."""

    def foreign(file: object) -> bool:
        body = str(getattr(file, "attributes", {}).get("body", ""))
        name = str(getattr(file, "filename", file) or "")
        return "thebe" in name.lower() or "THEBE_JS_URL" in body

    for key in ("script_files", "css_files"):
        context[key] = [file for file in context.get(key, []) if not foreign(file)]


def finish_pages(app: Sphinx, exception: Exception | None) -> None:
    """Give each page its policy, and spare it a script, once all of them are written."""
    if exception is not None or app.builder.format != "html":
        return
    paths = [path for path in Path(app.outdir).rglob("*.html") if "_static" not in path.parts]
    pages = {path: path.read_text(encoding="utf-8") for path in paths}
    # The search page reads the others, whose handlers are then judged by its own policy.
    handlers = [text for page in pages.values() for text in event_handlers(page)]
    for path, page in pages.items():
        changed = add_policy(share_state(ICONS.sub("", page)), handlers)
        if changed != page:
            path.write_text(changed, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, object]:
    """Register with Sphinx."""
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("build-finished", finish_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
