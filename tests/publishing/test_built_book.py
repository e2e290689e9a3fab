"""The built pages: no dead link, nothing loaded from elsewhere, a policy that fits."""

from __future__ import annotations

import json
import re

import build
import numpy as np
import optedu_book
import pytest
import yaml
from built import HTML, ROOT, Page, broken, is_outside, page, pages

import optedu as oe
from optedu.guarantees import measure
from tests.browser import saved

pytestmark = pytest.mark.built


@pytest.fixture(autouse=True, scope="module")
def book() -> None:
    if not build.STAMP.exists():
        pytest.fail("there is no built book: run `make html` first, or `make test` for all")


def table_of_contents() -> list[str]:
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text())
    chapters = [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
    return [contents["root"], *chapters]


@pytest.mark.parametrize("name", table_of_contents())
def test_every_entry_of_the_contents_was_built(name):
    assert (HTML / f"{name}.html").is_file()


def test_no_internal_link_is_dead():
    found = [
        f"{source.relative_to(HTML)}: {address}: {reason}"
        for source in pages()
        for address in page(source).links + page(source).loads
        if (reason := broken(source, address))
    ]
    assert found == []


def test_nothing_is_loaded_from_elsewhere():
    found = [
        f"{source.relative_to(HTML)}: {address}"
        for source in pages()
        for address in page(source).loads
        if is_outside(address)
    ]
    assert found == []


def test_style_sheets_load_nothing_from_elsewhere():
    address = re.compile(r"(?:url\(|@import\s+)\s*[\"']?((?:https?:)?//[^\"')\s]+)")
    found = {
        f"{sheet.name}: {match}"
        for sheet in HTML.rglob("*.css")
        for match in address.findall(sheet.read_text(encoding="utf-8"))
        if not match.startswith("//#")
    }
    assert found == set()


def test_no_page_names_the_remote_execution_service():
    found = [str(p) for p in pages() if "unpkg.com" in page(p).text or "THEBE" in page(p).text]
    assert found == []


def test_every_picture_has_words():
    found = [
        f"{source.relative_to(HTML)}: {picture}"
        for source in pages()
        for picture in page(source).pictures_without_words
    ]
    assert found == []


UNMADE_TABLE = re.compile(r"<p>\s*\|[^<]*\|")


def test_no_table_is_left_as_its_source():
    found = [str(p.relative_to(HTML)) for p in pages() if UNMADE_TABLE.search(page(p).text)]
    assert found == []


def test_every_page_has_one_policy_and_it_allows_its_own_scripts():
    for source in pages():
        read = page(source)
        if "<script" not in read.text:  # the redirect at the top
            continue
        assert len(read.policies) == 1, source
        (policy,) = read.policies
        assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
        assert "'unsafe-eval'" not in policy
        assert "http" not in policy
        for text in optedu_book.inline_scripts(read.text) + optedu_book.event_handlers(read.text):
            assert optedu_book.fingerprint(text) in policy, (source, text[:60])


def test_the_theme_still_writes_handlers_that_the_policy_has_to_allow():
    assert any(optedu_book.event_handlers(page(p).text) for p in pages())


# The checkers themselves: each has to fail on a page with the fault.


def test_a_table_that_was_not_made_is_seen():
    assert UNMADE_TABLE.search("<p>| solver | median |\n| --- | ---: |\n| ours | 2 |</p>")


def test_the_reader_sees_loads_links_and_missing_words():
    faulty = Page(
        '<script src="https://a.example/x.js"></script><link rel="stylesheet" href="//b.example/y">'
        '<link rel="canonical" href="https://c.example/"><img src="z.png"><a href="#no">go</a>'
    )
    assert [is_outside(load) for load in faulty.loads] == [True, True, False]
    assert faulty.pictures_without_words == ["z.png"]
    assert faulty.links == ["#no"]


def test_the_crawler_sees_a_missing_file_and_a_missing_anchor():
    source = HTML / "index.html"
    assert broken(source, "nowhere.html") == "no file nowhere.html"
    assert "no anchor" in broken(source, "book/index.html#never-written")
    assert broken(source, "https://example.org/") is None


def test_a_policy_changes_with_the_script_and_replaces_the_old_one():
    one = optedu_book.add_policy("<head></head><script>a()</script>", ["b()"])
    two = optedu_book.add_policy(one.replace("a()", "c()"), ["b()"])
    assert two.count(optedu_book.POLICY) == 1
    assert optedu_book.fingerprint("c()") in two
    assert optedu_book.fingerprint("a()") not in two
    assert "'unsafe-hashes'" in two


def drawn_bounds():
    """Yield every bound that a figure of the book draws: where, what was measured, the bound.

    The runs are those that the figure shows at first, taken again from the text it gives to copy.
    """
    for source in pages():
        for state in saved.figures(source).values():
            scene = state["scene"]
            objective = scene["problems"][scene["problem"]]
            for i in scene["chosen"]:
                table = scene["pairs"][i][scene["problem"]]["bound"]
                if table is None or not objective["code"].startswith("oe."):
                    continue
                pair, player = scene["pairs"][i][scene["problem"]], scene["methods"][i]
                problem = eval(objective["code"], {"oe": oe, "np": np})
                cls = eval(player["code"], {"oe": oe})
                fixed = {k: eval(v, {"np": np}) for k, v in pair.get("fixed", {}).items()}
                given = {k: v for k, v in pair["values"].items() if k in cls._fields}
                kinds = {k: int(v) if float(v).is_integer() and "int" in str(
                    cls.__annotations__[k]) else v for k, v in given.items()}  # fmt: skip
                trace = oe.run(
                    cls(**{**kinds, **fixed}), problem, objective["start"], max_iter=scene["steps"],
                    tol=scene["tol"], seed=scene["seed"],
                )  # fmt: skip
                known = trace.guarantee()
                assert known.quantity == table["quantity"], player["label"]
                bound = np.broadcast_to(known.bound, len(trace))
                yield f"{source.name}: {player['label']}", measure(trace, known.quantity), bound


def exceeded(measured, bound):
    """Return where a number is above its bound by more than rounding."""
    return measured > bound * (1 + 1e-9) + 1e-12 * abs(measured[0])


def test_every_bound_that_a_figure_draws_holds_at_its_first_run():
    drawn = list(drawn_bounds())
    assert len({name.partition(":")[0] for name, _, _ in drawn}) >= 3
    assert [name for name, measured, bound in drawn if exceeded(measured, bound).any()] == []
    # and some are so tight that four fifths of them would be false
    assert any(exceeded(measured, 0.8 * bound).any() for _, measured, bound in drawn)


def test_what_figures_share_is_written_once_and_stays_when_the_book_is_built_again():
    script = "x" * optedu_book.WORTH_SHARING + "y"
    state = {name: {"state": {"_esm": script, "title": name}} for name in ("a", "b")}
    kind = "application/vnd.jupyter.widget-state+json"
    page = f'<script type="{kind}">{json.dumps({"state": state})}</script>'
    once = optedu_book.share_state(page)
    assert once.count(script) == 1
    assert optedu_book.share_state(once) == once
