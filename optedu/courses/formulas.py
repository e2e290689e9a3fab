"""Formulas of a feedback page as MathML, which browsers show without any script."""

from __future__ import annotations

import re

from latex2mathml.converter import convert
from nbgrader.preprocessors import NbGraderPreprocessor

from optedu.courses.cleaning import harmless

_KEPT = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
_FORMULA = re.compile(r"(?<!\\)\$\$(.+?)\$\$|(?<![\\$])\$([^$\n]+?)\$", re.DOTALL)


def as_mathml(text: str) -> str:
    """Return Markdown whose formulas are MathML; one that cannot be read stays as it is."""
    parts = _KEPT.split(text)
    parts[::2] = [_FORMULA.sub(_converted, part) for part in parts[::2]]
    return "".join(parts)


def _converted(found: re.Match) -> str:
    display = "block" if found[1] else "inline"
    try:
        made = convert((found[1] or found[2]).strip(), display=display)
    except Exception:  # a student may have written anything
        return found[0]
    return f"\n\n{made}\n\n" if found[1] else made


class Formulas(NbGraderPreprocessor):
    """Turns the formulas of all Markdown cells, and of comments, into MathML."""

    def preprocess_cell(self, cell, resources, cell_index):
        if cell.cell_type == "markdown":
            cell.source = as_mathml(cell.source)
        described = cell.metadata.get("nbgrader", {})
        if described.get("comment"):  # the instructor's
            described["comment"] = as_mathml(harmless(described["comment"]))
        return cell, resources
