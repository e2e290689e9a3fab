"""What a class hands in, as platforms pack it and as students spoil it."""

import os
import zipfile

import pytest

from optedu.courses.collecting import LARGEST, collect

NOTEBOOK = b'{"cells": []}'


@pytest.fixture
def course(tmp_path):
    """A course's folder, as far as collecting looks at it."""
    (tmp_path / "course" / "source" / "gradient").mkdir(parents=True)
    return tmp_path / "course"


def handed_in(tmp_path, files):
    """Write files, of names and contents, into a folder."""
    for name, content in files.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path / "in"


def zipped(tmp_path, files):
    """Write files into a zip."""
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return tmp_path / "in.zip"


def students(course):
    """Return who is in ``submitted/``, and that nothing else was written."""
    assert {path.name for path in course.iterdir()} <= {"source", "submitted"}
    assert {path.name for path in course.parent.iterdir()} <= {"course", "in", "in.zip"}
    return sorted(path.parents[1].name for path in course.glob("submitted/*/gradient/*.ipynb"))


def time_of(course, student):
    """Return what nbgrader reads, or None."""
    path = course / "submitted" / student / "gradient" / "timestamp.txt"
    return path.read_text().strip() if path.exists() else None


@pytest.mark.parametrize("pack", [handed_in, zipped])
@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["submissions/dora.ipynb", "submissions/emil.ipynb"], ["dora", "emil"]),
        (["a/b/dora.ipynb", "a/b/emil_2_x.ipynb"], ["dora", "emil"]),
        (["submissions/dora/x.ipynb", "submissions/emil/x.ipynb"], ["dora", "emil"]),
        (["submissions/dora/x.ipynb"], ["dora"]),
        (["dora/x.ipynb"], ["dora"]),
        (["dora/x.ipynb", "dora/data.csv"], ["dora"]),
        (["dora/gradient.ipynb", "dora/older.ipynb"], []),
        (["dora/sheet/x.ipynb", "emil/x.ipynb"], ["dora", "emil"]),
        (["DORA.IPYNB", "emil_1.Ipynb"], ["DORA", "emil"]),
        (["Ada King_12_assignsubmission_file_/gradient.ipynb"], ["12"]),
        (
            ["Ada King_12_assignsubmission_file_gradient.ipynb",
             "Bo_13_assignsubmission_file_/gradient.ipynb",
             "Bo_13_assignsubmission_file_/data.csv"],
            ["12", "13"],
        ),
    ],
)  # fmt: skip
def test_whose_a_notebook_is(course, tmp_path, pack, names, found):
    done = collect(course, "gradient", pack(tmp_path, dict.fromkeys(names, NOTEBOOK)))
    assert students(course) == found
    assert len(done) >= len(names) - 1
    for name in names:
        if name.endswith("data.csv"):
            assert done[name] == "not a notebook"


def test_of_two_notebooks_none_is_taken(course, tmp_path):
    files = {"carl.ipynb": b"1", "carl_final.ipynb": b"2", "dora.ipynb": NOTEBOOK}
    done = collect(course, "gradient", handed_in(tmp_path, files))
    assert done["carl"] == "two notebooks (carl.ipynb, carl_final.ipynb); leave one"
    assert students(course) == ["dora"]


def test_what_is_no_notebook_is_named_and_junk_is_not(course, tmp_path):
    names = ["dora/x.ipynb", "__MACOSX/dora/._x.ipynb", "dora/._x.ipynb", "emil/answer.pdf"]
    names += ["dora/.ipynb_checkpoints/x-checkpoint.ipynb", "-/x.ipynb", "a b/x.ipynb"]
    place = handed_in(tmp_path, dict.fromkeys(names, NOTEBOOK))
    os.symlink("/etc/passwd", place / "eve.ipynb")
    os.symlink("/etc", place / "folder")
    (place / "big.ipynb").touch()
    os.truncate(place / "big.ipynb", LARGEST + 1)
    done = collect(course, "gradient", place)
    assert done == {
        "-/x.ipynb": "-",
        "a b/x.ipynb": "the student's name has odd characters",
        "big.ipynb": "larger than 20 MiB",
        "dora/x.ipynb": "dora",
        "emil/answer.pdf": "not a notebook",
        "eve.ipynb": "a link",
        "folder": "a link",
    }
    assert students(course) == ["-", "dora"]
    only = handed_in(tmp_path / "in", {"notes.txt": "nothing"})
    with pytest.raises(ValueError, match="there is no notebook in"):
        collect(course, "gradient", only)


