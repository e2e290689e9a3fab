"""The script and the style sheet of the living figure, each as one text."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path

from optedu.browser.live.arguments import PANELS

PAGE = Path(__file__).parent / "page"
_IMPORT = re.compile(r'^import ([^;]+?) from "\./(\w+)\.js";$', re.MULTILINE)
_NAMED = re.compile(r"^export (async function|function|const|class) (\w+)", re.MULTILINE)
_DEFAULT = re.compile(r"^export default (?:function (\w+))?", re.MULTILINE)


def bundle(panels: Iterable[str] = PANELS) -> tuple[str, str]:
    """Return the module of the page without imports, and its style sheet.

    Each file becomes a function that is called once and returns what the file exports, so that
    files may use the same names inside.

    Parameters
    ----------
    panels : iterable of str
        The live forms that the module can draw: all of them, or those of one page of the book.
    """
    wanted = set(panels)
    script = _script(tuple(name for name in PANELS if name in wanted))
    return script, slim((PAGE / "page.css").read_text(encoding="utf-8"))


def slim(text: str) -> str:
    """Return a source without comments that stand alone and without indentation."""
    text = re.sub(r"^\s*/\*.*?\*/", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = (re.sub(r"\s+// .*", "", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@functools.cache
def _script(panels: tuple[str, ...]) -> str:
    names = dict.fromkeys(name for panel in panels for name in _order(panel))
    names |= dict.fromkeys(_order("main"))
    parts = [_wrapped(name, _read(name)) for name in names]
    forms = ", ".join(f"{panel}: {panel}_" for panel in panels)
    return "\n".join((*parts, f"export default main_({{ {forms} }});"))


@functools.cache
def _read(name: str) -> str:
    return (PAGE / f"{name}.js").read_text(encoding="utf-8")


def _order(top: str) -> list[str]:
    """Return the files that a file needs, each after those that it imports; itself last."""
    found: dict[str, None] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"{name}.js imports itself, by way of {' and '.join(above)}")
        for _, needed in _IMPORT.findall(_read(name)):
            visit(needed, (*above, name))
        found.setdefault(name)

    visit(top, ())
    return list(found)


def _wrapped(name: str, text: str) -> str:
    exports = {match[2]: match[2] for match in _NAMED.finditer(text)}
    text = _IMPORT.sub(_bring, text)
    text = _NAMED.sub(r"\1 \2", text)
    default = _DEFAULT.search(text)
    if default is None:
        answer = f"return {{ {', '.join(exports)} }};"
    else:  # a file has named exports or one default
        answer = f"return {default[1]};" if default[1] else ""
        text = _DEFAULT.sub(rf"function {default[1]}" if default[1] else "return ", text)
        if exports:
            answer = f"return Object.assign({default[1]}, {{ {', '.join(exports)} }});"
    return f"const {name}_ = (() => {{\n{slim(text)}\n{answer}\n}})();"


def _bring(match: re.Match[str]) -> str:
    names, source = match[1], match[2]
    return f"const {names} = {source}_;"
