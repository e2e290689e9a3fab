"""The instructor's page names every chapter, and only exercises that exist."""

import re
from pathlib import Path

import pytest
import yaml

from optedu.exercises import find

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "book" / "teaching.md").read_text()
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
CHAPTERS = [
    Path(entry["file"]).name
    for part in TOC["parts"]
    for entry in part["chapters"]
    if entry["file"].startswith("book/chapters/")
]
GOALS = re.findall(r"^\{doc\}`chapters/(\w+)`\n: (.+)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_goals(chapter):
    assert len(dict(GOALS)[chapter].split(";")) >= 2


def test_goals_are_of_chapters_in_their_order():
    assert [name for name, _ in GOALS] == CHAPTERS


def test_a_semester_has_fourteen_weeks():
    weeks = re.findall(r"^\| (\d+) \| \{doc\}", PAGE.split("## A short course")[0], re.MULTILINE)
    assert weeks == [str(week) for week in range(1, 15)]


def test_exercises_that_are_named_exist():
    named = re.findall(r"\b[a-z_]+\.[a-z]+-[a-z-]+\b", PAGE)
    assert named
    for name in named:
        find(name)
