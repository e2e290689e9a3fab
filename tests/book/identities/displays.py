"""Find what a chapter displays: equations, theorems, and the equations of their proofs."""

from __future__ import annotations

import re
from typing import NamedTuple

CODE = re.compile(r"^(`{3,})\{?(?:code-cell|literalinclude|python|code)\b.*?^\1$", re.M | re.S)
STATEMENT = re.compile(
    r"^(`{3,})\{prf:(?!proof|ref)(\w+)\}(?P<title>[^\n]*)\n(?P<body>.*?)^\1$", re.M | re.S
)
PROOF = re.compile(r"^(`{3,})\{prf:proof\}[^\n]*\n(?P<body>.*?)^\1$", re.M | re.S)
LABEL = re.compile(r"^:label:\s*(\S+)", re.M)
EQUATION = re.compile(r"\$\$(?P<formula>.+?)\$\$[ \t]*(?:\((?P<label>[^)\s]+)\))?", re.S)


class Displays(NamedTuple):
    """The keys that need a check, and the formulas that nothing points at."""

    keys: list[str]
    unlabelled: list[str]


def displays(text: str) -> Displays:
    """Return what a chapter displays.

    A key is the label of an equation or of a theorem (lemma, proposition, ...); the unlabelled
    equations of a theorem belong to its label, and those of its proof to ``proof of <label>``.
    """
    prose = CODE.sub("", text)
    keys, unlabelled = [], []
    owners: list[tuple[int, int, str]] = []
    for found in STATEMENT.finditer(prose):
        label = LABEL.search(found["body"])
        if label is None:
            unlabelled.append(f"{found[2]} {found['title'].strip()}")
            continue
        keys.append(label[1])
        owners.append((found.start(), found.end(), label[1]))
    statements = tuple(owners)
    for found in PROOF.finditer(prose):
        before = [label for _, end, label in statements if end <= found.start()]
        if "$$" in found["body"]:
            keys.append(f"proof of {before[-1]}")
            owners.append((found.start(), found.end(), keys[-1]))
    for found in EQUATION.finditer(prose):
        if found["label"]:
            keys.append(found["label"])
        elif not any(start <= found.start() < end for start, end, _ in owners):
            unlabelled.append(" ".join(found["formula"].split()))
    if "{math}" in prose:
        unlabelled.append("a {math} directive: write $$ ... $$ (eq-label)")
    return Displays(keys, unlabelled)
