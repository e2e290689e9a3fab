"""A course's folder: nothing of it is lost when something is refused; and its command line."""

import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from optedu.courses import kit
from optedu.courses.__main__ import main
from optedu.exercises import find

LARGEST, STEPS, PROOF = map(
    find, ("gradient.largest-step", "gradient.steps-needed", "gradient.never-up")
)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A course with one sheet."""
    course = tmp_path_factory.mktemp("kit") / "course"
    kit.make(course, {"sheet": [LARGEST]})
    return course


@pytest.fixture
def course(small, tmp_path):
    """A copy of it, to be changed."""
    shutil.copytree(small, tmp_path / "course")
    return tmp_path / "course"


def hand_in(course, assignment="sheet"):
    """Let nbgrader's gradebook know of somebody's work."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        book.add_student("ada")
        book.add_submission(assignment, "ada")


def files(course):
    """Return the content of all files but the gradebook."""
    kept = (path for path in sorted(course.rglob("*")) if path.is_file())
    return {p.relative_to(course): p.read_bytes() for p in kept if p.name != "gradebook.db"}


def answers(course, assignment="sheet"):
    """Return points by cell in the students' edition."""
    made = nbformat.read(course / "release" / assignment / f"{assignment}.ipynb", 4)
    described = [cell.metadata.nbgrader for cell in made.cells]
    return {its.grade_id: its.points for its in described if its.grade}


def test_what_was_handed_in_is_corrected_and_not_extended(course):
    hand_in(course)
    before = files(course)
    with pytest.raises(ValueError, match=r"'sheet' has been handed in: .* make another assignm"):
        kit.make(course, {"other": [STEPS], "sheet": [LARGEST, STEPS]})
    assert files(course) == before
    with pytest.raises(SystemExit, match="has been handed in"):
        main(["make", str(course), "sheet=gradient.steps-needed"])
    assert files(course) == before
    source = course / "exercises" / "gradient" / "largest-step.md"
    source.write_text(source.read_text().replace("points: 2", "points: 5"))
    kit.make(course, {"sheet": [LARGEST]})
    assert answers(course) == {"gradient--largest-step": 5}


def test_what_nbgrader_refuses_is_as_before(course):
    before = files(course)
    twice = [LARGEST, LARGEST]  # cells of the same name
    with pytest.raises(ValueError, match="nbgrader refused 'sheet'"):
        kit.make(course, {"sheet": twice})
    assert files(course) == before
    with pytest.raises(ValueError, match="nbgrader refused 'new'"):
        kit.make(course, {"new": twice})
    assert files(course) == before


def test_a_folder_that_is_no_course_is_left_alone(tmp_path):
    (tmp_path / "README.md").write_text("# My thesis")
    with pytest.raises(SystemExit, match="is not empty and is no course's folder; name a new one"):
        main(["make", str(tmp_path), "sheet=gradient.largest-step"])
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_the_readme_names_all_assignments_unless_it_is_the_instructors(course):
    kit.make(course, {"proofs": [PROOF]})
    text = (course / "README.md").read_text()
    assert "* `sheet`: 1 exercises, 2 points" in text
    assert f"* `proofs`: 1 exercises, {PROOF.points} points" in text
    (course / "README.md").write_text("# Optimization, spring")
    kit.make(course, {"proofs": [PROOF]})
    assert (course / "README.md").read_text() == "# Optimization, spring"


def test_exercises_of_ones_own_by_the_command_line(course, capsys):
    own = course / "exercises" / "mytopic" / "mine.md"
    own.parent.mkdir()
    source = course / "exercises" / "gradient" / "largest-step.md"
    own.write_text(source.read_text().replace("quadratics(rng)", "[]"))
    source.write_text(source.read_text().replace("points: 2", "points: 9"))
    main(["make", str(course), "both=mytopic.mine, gradient.largest-step,,", "mytopic"])
    said = capsys.readouterr().out
    assert [f"release/{name}/{name}.ipynb" in said for name in ("both", "mytopic")] == [True] * 2
    assert answers(course, "both") == {"mytopic--mine": 2, "gradient--largest-step": 9}
    assert answers(course, "mytopic") == {"mytopic--mine": 2}
    main(["make", str(course)])
    assert answers(course) == {"gradient--largest-step": 9}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("alchemy", r"there is no chapter 'alchemy'; known are acceleration, .*, transport"),
        ("s=", "names no exercise"),
        ("s=,", "names no exercise"),
        ("s=gradient.nothing", r"there is no exercise 'gradient.nothing'; known are gradient\."),
        ("../s=gradient.largest-step", "names no assignment"),
        ("a b=gradient.largest-step", "names no assignment"),
    ],
)
def test_what_is_not_made_is_said(tmp_path, text, words):
    with pytest.raises(SystemExit, match=words):
        main(["make", str(tmp_path / "course"), text])
    assert not (tmp_path / "course").exists()


def test_a_file_in_the_way_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match=r"Not a directory|File exists"):
        main(["make", str(tmp_path / "file" / "course"), "sheet=gradient.largest-step"])


def test_what_is_not_graded_is_said(course, monkeypatch, capsys):
    from optedu.courses import grading

    asked = []

    def graded(course, assignment, students, **rest):
        asked.append((assignment, students, rest["executor"]))
        return {"ada": "a sentence"}

    monkeypatch.setattr(grading, "grade_assignment", graded)
    (course / "submitted" / "ada" / "sheet").mkdir(parents=True)
    main(["grade", str(course), "sheet", "ada", "bob"])
    assert capsys.readouterr().out == "bob: has handed in nothing\nada: a sentence\n"
    assert asked == [("sheet", ["ada", "bob"], None)]  # by default one sandbox per processor
    for where, name in ((course, "physics"), (course / "nowhere", "sheet")):
        with pytest.raises(SystemExit, match="has no assignment"):
            main(["grade", str(where), name])


def test_a_changed_shared_file_is_kept_and_named(course, capsys):
    shared = course / "exercises" / "gradient" / "shared.py"
    shared.write_text(shared.read_text() + "OWN = 1\n")
    with pytest.warns(UserWarning, match=r"shared\.py is not the book's: .*gradient\.steps-needed"):
        kit.make(course, {"second": [STEPS]})
    assert "OWN = 1" in shared.read_text()
    main(["make", str(course), "third=gradient.exact-step"])
    said, made = capsys.readouterr().out.splitlines()
    assert "gradient.exact-step, which is new here" in said
    assert made.endswith("third.ipynb")


def test_the_instructors_edition_shows_what_checks_share():
    text = kit.instructors_edition("Sheet", [LARGEST, STEPS])
    assert text.count("## What the checks share: gradient") == 1
    assert LARGEST.shared.strip() in text
    assert "`thm-" not in kit.instructors_edition("Sheet", [PROOF])
