"""Sources as somebody else writes them: what is refused, and what a student begins with."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from optedu.exercises import find, read
from optedu.exercises.library import everything, of_family
from optedu.exercises.source import start_of

SOURCE = Path(__file__).parents[2] / "book" / "exercises" / "gradient" / "largest-step.md"
TEXT = SOURCE.read_text()


def written(tmp_path, text, name="mine.md"):
    """Write a source of the topic ``own``."""
    path = tmp_path / "own" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT.replace("points: 2", "points: [2"), "the header is not YAML: .* line "),
        ("---\njust words\n---\nStatement", "the header is not made of lines like"),
        ("---\n\n---\nStatement", "the header is not made of lines like"),
        (TEXT.replace("points: 2", "points: true"), "points is a whole number"),
        (TEXT.replace("points: 2", "points: 2\norder: first"), "order is a whole number"),
        (TEXT.replace("title: The longest step", "title: 2"), "title is a text"),
        (TEXT.replace("points: 2", "points: 2\n3: 4"), "the header has no '3'"),
        (TEXT.replace("points: 2", "points: 2\nwithout: [1]"), "without is a list of names"),
        (TEXT.encode("utf-16"), "not in UTF-8"),
    ],
    ids=["yaml", "words", "nothing", "bool", "order", "title", "key", "without", "encoding"],
)
def test_a_header_that_is_none(tmp_path, text, words):
    path = written(tmp_path, text)
    with pytest.raises(ValueError, match=words) as refused:
        read(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("without", ["BFGS", "[BFGS]"])
def test_one_name_is_a_list_of_one(tmp_path, without):
    path = written(tmp_path, TEXT.replace("points: 2", f"points: 2\nwithout: {without}"))
    assert read(path).without == ("BFGS",)


@pytest.mark.parametrize(
    ("code", "start"),
    [
        ("def f(x): return 2 * x\n", "def f(x):\n    ...\n"),
        ("def f(x,\n      µ=1): return µ * x\n", "def f(x,\n      µ=1):\n    ...\n"),
        ("def f(x): 'secret'; return 2\n", "def f(x):\n    ...\n"),
        ("def f(x):\n    return 2\n", "def f(x):\n    ...\n"),
        ('def f(x):\n    """Is."""; return 2\n', 'def f(x):\n    """Is."""\n    ...\n'),
        ('def f(x):\n    """Is\n    so."""\n\n    return 2\n',
         'def f(x):\n    """Is\n    so."""\n    ...\n'),
        ("def f(x):\n    @secret\n    def g(): pass\n    return g\n", "def f(x):\n    ...\n"),
    ],
)  # fmt: skip
def test_what_a_student_begins_with(code, start):
    assert start_of(replace(read(SOURCE), start="", solution_code=code, answer="f")) == start
    ast.parse(start)


def test_a_course_has_its_own_exercises_first(tmp_path):
    written(tmp_path, TEXT)
    changed = tmp_path / "gradient" / "largest-step.md"
    changed.parent.mkdir()
    changed.write_text(TEXT.replace("points: 2", "points: 7"))
    hidden = tmp_path / ".ipynb_checkpoints" / "mine.md"
    hidden.parent.mkdir()
    hidden.write_text("no exercise")
    assert [e.name for e in everything(tmp_path)] == ["gradient.largest-step", "own.mine"]
    assert find("own.mine", tmp_path).points == 2
    assert find("gradient.largest-step", tmp_path).points == 7
    assert find("gradient.largest-step").points == 2
    assert find("gradient.exact-step", tmp_path) == find("gradient.exact-step")
    assert [e.name for e in of_family("own", tmp_path)] == ["own.mine"]
    assert of_family("own") == []
    points = {e.name: e.points for e in of_family("gradient", tmp_path)}
    assert points["gradient.largest-step"] == 7
    assert set(points) == {e.name for e in of_family("gradient")}
    with pytest.raises(ValueError, match=r"no exercise 'own.yours'; known are own\.mine"):
        find("own.yours", tmp_path)


def test_what_a_family_shares_is_read_again_when_it_changed(tmp_path):
    written(tmp_path, TEXT)
    assert "K = 1" not in find("own.mine", tmp_path).shared
    written(tmp_path, "K = 1\n", "shared.py")
    assert "K = 1" in find("own.mine", tmp_path).shared
