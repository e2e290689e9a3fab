"""The executed chapters print what is stored: words and integers exactly, numbers to 1e-6."""

from __future__ import annotations

import build
import nbformat.v4 as notebooks
import outputs
import pytest

ADVICE = "compare by `python tools/outputs.py`; if it is meant, store it with `--write`"


@pytest.fixture(scope="module")
def executed():
    if not build.STAMP.exists():
        pytest.fail("there is no built book: run `make html` first, or `make test` for all")
    return outputs.executed()


@pytest.mark.built
@pytest.mark.parametrize("chapter", build.chapters())
def test_chapter_prints_what_is_stored(chapter, executed):
    assert chapter in executed, f"{chapter} is not in the build: run `make html`"
    found = outputs.differences(outputs.stored().get(chapter, []), executed[chapter])
    assert not found, "\n".join([chapter, *found, ADVICE])


def test_nothing_else_is_stored():
    assert set(outputs.stored()) == set(build.chapters())
    for chapter, texts in outputs.stored().items():
        numbers = [number for text in texts for number in outputs.NUMBER.findall(text)]
        assert len(numbers) > 50 or "chapters/" not in chapter


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("after 12 steps", "after 13 steps"),
        ("f = 1.00000", "f = 1.00001"),
        ("f = 1.5e-08", "f = 1.6e-08"),
        ("converged after 3", "diverged after 3"),
        ("x = 0.5", "x = -0.5"),
        ("5 of 10", "5 of 10.0 or so"),
        ("bound inf", "bound 3.0"),
        ("[1.0 2.0]", "[1.0 2.0 3.0]"),
        ("rounding 1e-12", "rounding 1e-3"),
        ("passed: True", "passed: False"),
    ],
)
def test_another_output_is_noticed(old, new):
    assert outputs.differences([old], [new])
    assert outputs.differences(["same", old], ["same", new])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("f = 1.000000000", "f = 1.000000001"),
        ("largest difference 5e-16", "largest difference 1.1e-15"),
        ("[ 1. -0.]", "[1.  0.]"),
        ("bound [inf nan]", "bound [ inf  nan]"),
        ("100.0% in l1", "100.0% in  l1"),
    ],
)
def test_rounding_and_spaces_are_not(old, new):
    assert not outputs.differences([old], [new])


def test_counts_that_rounding_decides_have_room_and_not_much():
    line = "AndersonGradientDescent(memory=10)  converged after  {} steps"
    assert not outputs.differences([line.format(129)], [line.format(185)])
    assert outputs.differences([line.format(129)], [line.format(300)])
    assert outputs.differences([line.format(129)], [line.format(129).replace("conv", "div")])


def test_every_sensitive_line_is_still_printed():
    lines = [line for texts in outputs.stored().values() for t in texts for line in t.splitlines()]
    sensitive = [line for line in lines if outputs.SENSITIVE.match(line)]
    assert len(sensitive) == 14, sensitive


def test_a_missing_cell_or_line_is_noticed():
    assert outputs.differences(["a", "b"], ["a"])
    assert outputs.differences(["a\nb"], ["a"])


def test_pieces_of_a_stream_are_one_text_and_pictures_are_left_out():
    cell = notebooks.new_code_cell()
    cell.outputs = [
        notebooks.new_output("stream", name="stdout", text="status:"),
        notebooks.new_output("stream", name="stdout", text=" 2\n"),
        notebooks.new_output("execute_result", {"text/plain": "9", "image/png": ""}),
    ]
    assert outputs.printed(notebooks.new_notebook(cells=[cell])) == ["status: 2\n"]
