"""When a chapter is executed again: the part of the build that must never be wrong."""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from pathlib import Path

import build
import environment
import pytest
import serve
import yaml

ROOT = Path(__file__).resolve().parents[2]

CHAPTER = """---
file_format: mystnb
kernelspec:
  name: python3
---

# A page

```{code-cell} python
import sys
sys.path.insert(0, "../..")
import optedu.part
print(optedu.part.X, open("../../optedu/table.tsv").read())
```
"""


@pytest.fixture
def project(tmp_path):
    """A book of one chapter that imports one file of its package and opens another."""
    for name, text in {
        "book/chapters/page.md": CHAPTER,
        "optedu/__init__.py": "",
        "optedu/part.py": "X = 1\n",
        "optedu/other.py": "Y = 1\n",
        "optedu/table.tsv": "one",
        "requirements.lock": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "_build").mkdir()
    return tmp_path


def fresh(project: Path, record: dict) -> bool:
    return build.is_fresh(record, "code", build.surroundings(project), project)


def test_a_chapter_is_executed_again_exactly_when_something_it_read_changed(project):
    text, seconds, files, error = build.execute("book/chapters/page.md", 60, project)
    assert error == ""
    assert seconds > 0
    assert "1 one" in text
    assert files == ["optedu/__init__.py", "optedu/part.py", "optedu/table.tsv"]
    record = {
        "code": "code",
        "surroundings": build.surroundings(project),
        "files": {name: build.file_digest(name, project) for name in files},
    }
    assert fresh(project, record)
    (project / "optedu/other.py").write_text("Y = 2\n")
    assert fresh(project, record)  # it never read that one
    for name in ("optedu/part.py", "optedu/table.tsv"):
        before = (project / name).read_text()
        (project / name).write_text(before + "\n")
        assert not fresh(project, record)
        (project / name).write_text(before)
        assert fresh(project, record)
    (project / "optedu/added.py").write_text("")  # a method that a listing would show
    assert not fresh(project, record)
    (project / "optedu/added.py").unlink()
    (project / "requirements.lock").write_text("numpy==9")
    assert not fresh(project, record)


def test_a_chapter_without_a_record_or_with_other_code_is_not_fresh(project):
    around = build.surroundings(project)
    record = {"code": "old", "surroundings": around, "files": {}}
    assert not build.is_fresh(None, "new", around, project)
    assert not build.is_fresh(record, "new", around, project)
    assert build.is_fresh(record | {"code": "new"}, "new", around, project)


def test_a_failing_chapter_is_reported(project):
    page = project / "book/chapters/page.md"
    page.write_text(page.read_text().replace("optedu.part.X", "1 / 0"))
    _, _, _, error = build.execute("book/chapters/page.md", 60, project)
    assert "ZeroDivisionError" in error


def test_any_changed_file_ends_the_short_way_out(project):
    before = build.all_sources(project)
    assert build.all_sources(project) == before
    (project / "_build/made.html").write_text("outputs do not count")
    assert build.all_sources(project) == before
    (project / "optedu/other.py").write_text("Y = 3\n")
    assert build.all_sources(project) != before


def test_the_real_book_recorded_what_its_chapters_read():
    if not build.STAMP.exists():
        pytest.fail("there is no built book: run `make html` first, or `make test` for all")
    records = json.loads((ROOT / "_build/execution.json").read_text())
    assert set(records) == set(build.chapters())
    run = [page for page in records if "{code-cell}" in (ROOT / page).read_text(encoding="utf-8")]
    assert len(run) > 20
    assert all("optedu/__init__.py" in records[page]["files"] for page in run)


def test_the_environment_is_remade_when_lock_or_python_change(monkeypatch):
    before = environment.stamp_text()
    assert environment.stamp_text() == before
    monkeypatch.setattr(environment.platform, "python_version", lambda: "3.12.99")
    assert environment.stamp_text() != before
    block = environment.locked("uv")
    assert re.match(r"uv==[0-9.]+ ", block)
    assert block.count("==") == 1
    assert "--hash=sha256:" in block


def test_the_book_is_served_on_loopback_with_the_right_types(tmp_path):
    (tmp_path / "index.html").write_text("<p>hello</p>")
    (tmp_path / "code.wasm").write_bytes(b"\0asm")
    server = serve.open_server(0, tmp_path)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        host, port = server.server_address[:2]
        assert host == "127.0.0.1"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/code.wasm") as answer:
            assert answer.headers["Content-Type"] == "application/wasm"
            assert answer.headers["Cache-Control"] == "no-cache"
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/../pyproject.toml")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_every_page_of_the_contents_exists_and_settings_are_the_strict_ones():
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert config["execute"]["execute_notebooks"] == "cache"
    assert config["execute"]["raise_on_error"] is True
    assert config["execute"]["stderr_output"] == "error"
    assert config["launch_buttons"]["thebe"] is False
    folder = ROOT / config["sphinx"]["config"]["html_static_path"][0]
    assert (folder / config["sphinx"]["config"]["mathjax_path"]).is_file()
    for name in config["sphinx"]["config"]["nb_ipywidgets_js"]:
        assert (folder / name).is_file()
    assert not (ROOT / "_static").exists()  # the engine would put all of it on every page


def test_vendored_files_keep_their_licence():
    vendor = ROOT / "book/_static/vendor"
    for folder in (path for path in vendor.iterdir() if path.is_dir()):
        assert (folder / "LICENSE").is_file(), folder