def test_a_link_in_a_zip_and_names_that_lead_out(course, tmp_path):
    place = zipped(tmp_path, {"../../eve/x.ipynb": NOTEBOOK, "..\\fay\\x.ipynb": NOTEBOOK})
    with zipfile.ZipFile(place, "a") as archive:
        link = zipfile.ZipInfo("gus.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert collect(course, "gradient", place)["gus.ipynb"] == "a link"
    assert students(course) == ["eve", "fay"]


def test_a_link_in_submitted_is_not_followed(course, tmp_path):
    (course / "submitted").mkdir()
    (tmp_path / "in").mkdir()
    os.symlink(tmp_path / "in", course / "submitted" / "dora")
    (tmp_path / "in" / "dora.ipynb").write_bytes(NOTEBOOK)
    assert "leads out of" in collect(course, "gradient", tmp_path / "in")["dora.ipynb"]
    assert not (tmp_path / "in" / "gradient").exists()


def test_a_damaged_file_costs_nobody_else(course, tmp_path):
    with zipfile.ZipFile(tmp_path / "in.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bad.ipynb", NOTEBOOK * 1000)
        archive.writestr("dora.ipynb", NOTEBOOK)
        archive.writestr("locked.ipynb", NOTEBOOK)
    content = bytearray((tmp_path / "in.zip").read_bytes())
    content[45:55] = b"\xff" * 10
    flags = content.rindex(b"locked.ipynb") - 46 + 8
    content[flags] |= 1  # encrypted
    (tmp_path / "in.zip").write_bytes(content)
    done = collect(course, "gradient", tmp_path / "in.zip")
    assert "cannot be read" in done["bad.ipynb"]
    assert "password" in done["locked.ipynb"]
    assert students(course) == ["dora"]
    (tmp_path / "in.zip").write_bytes(bytes(content[:-30]) + b"PK\x05\x06" + b"\xff" * 18)
    with pytest.raises(ValueError, match=r"in\.zip (cannot be read|is neither)"):
        collect(course, "gradient", tmp_path / "in.zip")


def test_times(course, tmp_path):
    names = ["ada.ipynb", "bob.ipynb", "cy.ipynb", "dora.ipynb"]
    lines = [
        "\ufeffstudent,time", "ada,2027-03-01 23:59:00 UTC", "bob,2027-03-02 01:00:00 +0100",
        "cy,tomorrow", "dora;2027-03-01", "../source,2027-03-01 23:59:00 UTC",
        "dora,2027-03-01 23:59:00 Nowhere",
    ]  # fmt: skip
    files = dict.fromkeys(names, NOTEBOOK) | {"timestamps.csv": "\r\n".join(lines)}
    done = collect(course, "gradient", handed_in(tmp_path, files))
    assert students(course) == ["ada", "bob", "cy", "dora"]
    assert time_of(course, "ada") == "2027-03-01 23:59:00 UTC"
    assert time_of(course, "cy") is time_of(course, "dora") is None
    assert not list(course.glob("source/**/timestamp.txt"))
    assert {name: said for name, said in done.items() if name not in names} == {
        "timestamps.csv, line 4": "'tomorrow' is no time; a time is like 2027-03-01 23:59:00 UTC",
        "timestamps.csv, line 5": "a line is student,time",
        "timestamps.csv, line 6": "'../source' is nobody whose notebook was taken now",
        "timestamps.csv, line 7": "'Nowhere' is no time zone; "
        "a time is like 2027-03-01 23:59:00 UTC",
    }
    (tmp_path / "in" / "timestamps.csv").unlink()
    collect(course, "gradient", tmp_path / "in")
    assert time_of(course, "ada") is None  # it was of the work before


def test_a_student_does_not_set_times(course, tmp_path):
    forged = "eve,2020-01-01 00:00:00 UTC\ndora,2030-01-01 00:00:00 UTC"
    files = {"eve/x.ipynb": NOTEBOOK, "eve/timestamps.csv": forged, "dora/x.ipynb": NOTEBOOK}
    done = collect(course, "gradient", handed_in(tmp_path, files))
    assert "not believed" in done["eve/timestamps.csv"]
    assert time_of(course, "eve") is time_of(course, "dora") is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("dora,2027-03-01 23:59:00 UTC".encode("utf-16"), "is not in UTF-8"),
        (b"\n" * (2**20 + 1), "is larger than 1 MiB"),
        (b"dora," + b"x" * 200_000, "cannot be read: field larger"),
    ],
    ids=["an encoding", "a size", "a field"],
)
def test_times_that_cannot_be_read_stop_everything(course, tmp_path, content, words):
    place = handed_in(tmp_path, {"dora.ipynb": NOTEBOOK, "timestamps.csv": content})
    with pytest.raises(ValueError, match=f"timestamps.csv {words}"):
        collect(course, "gradient", place)
    assert students(course) == []


def test_an_assignment_is_one_folder(course, tmp_path):
    for name in ("physics", "../source/gradient", "..", ""):
        with pytest.raises(ValueError, match="has no assignment"):
            collect(course, name, handed_in(tmp_path, {"dora.ipynb": NOTEBOOK}))
