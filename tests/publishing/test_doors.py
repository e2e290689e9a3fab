"""The doors out of the book, gone through in a real browser: buttons, the form, the search."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import notebooks
import pytest
import yaml
from pybtex.database import parse_string

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("OPTEDU_SITE", ROOT / "_build/html"))

pytestmark = [pytest.mark.built, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def report() -> dict:
    if not (SITE / "book/doors.html").is_file():
        pytest.fail("there is no built book: run `make html` first, or `make test` for all")
    command = ["node", Path(__file__).with_name("doors.mjs"), SITE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_chapter_opens_in_binder_colab_and_on_a_hub(report):
    links = {link["text"]: link["href"] for link in report["buttons"] if link["visible"]}
    assert set(links) == {"Binder", "Colab", "Your JupyterHub"}
    binder = urlsplit(links["Binder"])
    assert binder.netloc == "mybinder.org"
    assert binder.path == "/v2/gh/optedu/optedu/main"
    assert parse_qs(binder.query)["urlpath"] == ["lab/tree/book/chapters/cubic.md"]
    assert links["Colab"] == notebooks.colab_link("book/chapters/cubic")
    assert "/github/optedu/optedu/blob/notebooks/book/chapters/cubic.ipynb" in links["Colab"]
    hub = urlsplit(links["Your JupyterHub"])
    assert (hub.path, hub.query) == ("/book/doors.html", "page=book/chapters/cubic")


def test_the_chapter_that_binder_opens_is_in_the_repository():
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert config["launch_buttons"]["notebook_interface"] == "jupyterlab"
    assert (ROOT / "book/chapters/cubic.md").is_file()
    # and Markdown opens there as a notebook, since postBuild has set the viewer
    assert "tools/viewer.py" in (ROOT / "postBuild").read_text()


@pytest.mark.parametrize("look", ["desktop", "phone"])
def test_the_form_makes_the_link_for_a_hub(report, look):
    seen = report[look]
    assert seen["asked"] == "book/chapters/newton"
    chapters = [page for page in notebooks.pages() if page.startswith("book/chapters/")]
    assert seen["chapters"] == len(chapters)
    assert seen["disabled"]
    assert seen["empty"] == "Type the address of your hub."
    for text, branch, file in [
        (seen["notebook"], "notebooks", "book/chapters/newton.ipynb"),
        (seen["text"], "main", "book/chapters/gradient.md"),
    ]:
        link = urlsplit(text)
        home = "https://hub.example.edu/jupyter/hub/user-redirect/git-pull"
        assert f"{link.scheme}://{link.netloc}{link.path}" == home
        assert parse_qs(link.query) == {
            "repo": [notebooks.repository()[0]],
            "branch": [branch],
            "urlpath": [f"lab/tree/optedu/{file}?autodecode"],
        }
    assert not seen["refused"].startswith("javascript")
    assert "git-pull" not in seen["refused"]
    assert seen["outside"] == []
    assert seen["width"] <= (390 if look == "phone" else 1280)


def test_the_form_says_which_repository_the_sources_name():
    script = (ROOT / "book/_static/doors.js").read_text()
    assert f'"{notebooks.repository()[0]}"' in script
    assert f'"{notebooks.BRANCH}"' in script


def test_a_chapter_can_be_cited_from_its_page(report):
    entry = parse_string(report["cite"], "bibtex").entries["optedu:cubic"]
    assert entry.fields["title"] == "Cubic regularization and lazy Hessians"
    assert re.fullmatch(r"\d+", entry.fields["chapter"])
    assert report["copies"] == 1
    assert report["outside"] == []


@pytest.mark.parametrize(
    ("word", "page"),
    [("Sinkhorn", "/book/chapters/transport.html"), ("certificate", "/book/how_to_read.html")],
)
def test_search_works_without_a_server(report, word, page):
    seen = report["search"][word]
    assert seen["opened"], "Ctrl+K does not open the search"
    assert page in {found["path"] for found in seen["found"]}
    assert len(seen["found"]) >= 3
    assert seen["outside"] == []
    assert seen["missing"] == []
