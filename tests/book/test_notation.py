"""The notation table against the chapters and the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from optedu import catalogue, discovery
from tools import generate

BOOK = Path(__file__).resolve().parents[2] / "book"
CHAPTERS = sorted((BOOK / "chapters").glob("*.md"))

LETTERS = """
ell alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta kappa lambda mu nu xi pi rho
sigma tau phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega
"""
GREEK = set(LETTERS.split())
WORDS = r"\\(?:text|operatorname|mathrm|mathbb|mathbf|label|begin|end|hspace|tag)\*?\{[^{}]*\}"
FENCES = re.compile(r"^(`{3,})\{?(?:code-cell|literalinclude|python|code)\b.*?^\1", re.M | re.S)


def formulas(text: str) -> str:
    """Return all formulas of a Markdown text, one after the other."""
    prose = FENCES.sub("", text)
    displayed = re.findall(r"\$\$(.+?)\$\$", prose, re.S)
    prose = re.sub(r"\$\$.+?\$\$", "", prose, flags=re.S)
    prose = re.sub(r"`[^`\n]*`", "", prose)
    return " ".join(displayed + re.findall(r"(?<!\\)\$([^$]+?)(?<!\\)\$", prose))


def letters(formula: str) -> set[str]:
    """Return the letters, Latin and Greek, that stand for something in a formula."""
    formula = re.sub(WORDS, " ", formula)
    commands = set(re.findall(r"\\([a-zA-Z]+)", formula))
    latin = re.findall(r"[A-Za-z]", re.sub(r"\\[a-zA-Z]+", " ", formula))
    return (commands & GREEK) | set(latin)


def test_letters_reads_formulas():
    assert letters(r"\|x_0 - y\| \le \operatorname{prox}_{tg}(\alpha)") == set("xytg") | {"alpha"}
    assert "z" not in letters(formulas("`$z$` and $x$"))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_letter_of_a_chapter_is_in_the_table(chapter: Path):
    known = letters(formulas((BOOK / "notation.md").read_text()))
    unknown = letters(formulas(chapter.read_text())) - known
    assert not unknown, f"book/notation.md lacks letters of {chapter.name}: {sorted(unknown)}"


def test_every_hyperparameter_is_in_the_table_that_the_build_writes():
    table = generate.hyperparameters()
    for entry in catalogue.entries():
        for name in method_fields(entry.name):
            rows = [line for line in table.splitlines() if line.startswith(f"| `{name}` |")]
            assert any(f"`{entry.name}`" in row for row in rows), f"{entry.name}.{name}"
            assert all(row.split(" | ")[1].strip() for row in rows), f"{name} has no meaning"


def test_every_hyperparameter_of_the_table_exists():
    section = (BOOK / "notation.md").read_text().partition("## Hyperparameters")[2]
    named = set(re.findall(r"`(\w+)`", section))
    used = {name for entry in catalogue.entries() for name in method_fields(entry.name)}
    assert named <= used, f"no method has {sorted(named - used)}"


def method_fields(name: str) -> tuple[str, ...]:
    return discovery.load(name, discovery.methods())._fields
