"""A student's cells: how they are executed, and what is said of those that fail."""

from __future__ import annotations

import pytest

from optedu.grading.grade import Limits, grade
from tests.grading.isolation import ISOLATION
from tests.grading.isolation_exercises import RULE


def test_what_the_student_says_is_shown_without_control_characters():
    cell = "raise ValueError('=1+1\\x1b[2J\\ud800')"
    result = grade(RULE, [cell, RULE.solution_code], isolation=ISOLATION)
    (said,) = result.failed
    assert said.endswith(", line 1: ValueError: =1+1?[2J?")
    assert result.points == 2


def test_a_statement_that_fails_does_not_stop_the_later_ones():
    cells = [
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nimport numpy as np\nplt.plot([1])",
        "%%bash\nrm -rf /",
        "!ls\n" + RULE.solution_code,
        "oe.check('test.rule', largest_step)\nprint('done')\n1 / 0",
        "def broken(:",
    ]
    result = grade(RULE, cells, isolation=ISOLATION)
    assert result.points == 2
    assert result.output == "test.rule: not checked here; the grader does it\ndone\n"
    said = "\n".join(result.failed)
    assert "matplotlib is not available while grading" in said
    begins = "your cell that begins with"
    assert f"{begins} \"oe.check('test.rule', largest_step)\", line 3: ZeroDivisionError" in said
    assert f'{begins} "def broken(:", line 1: SyntaxError: invalid syntax' in said
    assert not result.stopped


def test_a_cell_that_takes_too_long_does_not_stop_the_later_ones():
    limits = Limits(cell_seconds=0.5)
    result = grade(
        RULE, ["while True: pass", RULE.solution_code], limits=limits, isolation=ISOLATION
    )
    assert result.points == 2
    assert "a cell ran longer" in result.stopped[0]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([], "define no largest_step"),
        (["def largest_step(A):\n    ..."], "take and return"),
        (["largest_step = 3"], "take and return"),
        (["def largest_step(A):\n    return 0.5"], "leaves"),
        (["def largest_step(A) return"], "SyntaxError"),
    ],
)
def test_nothing_and_wrong_answers_earn_nothing(cells, words):
    result = grade(RULE, cells, isolation=ISOLATION)
    assert result.points == 0
    assert words in result.hint
    assert result.hidden != "passed"


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        (
            "# mine\ndef largest_step(A):\n    return 1 / 0\n1 / 0",
            "your cell for largest_step, line 4",
        ),
        ("largest_step = 1 / 0", "your cell for largest_step, line 1"),
        ("\n\nx = 1\n1 / 0", 'your cell that begins with "x = 1", line 4'),
        ("%%time\nx = 1\n1 / 0", 'your cell that begins with "%%time", line 3'),
        ("print(largest_step)", 'your cell that begins with "print(largest_step)", line 1'),
        (f"x = '{'y' * 90}' + 1", f'your cell that begins with "x = \'{"y" * 35}", line 1'),
        ("return 1", 'your cell that begins with "return 1", line 1'),
    ],
)
def test_a_cell_that_fails_is_named_by_what_its_author_sees(cell, named):
    """Not by a number: a grader leaves cells out and puts one before all."""
    (said,) = grade(RULE, [cell], isolation=ISOLATION).failed
    assert said.startswith(f"{named}: ")
    assert "<cell" not in said
