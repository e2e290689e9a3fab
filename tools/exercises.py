"""Write the exercises into the chapters, and keep their code in the style of the rest.

`python tools/exercises.py` formats and writes, and counts them on the page for instructors;
`--check` only looks, and leaves the format to
`make lint`. `--solutions none` leaves the solutions out, `--solutions page` puts them on a page of
their own: for the book of a course.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from optedu.exercises import Exercise, everything  # noqa: E402
from optedu.exercises.editions import PLACES, section, solution_of, with_section  # noqa: E402

SOURCES = Path("book", "exercises")
CHAPTERS = Path("book", "chapters")
PAGE = Path("book", "solutions.md")
TEACHING = Path("book", "teaching.md")
KINDS = ("easy", "medium", "hard", "proof")
CODE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
AT_HAND = 'builtins = ["np", "oe", "require", "NamedTuple"{}]'
RUFF = [sys.executable, "-m", "ruff"]
HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# Solutions

```{code-cell} ipython3
:tags: [remove-cell]
import numpy as np

import optedu as oe
```
"""


def complaints(path: Path) -> str:
    """Return what ruff's checker says of an exercise's code."""
    shared = path.with_name("shared.py")
    names = (
        re.findall(r"^(?:def|class) (\w+)|^(\w+) =", shared.read_text(), re.M)
        if shared.exists()
        else []
    )
    at_hand = AT_HAND.format("".join(f', "{a or b}"' for a, b in names))
    code = "\n\n".join(CODE.findall(path.read_text()))
    ignored = "--ignore=D,F811,E402,I001,RUF012"
    done = subprocess.run(
        [*RUFF, "check", "-", "--quiet", ignored, "--config", at_hand]
        + ["--stdin-filename", f"{path}.py"],
        input=code, text=True, cwd=ROOT, stdout=subprocess.PIPE,
    )  # fmt: skip
    return done.stdout


def by_chapter() -> dict[str, list[Exercise]]:
    """Return all exercises, in the order of the chapters."""
    exercises = everything(ROOT / SOURCES)
    contents = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    families = re.findall(rf"file: {CHAPTERS.as_posix()}/(\w+)", contents)
    families += [e.family for e in exercises]
    found = {name: [e for e in exercises if e.family == name] for name in families}
    return {name: mine for name, mine in found.items() if mine}


def table(chapters: dict[str, list[Exercise]]) -> str:
    """Return how many exercises there are: by chapter and difficulty, proofs, points."""
    rows = {f"{{doc}}`chapters/{name}`": mine for name, mine in chapters.items()}
    rows["all"] = [exercise for mine in chapters.values() for exercise in mine]
    lines = ["| chapter | easy | medium | hard | of them proofs | points |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, mine in rows.items():
        counts = [sum(kind in (e.difficulty, e.kind) for e in mine) for kind in KINDS]
        lines.append(f"| {' | '.join(map(str, (name, *counts, sum(e.points for e in mine))))} |")
    return "\n".join((*lines, ""))


def editions(solutions: str) -> dict[Path, str]:
    """Return the texts of all chapters that have exercises, the table, the page of solutions."""
    teaching, chapters = (ROOT / TEACHING).read_text(), by_chapter()
    texts = {ROOT / TEACHING: with_section(teaching, SOURCES.as_posix(), table(chapters))}
    page = [HEADER]
    for family, mine in chapters.items():
        chapter = ROOT / CHAPTERS / f"{family}.md"
        folder = str(SOURCES / family)
        texts[chapter] = with_section(chapter.read_text(), folder, section(mine, solutions))
        page += [f"## {{doc}}`chapters/{family}`\n", *map(solution_of, mine)]
    if solutions == "page":
        texts[ROOT / PAGE] = "\n".join(page)
    return texts


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--solutions", choices=PLACES, default="chapter")
    arguments.add_argument("families", nargs="*", help="only these")
    chosen = arguments.parse_args()
    wrong = []
    if not chosen.check:
        subprocess.run([*RUFF, "format", "--quiet", str(SOURCES)], cwd=ROOT, check=True)
    for path in sorted((ROOT / SOURCES).glob("*/*.md")):
        if chosen.families and path.parent.name not in chosen.families:
            continue
        if said := complaints(path):
            wrong.append(said)
    for path, text in editions(chosen.solutions).items():
        if chosen.families and path.stem not in chosen.families:
            continue
        if not path.exists() or path.read_text() != text:
            if chosen.check:
                wrong.append(
                    f"{path.relative_to(ROOT)}: its exercises are not those of the sources"
                )
            else:
                path.write_text(text)
    if wrong:
        sys.exit("\n".join(wrong) + "\nRun: python tools/exercises.py")


if __name__ == "__main__":
    main()
