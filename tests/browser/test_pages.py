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

from tests.browser import saved

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
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        pytest.fail(f"the browser could not visit the book:\n{done.stderr}", pytrace=False)
    return json.loads(done.stdout)


def collect(report: dict[str, dict], look: str, what: str) -> dict[str, list]:
    """Return {page: found} for the pages where something was found."""
    return {page: seen[look][what] for page, seen in report.items() if seen[look].get(what)}


def with_figures(report: dict[str, dict]) -> dict[str, dict]:
    """The pages that hold moving figures, all of which must have started."""
    found = {page: seen for page, seen in report.items() if seen["desktop"]["figures"]}
    assert found, "no page of the book holds a moving figure"
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


def test_no_part_of_a_figure_sticks_out_on_a_phone(report):
    assert collect(report, "phone", "wide") == {}


def test_controls_stand_above_the_panels_on_a_phone(report):
    for page, seen in with_figures(report).items():
        assert all(seen["phone"]["order"]), page


def test_buttons_and_sliders_are_large_enough_for_a_thumb(report):
    assert collect(report, "phone", "small") == {}


def test_every_saved_figure_is_drawn(report):
    for page, seen in with_figures(report).items():
        states = saved.figures(SITE / page)
        curves = sum(len(saved.runs(state, 0)) for state in states.values())
        assert seen["desktop"]["figures"] == len(states), page
        assert seen["desktop"]["live"] == curves, page


def driven(report: dict[str, dict]) -> Iterator[tuple[str, dict, dict]]:
    for page, seen in with_figures(report).items():
        states = saved.figures(SITE / page)
        for figure in seen["desktop"]["driven"]:
            yield page, states[figure["id"]], figure


def test_keys_move_the_slider(report):
    for page, state, figure in driven(report):
        last = len(saved.moments(state)) - 1
        home, right, page_up, end = (stop["position"] for stop in figure["stops"])
        assert (home, right, end) == (0, min(3, last), last), page
        assert page_up > right or right == last, page


def test_numbers_on_the_page_are_the_saved_ones(report):
    for page, state, figure in driven(report):
        for stop in figure["stops"]:
            expected = saved.rows_at(state, state["variant"], stop["position"])
            assert stop["rows"] == expected, (page, state["scene"]["title"], stop["position"])


def test_second_slider_changes_to_the_saved_numbers(report):
    for page, state, figure in driven(report):
        variants = state["scene"]["variants"]
        ends = [0, len(variants) - 1] if state["scene"]["parameter"] else []
        assert [stop["variant"] for stop in figure["variants"]] == ends, page
        for stop in figure["variants"]:
            expected = saved.rows_at(state, stop["variant"], figure["stops"][-1]["position"])
            assert stop["rows"] == expected, (page, state["scene"]["title"], stop["variant"])


def test_play_moves_and_pause_stops(report):
    for page, seen in with_figures(report).items():
        played = seen["desktop"]["played"]
        assert played["name"] == "Pause", page
        assert played["positions"] >= 3, page
        assert played["still"], page


def test_playing_does_not_flood_a_screen_reader(report):
    for page, seen in with_figures(report).items():
        assert 1 <= seen["desktop"]["played"]["spoken"] <= 2, page


def test_reduced_motion_shows_still_pictures_instead_of_a_film(report):
    for page, seen in with_figures(report).items():
        assert 1 <= seen["phone"]["played"]["positions"] <= 2, page


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
    for page, seen in with_figures(report).items():
        own = {name: size for name, size in seen["desktop"]["scripts"].items() if "embed" in name}
        assert own, page
        assert all(0 < size < 8_000 for size in own.values()), (page, own)
        for state in saved.figures(SITE / page).values():
            assert len(state["_esm"].encode()) < 20_000, page
