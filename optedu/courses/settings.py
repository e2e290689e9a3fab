"""nbgrader's settings under which students' code never runs beside the answers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).parent / "templates"


def isolated(c: Any, course: Path | str) -> None:
    """Let nbgrader start answer cells from the sources and grade in sandboxes.

    Parameters
    ----------
    c : traitlets.config.Config
        What ``get_config()`` returns in an ``nbgrader_config.py``.
    course : path
        The course's folder, whose ``exercises/`` are used.
    """
    import nbgrader
    from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
    from nbgrader import preprocessors as theirs

    from optedu.courses.cleaning import markdown2html
    from optedu.courses.formulas import Formulas
    from optedu.courses.grading import IsolatedGrading, PerDay
    from optedu.courses.release import Start
    from optedu.courses.tidying import Tidied

    os.environ["OPTEDU_EXERCISES"] = str(Path(course).resolve() / "exercises")
    c.GenerateAssignment.preprocessors = [
        theirs.LockCells,
        Start,
        theirs.ClearOutput,
        theirs.CheckCellMetadata,
        theirs.ComputeChecksums,
        theirs.SaveCells,
        theirs.ClearHiddenTests,
        theirs.ClearMarkScheme,
        theirs.ComputeChecksums,
        theirs.CheckCellMetadata,
    ]
    c.Autograde.sanitize_preprocessors = [
        theirs.ClearOutput,
        Tidied,
        theirs.OverwriteKernelspec,
        theirs.OverwriteCells,
        theirs.CheckCellMetadata,
    ]
    c.Tidied.course = c.IsolatedGrading.course = str(Path(course).resolve())
    c.Autograde.autograde_preprocessors = [
        IsolatedGrading,
        theirs.LimitOutput,
        theirs.SaveAutoGrades,
        theirs.AssignLatePenalties,
        theirs.CheckCellMetadata,
    ]
    c.AssignLatePenalties.plugin_class = PerDay
    # Feedback is a file of its own: its formulas are MathML, and it asks nobody for a script.
    c.GenerateFeedback.preprocessors = [
        theirs.GetGrades,
        Formulas,
        CSSHTMLHeaderPreprocessor,
    ]
    nbgraders = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
    c.HTMLExporter.filters = {"markdown2html": markdown2html}
    c.HTMLExporter.extra_template_basedirs = [str(TEMPLATES), str(nbgraders)]
