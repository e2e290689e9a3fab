"""The list of papers is complete, and a row cannot claim what is not there."""

import subprocess
import sys

import pytest

from optedu import papers
from optedu.papers.__main__ import main
from optedu.papers.checks import anchors

CHAPTER = """\
# A chapter

(good-label)=
## Squaring a matrix: the `Gram` iteration

```python
(label-in-code)=
## Heading in code
```

## Twice
## Twice
"""
TESTS = """\
def test_claim(): ...
def helper(): ...
class TestGroup:
    def test_inside(self): ...
"""
GOOD = papers.Paper(
    "A paper",
    "ALG",
    "foundations",
    "optedu.papers.read",
    "chapters/one.md#good-label",
    "tests/claims/test_one.py::test_claim",
)


@pytest.fixture
def root(tmp_path):
    for path, text in {
        "book/chapters/one.md": CHAPTER,
        "tests/claims/test_one.py": TESTS,
        "tests/claims/test_broken.py": "def test_claim(:\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def write_table(path, rows):
    lines = ["\t".join(papers.Paper._fields), *("\t".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_table_has_the_331_papers_once_each_with_known_tier_and_topic():
    table = papers.read()
    assert len(table) == 331
    assert len({paper.title.casefold() for paper in table}) == 331
    assert {paper.tier for paper in table} == set(papers.TIERS)
    assert {paper.topic for paper in table} == set(papers.TOPICS)
    tiers = [paper.tier for paper in table]
    assert {tier: tiers.count(tier) for tier in papers.TIERS} == {
        "ALG": 217,
        "LAB": 54,
        "CASE": 58,
        "OUT": 2,
    }


def test_every_row_of_the_table_tells_the_truth():
    assert papers.repository() is not None
    assert papers.faults(papers.read(), papers.repository()) == {}


def test_a_row_with_all_three_is_running(root):
    assert papers.faults([GOOD], root) == {}
    assert papers.counts([GOOD]) == {"foundations": (1, 1)}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"shows": ""}, "names no object"),
        ({"section": ""}, "names no section"),
        ({"test": ""}, "names no test"),
        ({"shows": ";"}, "names no object"),
        ({"shows": "optedu.papers.read; optedu.NoSuchMethod"}, "'optedu.NoSuchMethod' does not"),
        ({"shows": "optedu.papers.no_such"}, "'optedu.papers.no_such' does not exist"),
        ({"shows": "optedu.no_such_room.Thing"}, "does not exist"),
        ({"shows": "numpy.linalg.norm"}, "not a public name of optedu"),
        ({"shows": "optedu.papers._hidden"}, "is private"),
        ({"shows": "optedu.papers"}, "is a module"),
        ({"section": "chapters/one.md"}, "has no '#'"),
        ({"section": "chapters/two.md#good-label"}, "a file that does not exist"),
        ({"section": "chapters/one.md#bad-label"}, "no such label or heading"),
        ({"section": "chapters/one.md#label-in-code"}, "no such label or heading"),
        ({"section": "chapters/one.md#heading-in-code"}, "no such label or heading"),
        ({"test": "tests/claims/test_two.py::test_claim"}, "a file that does not exist"),
        ({"test": "book/chapters/one.md::test_claim"}, "a file that does not exist"),
        ({"test": "tests/claims/test_one.py"}, "names no test function"),
        ({"test": "tests/claims/test_one.py::helper"}, "names no test function"),
        ({"test": "tests/claims/test_one.py::test_other"}, "has no test_other"),
        ({"test": "tests/claims/test_one.py::test_inside"}, "has no test_inside"),
        ({"test": "tests/claims/test_broken.py::test_claim"}, "Python cannot read"),
        ({"tier": "MAYBE"}, "expected one of ALG, LAB, CASE, OUT"),
        ({"topic": "astrology"}, "topic 'astrology' is unknown"),
        ({"tier": "OUT", "note": "why"}, "left out (OUT) and claims to run"),
        ({"tier": "OUT", "shows": "", "section": "", "test": ""}, "no note says why"),
    ],
)
def test_each_lie_is_one_sentence_and_the_row_does_not_count(root, change, sentence):
    lie = GOOD._replace(**change)
    found = papers.faults([lie], root)
    assert list(found) == [lie.title]
    assert len(found[lie.title]) == 1
    assert sentence in found[lie.title][0]
    assert sum(runs for _, runs in papers.counts([lie], found).values()) == 0


