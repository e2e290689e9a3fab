"""Plain notebooks of the chapters: valid, the same each time, and they install what is needed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import build
import nbformat
import notebooks
import pytest

ROOT = Path(__file__).resolve().parents[2]
DIRECTIVE = re.compile(r"^(?:`{3,}|:{3,})\{", re.MULTILINE)
CLONES = '"git", "clone"'
ROLE = re.compile(r"\{[a-z]+(?::[a-z]+)?\}`")

pytestmark = pytest.mark.built


@pytest.fixture(scope="module", autouse=True)
def book():
    if not build.STAMP.exists():
        pytest.fail("there is no built book: run `make html` first, or `make test` for all")


@pytest.fixture(scope="module")
def made():
    return {page: notebooks.notebook(page) for page in notebooks.pages()}


def words(notebook) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_every_page_that_holds_code_has_one(made):
    assert {f"{page}.md" for page in made} == set(build.chapters())
    assert len(made) > 20


def test_they_are_valid_and_the_same_each_time(made):
    for page, notebook in made.items():
        nbformat.validate(notebook)
        assert all(not cell.get("outputs") for cell in notebook.cells)
        assert len({cell["id"] for cell in notebook.cells}) == len(notebook.cells), page
    again = notebooks.notebook("book/chapters/cubic")
    assert nbformat.writes(again) == nbformat.writes(made["book/chapters/cubic"])


def test_all_cells_of_the_chapter_are_there_unchanged(made):
    for page, notebook in made.items():
        code = [cell.source for cell in notebook.cells if cell.cell_type == "code"][1:]
        source = [
            cell.source for cell in build.read(f"{page}.md").cells if cell.cell_type == "code"
        ]
        assert code == [text for text in source if text.strip()], page


def test_no_directive_and_no_role_is_left(made):
    for page, notebook in made.items():
        assert DIRECTIVE.findall(words(notebook)) == [], page
        assert ROLE.findall(words(notebook)) == [], page


def test_numbers_are_those_of_the_built_book(made):
    text = words(made["book/chapters/cubic"])
    number = notebooks.numbers()["eq-cubic-model"]
    assert re.fullmatch(r"\(\d+\.\d+\)", number)
    assert rf"\tag{{{number.strip('()')}}}" in text
    assert re.search(r"\*\*Theorem \d+\.\d+ \(Lazy cubic Newton\)\.\*\*", text)
    assert "Nesterov and Polyak (2006)" in text
    assert "def secular_root(" in text  # what the chapter includes from the library


def test_the_first_cell_installs_the_ranges_of_pyproject():
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    cell = notebooks.install_cell(on_gpu=False)
    compile(cell, "install", "exec")
    for line in [*table["dependencies"], *table["optional-dependencies"]["data"]]:
        assert f'"{line}"' in cell
    assert '"optedu[data,proofs] @ git+https://github.com/optedu/optedu@main"' in cell
    assert "optedu[data,proofs,cuda]" in notebooks.install_cell(on_gpu=True)


def test_the_first_cell_does_nothing_where_the_library_is():
    names: dict[str, object] = {"__name__": "cell"}
    exec(notebooks.install_cell(on_gpu=False), names)
    assert "output" not in names


def test_a_page_with_stored_measurements_brings_the_repository(made):
    for page, notebook in made.items():
        code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
        first = notebook.cells[1].source
        assert (CLONES in first) == ("from benchmarks" in code), page
        compile(first, page, "exec")
    assert CLONES in made["book/performance"].cells[1].source


def test_the_device_is_said(made):
    for notebook in made.values():
        first = notebook.cells[0].source
        assert ("accelerator" in notebook.metadata) == ("A GPU is used" in first)
        assert "processor" in first or "GPU" in first
    assert "GPU" in notebooks.note("page", on_gpu=True)


def test_the_site_offers_them_for_download(made):
    for page, notebook in made.items():
        path = ROOT / f"_build/html/_sources/{page}.ipynb"
        assert (
            nbformat.reads(path.read_text(encoding="utf-8"), as_version=4).cells == notebook.cells
        )


def test_one_runs_from_top_to_bottom(made):
    from nbclient import NotebookClient

    build.prepare_kernels()
    notebook = nbformat.reads(nbformat.writes(made["book/how_to_read"]), as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute(cwd=str(ROOT))
    printed = "".join(o.get("text", "") for c in notebook.cells for o in c.get("outputs", []))
    assert "converged" in printed
