"""The built book in a real browser, cut off from every other machine.

`check.mjs` visits each page of the table of contents once (desktop, dark, phone, scripts off) and
reports what it saw; each test here asserts one claim on that report.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import optedu as oe
from tests.browser import copied, saved

pytestmark = [pytest.mark.built, pytest.mark.xdist_group("browser")]

HERE = Path(__file__).parent
SITE = Path(os.environ.get("OPTEDU_SITE", HERE.parents[1] / "_build" / "html"))
BOOK = SITE.parents[1]

# The theme's own, on every page; one that goes away should leave this list.
THEME_ERRORS = {
    "Got invalid theme mode: . Resetting to auto.",
}
THEME_VIOLATIONS = {
    ("label-content-name-mismatch", ".search-button-field"),
    ("label-content-name-mismatch", ".nav-link"),
}

# Names that the chapter around a figure gives: the copied text runs there, and not alone.
AUTHORS_OWN = {
    "Steep directions are easy, flat ones are not": "problem",
    "What is left of the error in each direction": "problem",
    "From a plateau, not convex": "problem",
    "How long may you keep a Hessian?": "problem",
    "Stretched coordinates": "problem",
    "A few dear steps, or many cheap ones": "problem",
    "In turn, at random, greedily": "problem",
    "Momentum for a cycle": "problem",
    "How large a block, and which?": "problem",
    "Which direction sees the difference?": "problem",
    "Permutations, mixed until they fit": "problem",
    "Few gradients, many corners": "problem",
    "Whom to trust": "problem",
    "A target that turns": "problem",
    "The ratio of the two steps": "problem",
    "One heap, two holes, and how sharp the plan is": "problem",
    "Three times less regularization": "problem",
    "A few entries per row are enough": "problem",
    "One over the square root, with and without noise": "problem",
    "The semi-dual of quadratic transport": "problem",
    "Every step of a convex solver is a network": "problem",
    "One unit less per step": "problem",
    "Search and restart": "problem",
    "A walk with a guide who guesses": "problem",
    "The same noise, three schedules": "problem",
    "Three ways to a corner": "Polygon",
    "Running away, in the direction of the gap": "TwoSets",
    "From how many runs on?": "BreakEven",
    "The same step size, with and without the prox": "FollowTheSlope",
}
HEAVIEST = 150 * 1024  # bytes, compressed
HEAVIEST_OF = {"book/playground.html": 550 * 1024}  # over fifty methods, on every landscape
ENDED = {status.value.replace("_", " ") for status in oe.Status}


def pages() -> list[str]:
    """The pages that the table of contents names."""

    def walk(entry: object) -> Iterator[str]:
        if isinstance(entry, list):
            for item in entry:
                yield from walk(item)
        elif isinstance(entry, dict):
            for key, value in entry.items():
                if key in ("root", "file"):
                    yield f"{value.removesuffix('.md')}.html"
                else:
                    yield from walk(value)

    return list(walk(yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))))


@pytest.fixture(scope="module")
def report() -> dict[str, dict]:
    if not (SITE / "index.html").is_file():
        pytest.fail(
            "there is no built book in _build/html: run `make html` (or `make test`) first",
            pytrace=False,
        )
    missing = [page for page in pages() if not (SITE / page).is_file()]
    if missing:
        pytest.fail(
            f"the built book is older than its table of contents, it lacks {missing}", pytrace=False
        )
    command = ["node", HERE / "check.mjs", SITE, *pages()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=2700)
    if done.returncode != 0:
        pytest.fail(f"the browser could not visit the book:\n{done.stderr}", pytrace=False)
    return json.loads(done.stdout)


def collect(report: dict[str, dict], look: str, what: str) -> dict[str, list]:
    """Return {page: found} for the pages where something was found."""
    return {page: seen[look][what] for page, seen in report.items() if seen[look].get(what)}


def with_figures(report: dict[str, dict]) -> dict[str, dict]:
    """The pages that hold living figures, all of which must have started."""
    found = {page: seen for page, seen in report.items() if seen["desktop"]["figures"]}
    assert found, "no page of the book holds a living figure"
    for page, seen in found.items():
        driven, figures = len(seen["desktop"]["driven"]), seen["desktop"]["figures"]
        assert driven == figures, f"{page}: only {driven} of {figures} figures started"
    return found


def test_no_page_asks_another_machine_for_anything(report):
    assert collect(report, "desktop", "outside") == {}


def test_no_page_asks_for_a_file_that_is_not_there(report):
    assert collect(report, "desktop", "missing") == {}


def test_no_page_writes_an_error_to_the_console(report):
    errors = {
        page: unknown
        for page, found in collect(report, "desktop", "errors").items()
        if (unknown := [error for error in found if error not in THEME_ERRORS])
    }
    assert errors == {}


@pytest.mark.parametrize("look", ["desktop", "dark", "phone"])
def test_axe_finds_no_violation_beyond_the_known_ones_of_the_theme(report, look):
    violations = {
        page: unknown
        for page, found in collect(report, look, "axe").items()
        if (unknown := [v for v in found if (v["id"], v["target"]) not in THEME_VIOLATIONS])
    }
    assert violations == {}


def test_axe_finds_nothing_in_our_figures_best_practice_included(report):
    assert collect(report, "desktop", "figureAxe") == {}


def test_dark_pages_were_dark(report):
    assert {seen["dark"]["theme"] for seen in report.values()} == {"dark"}


def test_no_page_is_wider_than_a_phone(report):
    widths = {page: seen["phone"]["width"] for page, seen in report.items()}
    assert {page: width for page, width in widths.items() if width > 390} == {}


def test_no_formula_has_to_be_scrolled_on_a_desktop(report):
    formulas = {page: seen["desktop"]["formulas"] for page, seen in report.items()}
    assert {page: found["wide"] for page, found in formulas.items() if found["wide"]} == {}
    assert sum(found["count"] for found in formulas.values()) > 150  # they were drawn


def test_no_part_of_a_figure_sticks_out_on_a_phone(report):
    assert collect(report, "phone", "wide") == {}


def test_controls_stand_above_the_panels_on_a_phone(report):
    for page, seen in with_figures(report).items():
        assert all(seen["phone"]["order"]), page


def test_every_control_is_large_enough_for_a_thumb(report):
    assert collect(report, "phone", "small") == {}
    kinds = {kind for seen in report.values() for kind in seen["phone"]["controls"]}
    assert kinds == {"button", "div", "input", "label", "select", "summary"}


def test_every_saved_figure_is_there(report):
    for page, seen in with_figures(report).items():
        states = saved.figures(SITE / page)
        assert {figure["id"] for figure in seen["desktop"]["driven"]} == set(states), page


def driven(report: dict[str, dict]) -> Iterator[tuple[str, dict, dict]]:
    """Page, scene and report of each figure."""
    for page, seen in with_figures(report).items():
        states = saved.figures(SITE / page)
        for figure in seen["desktop"]["driven"]:
            yield page, states[figure["id"]]["scene"], figure


def title(page: str, scene: dict) -> str:
    return f"{page}: {scene['title']}"


def test_every_panel_is_drawn_with_a_line_for_each_run(report):
    for page, scene, figure in driven(report):
        assert figure["panels"] == scene["panels"], title(page, scene)
        lines = len(scene["chosen"]) if "curves" in scene["panels"] else 0
        assert figure["lines"] == lines, title(page, scene)


def test_every_figure_is_alive(report):
    for page, scene, figure in driven(report):
        labels = [scene["methods"][i]["label"] for i in scene["chosen"]]
        for stop in figure["reached"]:
            assert [row[0] for row in stop["rows"]] == labels, title(page, scene)
            assert {row[-1] for row in stop["rows"]} <= ENDED, (title(page, scene), stop)
        for words in figure["trouble"]:
            assert "ecorded" not in words, title(page, scene)
            assert "WebAssembly" not in words, title(page, scene)
        reasons = {scene["pairs"][i][scene["problem"]]["reason"] for i in scene["chosen"]}
        assert reasons == {None}, title(page, scene)


def test_keys_move_the_time_slider(report):
    for page, scene, figure in driven(report):
        last = figure["last"]
        home, right, page_up, end = (stop["position"] for stop in figure["stops"])
        assert (home, right, end) == (0, min(3, last), last), title(page, scene)
        assert page_up > right or right == last, title(page, scene)


def runs_alone(scene: dict, code: str) -> bool:
    """Whether copied text needs no name of its chapter; if it does, then the one that is listed."""
    missing = AUTHORS_OWN.get(scene["title"])
    if missing is not None:
        with pytest.raises(NameError, match=f"'{missing}'"):
            copied.traces(code)
    return missing is None


def test_numbers_on_the_page_are_those_of_the_python_that_it_offers(report):
    """Also after a slider and the start were moved."""
    compared = 0
    for page, scene, figure in driven(report):
        for stop in figure["reached"]:
            if runs_alone(scene, stop["code"]):
                expected = copied.rows(stop["code"], scene["quantity"], scene["against"])
                seen = (title(page, scene), stop, expected)
                assert copied.agrees(stop["rows"], expected), seen
                compared += 1
    assert compared >= 30


def test_numbers_at_each_moment_are_those_of_python(report):
    for page, scene, figure in driven(report):
        code = figure["reached"][0]["code"]
        for stop in figure["stops"] if runs_alone(scene, code) else []:
            expected = copied.rows(code, scene["quantity"], scene["against"], stop["position"])
            assert copied.agrees(stop["rows"], expected), (title(page, scene), stop, expected)


def test_list_of_names_that_chapters_give_is_not_too_long(report):
    assert set(AUTHORS_OWN) <= {scene["title"] for _, scene, _ in driven(report)}


def test_reader_changes_the_runs_and_reset_brings_the_first_ones_back(report):
    for page, scene, figure in driven(report):
        first, *others = figure["reached"]
        assert len({stop["code"] for stop in figure["reached"]}) > 1, title(page, scene)
        if scene["title"] in AUTHORS_OWN:  # the numbers of the others are compared with Python's
            assert any(stop["rows"] != first["rows"] for stop in others), title(page, scene)
        assert figure["reset"] == first["rows"], title(page, scene)
        moved = [stop["what"] for stop in others]
        sliders = any(scene["pairs"][i][scene["problem"]]["sliders"] for i in scene["chosen"])
        assert ("slider End" in moved) == sliders, title(page, scene)
        planar = {"map", "landscape"} & set(scene["panels"])
        assert "start moved" in moved or not planar, title(page, scene)


def test_a_screen_reader_is_told_politely_where_keys_lead(report):
    for page, scene, figure in driven(report):
        assert figure["polite"] == 1, title(page, scene)
        assert f"{figure['last']} of {figure['last']}: " in figure["said"], title(page, scene)
        for row in figure["stops"][-1]["rows"]:
            assert f"{row[0]}, {row[2]}, {row[3]}" in figure["said"], title(page, scene)


def test_play_moves_and_pause_stops(report):
    for page, seen in with_figures(report).items():
        played = seen["desktop"]["played"]
        assert played["name"] == "Pause", page
        assert played["positions"] >= 3, page
        assert played["still"], page


def test_playing_does_not_flood_a_screen_reader(report):
    for page, seen in with_figures(report).items():
        played = seen["desktop"]["played"]
        assert played["spoken"] <= 2 + played["seconds"] / 4, page
        assert seen["desktop"]["played"]["told"], page  # in the end, where it stopped


def test_reduced_motion_shows_still_pictures_instead_of_a_film(report):
    for page, seen in with_figures(report).items():
        played = seen["phone"]["played"]
        assert 1 <= played["positions"] <= 1 + played["seconds"] / 0.9, page


def test_curves_can_be_dragged(report):
    for page, seen in with_figures(report).items():
        before, after = seen["desktop"]["dragged"]
        assert after != before, page


def test_picture_with_words_stands_in_when_scripts_are_off(report):
    for page, seen in with_figures(report).items():
        scenes = [state["scene"] for state in saved.figures(SITE / page).values()]
        stills = seen["withoutScripts"]["stills"]
        assert all(still["visible"] and still["loaded"] for still in stills), page
        expected = {f"{scene['title']}. {scene['alt']}" for scene in scenes}
        assert {still["alt"] for still in stills} == expected, page


def test_print_shows_the_picture_and_not_the_controls(report):
    for page, seen in with_figures(report).items():
        printed = seen["desktop"]["print"]
        assert printed["stills"], page
        assert all(still["visible"] for still in printed["stills"]), page
        assert not any(live["visible"] for live in printed["live"]), page


def test_scripts_of_a_page_stay_light(report):
    """Compressed: the loader, and the page's one script with all its modules and scenes."""
    loader = SITE / "_static" / "optedu-embed.js"
    for page, seen in with_figures(report).items():
        own = {name for name in seen["desktop"]["scripts"] if "optedu" in name}
        assert own == {f"/_static/{loader.name}"}, page
        scripts = {state["_esm"] for state in saved.figures(SITE / page).values()}
        assert len(scripts) == 1, page
        assert saved.weight(SITE / page, loader) < HEAVIEST_OF.get(page, HEAVIEST), page
