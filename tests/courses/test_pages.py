"""Feedback and the grading page, as nbgrader makes them: what a hostile student wrote is shown."""

import re

import pytest
from nbconvert.exporters import HTMLExporter
from nbgrader.api import Gradebook
from nbgrader.server_extensions.formgrader import handlers as formgrader
from traitlets.config import Config

from optedu.courses import grading
from optedu.exercises import library
from tests.courses.students import ASSIGNMENT, handed_in
from tests.courses.test_cleaning import HOSTILE, Tags

pytestmark = pytest.mark.xdist_group("courses")  # the course is made once


def hostile(work):
    """Scripts wherever a notebook has room for one."""
    script = "<script>alert(1)</script>"
    work["metadata"]["language_info"] = {"name": f'x">{script}', "pygments_lexer": f'x">{script}'}
    for cell in work["cells"]:
        cell["metadata"] |= {"tags": [f'x">{script}'], "magics_language": f'x">{script}'}
        if cell["metadata"]["nbgrader"]["grade_id"] == "gradient--never-up":
            cell["source"] = "\n\n".join([*HOSTILE, "![a](attachment:b)", "![a](attachment:c)"])
            cell["attachments"] = {"b": {"image/svg+xml": "PHN2Zz4="}, "c": {"image/png": "iVBO"}}
        elif cell["cell_type"] == "code":
            shown = {"text/html": script, "image/svg+xml": f"<svg>{script}</svg>"}
            shows = {"output_type": "display_data", "metadata": {}, "data": shown}
            cell |= {"outputs": [shows], "source": [*cell["source"], f"\nprint('{script}')"]}
    raw = {"cell_type": "raw", "id": "raw", "metadata": {"raw_mimetype": "text/html"}}
    return work | {"cells": [*work["cells"], raw | {"source": script}]}


def pages_of(folder, student):
    """Return a student's feedback, and the page on which an instructor grades, by nbgrader."""
    with library.using(folder / "exercises"):
        api = grading.gradebook(folder)
    told = api.generate_feedback(ASSIGNMENT, student)
    assert told["success"], told
    feedback = folder / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
    config = Config(api.config)
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [formgrader.template_path]
    shown = dict.fromkeys(("notebook_id", "base_url", "index", "total", "assignment_id"), 0)
    notebook = folder / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    page, _ = HTMLExporter(config=config).from_filename(str(notebook), resources=shown)
    return feedback.read_text(), page


def dangerous(page):
    """Return what runs or fetches in a page: tags with what could."""
    risky = {"script", "iframe", "object", "embed", "base", "form", "svg", "link", "meta", "style"}
    return [
        (tag, sorted(attributes.items()))
        for tag, attributes in Tags(page).found
        if tag in risky
        or any(name.startswith("on") for name in attributes)
        or not re.match(r"https?:|#|$", attributes.get("href") or "")
        or not re.match(r"data:image/png|$", attributes.get("src") or "")
    ]


def test_what_a_student_writes_is_shown_and_not_run(course):
    folder, kinds, _ = course
    (honest,) = (name for name, its in kinds.items() if its == "right")
    handed_in(folder, "mallory", hostile)
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
        comment = book.find_comment("gradient--never-up", ASSIGNMENT, ASSIGNMENT, "mallory")
        comment.manual_comment = "See $x^2$ <script>"
        book.db.commit()
    pages, plain_pages = pages_of(folder, "mallory"), pages_of(folder, honest)
    for theirs, plain_one in zip(pages, plain_pages, strict=True):
        assert dangerous(theirs) == dangerous(plain_one)
        assert "alert(1)" in theirs
        assert "<summary>Hint</summary>" in theirs
    assert "default-src 'none'" in pages[0]
    assert "$x^2$" not in pages[0]
    assert 'src="data:image/png;base64,iVBO"' in pages[1]
