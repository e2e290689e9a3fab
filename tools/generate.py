"""Write the pages of the book that are read off the code, before the book is built."""

from __future__ import annotations

import platform
import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from optedu import catalogue, papers  # noqa: E402
from tools import alive, first_call  # noqa: E402

BOOK = ROOT / "book"

CHOOSE = """# How to choose a method

Ask three questions. *What can I evaluate?* A method calls only the oracles in its row. *What do I
know about the objective?* The guarantee holds under the assumptions of its row, not beyond. *What
does a step cost?* Compare methods by oracle calls before you compare them by seconds.

This page is written by the build from the methods' own docstrings, so it cannot disagree with the
code. {count} methods are in the book today.
"""


def choose_page() -> str:
    """Return a table and the cards of all methods, a part per family."""
    entries = catalogue.entries()
    page = [CHOOSE.format(count=len(entries))]
    for family in dict.fromkeys(entry.family for entry in entries):
        members = [entry for entry in entries if entry.family == family]
        page.append(f"\n## {family.replace('_', ' ').capitalize()}\n")
        page.append(f"Chapter: {{doc}}`chapters/{family}`.\n")
        page.append("| method | calls | use when |\n| --- | --- | --- |")
        page += [_row(entry) for entry in members]
        page.append("")
        page += [_card(entry) for entry in members]
    return "\n".join(page)


def _row(entry: catalogue.Entry) -> str:
    calls = ", ".join(f"`{name}`" for name in entry.oracles) or "nothing"
    return f"| `{entry.name}` | {calls} | {_plain(entry.facts['Use when'])} |"


def _card(entry: catalogue.Entry) -> str:
    """Return what the docstring says, word for word, and its sources as citations."""
    source = re.sub(r"\b([a-z]+(?:19|20)\d\d[a-z]?)\b", r"{cite:t}`\1`", _plain(entry.references))
    return f""":::{{dropdown}} `oe.{entry.name}`
{_plain(entry.summary)}

```text
{entry.block}
```

Source: {source}
:::
"""


def _plain(text: str) -> str:
    """Keep Markdown from reading a formula's signs."""
    for sign in "\\*_<>|[]$`{}":
        text = text.replace(sign, "\\" + sign)
    return text


def hyperparameters() -> str:
    """Return a table of the methods' arguments: what each means, in the methods' own words."""
    meanings: dict[str, dict[str, list[str]]] = {}
    for entry in catalogue.entries():
        for name, text in entry.parameters.items():
            sentence = re.split(r"(?<=[a-z)])[.;] ", f"{text} ")[0].strip(" .")
            meanings.setdefault(name, {}).setdefault(sentence, []).append(entry.name)
    page = ["| in the code | meaning | in |", "| --- | --- | --- |"]
    for name in sorted(meanings):
        for text, owners in meanings[name].items():
            where = ", ".join(f"`{owner}`" for owner in owners)
            page.append(f"| `{name}` | {_plain(text)} | {where} |")
    return "\n".join(page) + "\n"


def status_page() -> str:
    """Return versions and machine of this build; times per chapter are added after it."""
    packages = ("numpy", "numba", "scipy", "matplotlib", "ipywidgets", "anywidget", "jupyter-book")
    rows = "\n".join(f"| {name} | {metadata.version(name)} |" for name in packages)
    cost = first_call.figures()
    first = {
        "`import optedu`, with NumPy and all that a run needs": cost["import"],
        "first `oe.run`: 500 steps of accelerated gradient in 20 dimensions": cost["python"],
        "the same compiled, never compiled before, Numba's own start included": cost["cold"],
        "the same compiled, from the cache on disk, Numba's own start included": cost["warm"],
    }
    calls = "\n".join(f"| {call} | {seconds:.3f} |" for call, seconds in first.items())
    pairs = {
        "recorded": (cost["plain"], cost["compiled"]),
        "steps only": (cost["plain_bare"], cost["compiled_bare"]),
    }
    ratios = "\n".join(
        f"| {name} | {1e3 * plain:.1f} ms | {1e3 * compiled:.1f} ms | {plain / compiled:.1f} |"
        for name, (plain, compiled) in pairs.items()
    )
    speed = 9e-3 / cost["compiled_bare"]
    reasons = alive.reasons()
    living = sum(why is None for why in reasons.values())
    rest = "\n".join(f"| `{name}` | {_plain(why)} |" for name, why in reasons.items() if why)
    rest = f"\n| not alive | because |\n| --- | --- |\n{rest}\n" if rest else ""
    return f"""# Status of this build

Everything on these pages was computed by the code they print, on one machine, on the way to this
page. If a number in your copy differs, this table says what to compare.

| part | version |
| --- | --- |
| Python | {platform.python_version()} |
{rows}
| machine | {platform.machine()}, {platform.system()} |

## Alive in the browser

{living} of the {len(reasons)} methods run in a published page, compiled to WebAssembly from the
text that the chapters print.
{rest}
## Time per chapter

```{{nb-exec-table}}
```

## What the first calls cost

Each in a fresh process, on the machine above, once per version of the core.

| call | seconds |
| --- | --- |
{calls}

## Compiled against a plain NumPy loop

10 000 iterations of accelerated gradient on a 20-dimensional quadratic, one thread, median of
nine pairs in one process. *Recorded* keeps value, gradient norm and iterate of every step, on
both sides.

| | NumPy loop | compiled | ratio |
| --- | --- | --- | --- |
{ratios}

A step is about 900 multiplications and additions on 3.2 kB that stay in the nearest cache. The
compiled loop does {speed:.2f} billion of them a second; a core of this kind could do ten or more.
What is left is the call of the linear algebra library and the allocation of four short vectors
per step, the price of a step that reads like the formula.
"""


def write(path: Path, text: str) -> None:
    """Write a page only when it changed, so that the build does not see it as new."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")


def main() -> None:
    """Write all generated pages."""
    write(BOOK / "choose.md", choose_page())
    write(BOOK / "status.md", status_page())
    write(BOOK / "hyperparameters.md", hyperparameters())
    living = {name for name, why in alive.reasons().items() if why is None}
    write(BOOK / "papers.md", papers.page(living=living))


if __name__ == "__main__":
    main()