def test_a_title_in_the_table_twice_is_a_fault(root):
    assert "twice" in papers.faults([GOOD, GOOD], root)[GOOD.title][0]


def test_several_objects_and_tests_and_a_heading_are_accepted(root):
    row = GOOD._replace(
        shows="optedu.papers.read; optedu.papers.table.Paper",
        section="chapters/one.md#squaring-a-matrix-the-gram-iteration",
        test="tests/claims/test_one.py::TestGroup::test_inside;"
        " tests/claims/test_one.py::test_claim[3-fast]",
    )
    assert papers.faults([row], root) == {}
    assert anchors(root / "book/chapters/one.md")[1] >= {"a-chapter", "twice", "twice-1"}


def test_an_installed_package_checks_the_objects_only():
    elsewhere = GOOD._replace(section="no.md#where", test="tests/no.py::test_no")
    assert papers.faults([elsewhere], root=None) == {}
    assert papers.faults([elsewhere._replace(shows="optedu.papers.no_such")], root=None)


def test_a_table_with_other_columns_is_refused_with_its_line(tmp_path):
    short = write_table(tmp_path / "papers.tsv", [GOOD[:-1]])
    with pytest.raises(ValueError, match=r"papers\.tsv, line 2: 6 columns, expected 7"):
        papers.read(short)
    short.write_text("title\ttier\n", encoding="utf-8")
    with pytest.raises(ValueError, match="columns must be title, tier"):
        papers.read(short)


def test_the_command_prints_the_counts_and_fails_for_a_lie(root, capsys):
    table = write_table(root / "papers.tsv", [GOOD, GOOD._replace(title="B", test="")])
    assert main(["--table", str(table), "--root", str(root)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("2 papers, 1 running\n")
    assert err == "B: It claims to run and names no test.\n"

    write_table(table, [GOOD])
    assert main(["--table", str(table), "--root", str(root)]) == 0
    assert capsys.readouterr().err == ""


def test_the_command_says_when_it_checks_objects_only(monkeypatch, capsys):
    monkeypatch.setattr("optedu.papers.__main__.repository", lambda: None)
    assert main([]) == 0
    assert "objects are checked, sections and tests are not" in capsys.readouterr().out


def test_the_command_of_the_project_counts_331_papers_and_loads_nothing_heavy():
    code = (
        "import sys; from optedu.papers.__main__ import main; code = main([]);"
        "assert not {'matplotlib', 'ipywidgets', 'PEPit'} & set(sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("331 papers, ")


def test_importing_the_list_of_papers_does_not_import_numba():
    code = "import sys, optedu.papers; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_page_lists_every_paper_once_and_links_only_what_runs(root):
    lie = GOOD._replace(title="Not [yet] p_1|p_2", test="tests/claims/test_one.py::test_no")
    heading = GOOD._replace(title="C", section="chapters/one.md#twice")
    text = papers.page([GOOD, lie, heading], root)
    assert "3 papers, 2 running." in text
    assert text.count("| A paper |") == 1
    assert "[one](#good-label)" in text
    assert "[one](chapters/one.md#twice)" in text
    assert r"| Not \[yet\] p\_1\|p\_2 | ALG | | | |" in text
    assert "test_no" not in text

    whole = papers.page()
    rows = [line for line in whole.splitlines() if line.startswith("| ")]
    listed = [row for row in rows if any(f" | {tier} | " in row for tier in papers.TIERS)]
    assert len(listed) == 331
    for topic in papers.TOPICS:
        assert whole.count(f"(#papers-{topic})") == whole.count(f"(papers-{topic})=") == 1


def test_an_unchanged_page_is_not_written_again(tmp_path):
    path = papers.write_page(tmp_path / "papers.md")
    before = path.stat().st_mtime_ns
    assert papers.write_page(path).stat().st_mtime_ns == before
    path.write_text("old", encoding="utf-8")
    assert papers.write_page(path).read_text(encoding="utf-8") != "old"
