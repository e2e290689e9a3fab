"""The model solutions that the chapters print pass their checks, whatever instances are drawn."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest

import optedu as oe
from optedu.grading import Incorrect

CHAPTERS = Path(__file__).parents[2] / "book" / "chapters"
CODE_CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
DRAWS = 25


def code_cells(text: str) -> list[str]:
    """Return the code of a chapter's cells, without options and magics."""
    return [
        "\n".join(line for line in cell.splitlines() if not line.startswith((":", "%")))
        for cell in CODE_CELL.findall(text)
    ]


def imports(cells: list[str]) -> ast.Module:
    """Return all that a chapter imports."""
    nodes = [node for cell in cells for node in ast.parse(cell).body]
    return ast.Module([n for n in nodes if isinstance(n, (ast.Import, ast.ImportFrom))], [])


@pytest.mark.parametrize("chapter", sorted(path.stem for path in CHAPTERS.glob("*.md")))
def test_solutions_pass_on_whatever_is_drawn(chapter, monkeypatch, capsys):
    text = (CHAPTERS / f"{chapter}.md").read_text()
    cells = code_cells(text)
    namespace: dict[str, object] = {}
    exec(compile(imports(cells), chapter, "exec"), namespace)
    check, checked = oe.check, set()

    def check_often(name, answer):
        checked.add(name)
        for seed in range(DRAWS):
            check(name, answer, seed=seed)

    monkeypatch.setattr(oe, "check", check_often)
    for cell in cells:
        if "oe.check(" in cell:
            exec(cell, namespace)
    assert checked == set(re.findall(r"`oe\.check\(\"([\w.-]+)\"", text))
    assert capsys.readouterr().out.count(": correct") == DRAWS * len(checked)


def test_an_instance_can_be_drawn_again(monkeypatch):
    seen = []

    def remember(A):
        seen.append(A)
        return 0.0

    for _ in range(2):
        with pytest.raises(Incorrect, match=r"seed=7\."):
            oe.check("gradient.largest-step", remember, seed=7)
    monkeypatch.setenv("OPTEDU_EXERCISE_SEED", "8")
    with pytest.raises(Incorrect, match=r"seed=8\."):
        oe.check("gradient.largest-step", remember)
    assert np.array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[0], seen[2])
