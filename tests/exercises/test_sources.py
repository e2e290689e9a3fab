"""One source per exercise: it is whole, the chapters show it, and nothing secret leaves it."""

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

import tools.exercises as tools_exercises
from optedu.exercises import everything, find, read
from optedu.exercises.editions import END, section, with_section
from optedu.exercises.library import public_editions
from optedu.exercises.source import SECRET, start_of

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "book" / "exercises"
ALL = everything()
BY_FAMILY = defaultdict(list)
for exercise in ALL:
    BY_FAMILY[exercise.family].append(exercise)

LARGEST = (SOURCES / "gradient" / "largest-step.md").read_text()


@pytest.mark.parametrize("chapter", sorted(p.stem for p in (ROOT / "book/chapters").glob("*.md")))
def test_every_chapter_has_exercises_of_all_kinds(chapter):
    mine = BY_FAMILY[chapter]
    assert len(mine) >= 5
    assert {exercise.difficulty for exercise in mine} == {"easy", "medium", "hard"}
    assert any(exercise.kind == "proof" for exercise in mine)
    labels = [exercise.label for exercise in ALL]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("family", sorted(BY_FAMILY))
def test_a_chapter_shows_its_sources(family):
    text = (ROOT / "book" / "chapters" / f"{family}.md").read_text()
    folder = f"book/exercises/{family}"
    assert with_section(text, folder, section(BY_FAMILY[family])) == text


def test_a_book_without_solutions():
    shown = section(BY_FAMILY["gradient"], solutions="none")
    assert "The longest step" in shown
    assert "Hint" in shown
    assert "{solution}" not in shown
    assert "2 / np.linalg.eigvalsh(A)[-1]" not in shown


def test_a_book_with_solutions_on_a_page():
    texts = tools_exercises.editions("page")
    page = texts[ROOT / "book" / "solutions.md"]
    assert all(f"{{solution}} {exercise.label}" in page for exercise in ALL)
    chapters = [text for path, text in texts.items() if path.parent.name == "chapters"]
    assert len(chapters) == len(BY_FAMILY)
    assert not any("{solution}" in text for text in chapters)


def test_instructors_see_all_exercises_in_the_order_of_the_chapters():
    page = ROOT / "book" / "teaching.md"
    text = page.read_text()
    assert tools_exercises.editions("chapter")[page] == text
    rows = re.findall(r"^\| \{doc\}`chapters/(\w+)` \|(.+)\|$", text.split(END)[0], re.MULTILINE)
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text())
    listed = [Path(entry["file"]) for part in contents["parts"] for entry in part["chapters"]]
    assert [name for name, _ in rows] == [p.name for p in listed if p.parent.name == "chapters"]
    counts = [[int(number) for number in row.split("|")] for _, row in rows]
    for (name, _), (easy, medium, hard, proofs, points) in zip(rows, counts, strict=True):
        assert easy + medium + hard == len(BY_FAMILY[name])
        assert proofs == sum(exercise.kind == "proof" for exercise in BY_FAMILY[name])
        assert points == sum(exercise.points for exercise in BY_FAMILY[name])
    totals = " | ".join(str(sum(column)) for column in zip(*counts, strict=True))
    assert f"| all | {totals} |" in text


def test_a_chapter_without_marks_is_refused():
    with pytest.raises(ValueError, match="lacks the line"):
        with_section("# A chapter", "book/exercises/gradient", "")


def test_what_is_installed_holds_nothing_secret():
    installed = public_editions(SOURCES)
    assert len(json.loads(installed)) == len(ALL)
    for entry in json.loads(installed):
        assert not any(entry[part] for part in SECRET)
        assert not entry["shared"]
    for exercise in ALL:
        for line in f"{exercise.hidden}\n{exercise.solution_code}".splitlines():
            if len(line.strip()) > 45 and line not in f"{exercise.public}{start_of(exercise)}":
                assert json.dumps(line)[1:-1] not in installed


def test_where_only_public_parts_are_installed(tmp_path, monkeypatch, capsys):
    from optedu import exercises
    from optedu.exercises import library

    (tmp_path / "public.json").write_text(public_editions(SOURCES))
    monkeypatch.setattr(library, "folder", lambda: None)
    monkeypatch.setattr(library.resources, "files", lambda package: tmp_path)
    library._installed.cache_clear()
    exercises.check("gradient.largest-step", lambda A: 0.5)
    with pytest.raises(exercises.Incorrect, match="multiplied by"):
        exercises.check("gradient.largest-step", lambda A: 0.4)
    exercises.check("gradient.never-up")
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "gradient.largest-step: public checks passed; hidden checks not run"
    assert "no machine checks" in said[1]
    library._installed.cache_clear()


def test_start_is_the_solution_without_its_body():
    assert start_of(find("gradient.largest-step")) == "def largest_step(A):\n    ...\n"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("---\ntitle", "title"), "header between two lines"),
        (("difficulty: easy", "difficulty: trivial"), "easy, medium, hard"),
        (("points: 2", "points: 0"), "whole number"),
        (("points: 2", "score: 2"), "no 'score'"),
        (("## Hint", "## Hints"), "no hint"),
        (("def hidden", "def secret"), "does not define"),
        (("def largest_step", "def longest"), "does not define"),
        (("def public(answer):", "def public(answer)"), "is not Python"),
        (("## Hint", "## Solution"), "twice"),
    ],
)
def test_a_source_that_is_not_whole_is_refused(tmp_path, change, words):
    path = tmp_path / "family" / "exercise.md"
    path.parent.mkdir()
    path.write_text(LARGEST)
    assert read(path).name == "family.exercise"
    assert change[0] in LARGEST
    path.write_text(LARGEST.replace(*change, 1))
    with pytest.raises(ValueError, match=words) as refused:
        read(path)
    assert str(path) in str(refused.value)


def test_an_unknown_exercise_names_the_known_ones():
    with pytest.raises(ValueError, match=r"gradient\.largest-step, gradient\.steps-needed"):
        find("gradient.shortest-step")


@pytest.mark.built
def test_the_published_book_holds_no_hidden_check():
    """Their lines are searched in all pages, in the search's index, in what can be downloaded."""
    open_to_all = "".join(e.public + e.solution_code + start_of(e) for e in ALL)
    for path in (ROOT / "book" / "chapters").glob("*.md"):  # what a chapter's author writes there
        open_to_all += re.sub(f"<!-- exercises:.*?{END}", "", path.read_text(), flags=re.DOTALL)
    secrets = {}
    for exercise in ALL:
        for line in map(str.strip, exercise.hidden.splitlines()):
            names_alone = re.fullmatch(r"[\w, ()=]+", line) or " import " in line
            if len(line) > 40 and line not in open_to_all and not names_alone:
                secrets[re.sub(r"\W+", "", line)] = exercise.name
    assert len(secrets) > len(ALL)
    built = ROOT / "_build" / "html"
    pages = [p for p in built.rglob("*") if p.suffix in {".html", ".js", ".md", ".txt", ".ipynb"}]
    assert len(pages) > 40
    for page in pages:
        if "vendor" in page.parts:
            continue
        text = re.sub(r"<[^>]*>", "", page.read_text(errors="replace"))
        text = re.sub(
            r"\W+", "", text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        )
        found = [secret for secret in secrets if secret in text]
        assert not found, f"{page.relative_to(built)} holds {found[0]} of {secrets[found[0]]}"


def test_headers_are_plain():
    for exercise in ALL:
        text = (SOURCES / exercise.family / f"{exercise.short_name}.md").read_text()
        assert isinstance(yaml.safe_load(text.split("---")[1]), dict)
