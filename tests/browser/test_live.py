"""Living figures in a real browser: what a reader does there, and what Python says to it.

`live/drive.mjs` uses the figures of three small pages as a reader would and reports what it saw;
each test here asserts one claim on that report. The Python that a figure offers to copy is run.
"""

from __future__ import annotations

import re
import subprocess
from typing import Any

import numpy as np
import pytest

import optedu as oe
from optedu.browser.bundle import bundle
from optedu.guarantees import measure
from tests.browser.copied import traces
from tests.browser.explored import ALONE, quadratic
from tests.browser.live.page import drive, number, write_page, write_recorded

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("living")]

LABELS = {"gradient descent": oe.GradientDescent(0.05), "heavy ball": oe.HeavyBall(0.05, 0.5)}
FORMS = {
    "map", "curves", "landscape", "basins", "heatmap", "particles", "simplex", "matrix", "spectrum",
}  # fmt: skip


def race() -> Any:
    problem, x0 = quadratic(seed=4)
    menu = {"steepest": oe.GradientDescent(0.1), "heavier": oe.HeavyBall(0.05, 0.9)}
    return oe.explore(
        LABELS, problem, x0, steps=60, tol=1e-10, menu=menu,
        problems={"a valley": problem, "Himmelblau": oe.problems.Himmelblau()},
        title="Two methods", alt="Two methods run down a valley.",
    )  # fmt: skip


def single() -> Any:
    problem, x0 = quadratic(seed=5)
    return oe.explore(oe.GradientDescent(0.05), problem, x0, steps=30, title="One", alt="One runs.")


def forms() -> list[Any]:
    plane, x0 = quadratic(seed=6)
    line = oe.problems.Quadratic([[2.0]], [1.0])
    rng = np.random.default_rng(7)
    probabilities = oe.problems.Constrained(
        oe.problems.Quadratic(np.diag([3.0, 2.0, 1.0]), [1.0, 0.8, 0.1]), oe.problems.Simplex()
    )
    tables = oe.problems.SoftmaxRegression(rng.normal(size=(20, 3)), np.arange(20) % 4, 0.1)
    ball = oe.HeavyBall(0.05, 0.5)
    descent, projected = oe.GradientDescent(0.1), oe.ProjectedGradientDescent(0.1)
    return [
        oe.explore(method, problem, start, panels=panels, title=" ".join(panels), alt="Forms.")
        for method, problem, start, panels in (
            (ball, plane, x0, ["map", "basins", "heatmap", "particles", "spectrum"]),
            (descent, line, [3.0], ["landscape", "curves"]),
            (projected, probabilities, [0.2, 0.1, 0.7], ["simplex"]),
            (descent, tables, np.zeros(tables.shape), ["matrix"]),
        )
    ]


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("living")
    write_page([race(), single()], folder, "race.html")
    write_page(forms(), folder, "forms.html")
    write_recorded(race, folder)
    return drive("drive.mjs", folder)


def expected(trace: Any, quantity: str, against: str) -> list[str]:
    """What the table must say at the end of a run."""
    clock = trace.iterations[-1] if against == "iterations" else trace.calls[against][-1]
    words = trace.status.value.replace("_", " ")
    return [str(int(clock)), number(measure(trace, quantity)[-1]), words]


def test_numbers_on_the_page_are_those_of_the_python_that_it_offers(report):
    assert len(report["stops"]) == 11
    for stop in report["stops"]:
        last = stop["what"] == "another quantity"
        view = ("gradient_norm", "gradient") if last else ("gap", "iterations")
        found = [row[1:] for row in stop["table"]]
        assert found == [expected(trace, *view) for trace in traces(stop["code"])], stop


def test_every_change_changes_the_python_or_the_view(report):
    codes = [stop["code"] for stop in report["stops"]]
    same = {"nonsense typed", "another quantity"}
    for before, after, stop in zip(codes, codes[1:], report["stops"][1:], strict=False):
        assert (before == after) == (stop["what"] in same), stop["what"]
    assert "step_size=0.0123456789" in codes[4]
    assert report["invalid"] == "true"
    assert "max_iter=137" in codes[7]
    assert "oe.race" in codes[7]
    assert "oe.run(oe.HeavyBall" in codes[8]
    assert "Himmelblau" in codes[9]


def test_a_step_that_is_too_long_diverges_on_the_page(report):
    assert "diverged" in [row[-1] for row in report["stops"][6]["table"]]


def test_third_step_is_pythons_third_step(report):
    problem, x0 = quadratic(seed=4)
    for row, method in zip(report["third"], LABELS.values(), strict=True):
        trace = oe.run(method, problem, x0, max_iter=60, tol=1e-10)
        assert row[1:] == ["3", number(measure(trace, "gap")[3]), "running"]


def test_link_restores_the_figure(report):
    link = report["link"]
    assert link["before"] == link["after"]
    assert link["link"] == link["address"]


def test_figures_share_the_address_and_reset_clears_their_own_part(report):
    both, rest = report["addresses"]["both"], report["addresses"]["rest"]
    assert both.count("optedu-") == 2
    assert rest.count("optedu-") == 1
    assert rest.split("#")[1] in both
    assert report["addresses"]["reset"] == report["stops"][0]["table"]


def test_nothing_is_asked_from_elsewhere_and_nothing_breaks_the_policy(report):
    for log in (report["log"], report["formsLog"], report["without"]["log"]):
        assert log["errors"] == []
        assert log["outside"] == []


@pytest.mark.parametrize("where", ["axe", "darkAxe", "formsAxe"])
def test_axe_finds_nothing_best_practice_included(report, where):
    assert report[where] == []


def test_wheel_scrolls_the_page_and_with_control_zooms_the_map(report):
    zoom = report["zoom"]
    assert zoom["scrolled"] > 50
    assert zoom["afterWheel"] == zoom["home"]
    assert zoom["still"]
    assert zoom["zoomed"] != zoom["home"]
    assert zoom["whole"] == zoom["home"]


def test_finger_drags_taps_scrolls_and_two_of_them_zoom(report):
    touch = report["touch"]
    assert touch["dragged"] != touch["home"]
    assert touch["tapped"] != touch["dragged"]
    assert touch["swiped"] == touch["tapped"]
    assert touch["scrolled"] > 60
    assert touch["pinched"]["where"] == touch["tapped"]
    assert touch["pinched"]["labels"] != touch["labels"]


def test_a_phone_holds_the_figure_with_targets_for_a_thumb(report):
    touch = report["touch"]
    assert touch["width"] <= 390
    assert touch["small"] == []
    assert touch["order"]


def test_reduced_motion_shows_few_pictures(report):
    assert 1 <= report["touch"]["calm"] <= 3


def test_dragging_a_race_of_500_steps_fits_a_frame(report):
    assert report["speed"]["methods"] == 4
    assert report["speed"]["frames"] >= 50
    assert report["speed"]["median"] < 16, report["speed"]


def test_every_form_draws_and_says_what_it_shows(report):
    seen = {form["kind"].removeprefix("oe-panel oe-"): form for form in report["forms"]}
    assert set(seen) == FORMS
    for kind, form in seen.items():
        assert form["label"], kind
        assert form["paths"] >= 1, kind
        assert all(colours >= 2 for colours in form["colours"]), (kind, form["colours"])
    for kind in ("map", "basins", "heatmap", "particles", "simplex", "matrix"):
        assert seen[kind]["colours"], kind


def test_without_a_module_the_recorded_runs_play_and_the_reason_is_told(report):
    recorded = report["recorded"]
    assert recorded["table"] == report["stops"][0]["table"]
    assert ALONE in recorded["note"]
    assert recorded["disabled"]
    assert all(recorded["disabled"])


def test_without_webassembly_the_still_picture_stays_with_one_sentence(report):
    assert report["without"]["still"]
    assert "WebAssembly" in report["without"]["words"]


def test_a_kernel_is_asked_and_its_answer_shown(report):
    awake = report["kernel"]["awake"]
    assert {row[-2] for row in awake["rows"]} == {number(42 - quadratic(seed=4)[0].minimum)}
    assert not awake["disabled"]
    assert awake["asked"] >= 2
    assert set(awake["kinds"]) == {"run", "values"}
    assert awake["address"] == ""


def test_a_kernel_that_does_not_answer_is_none(report):
    silent = report["kernel"]["silent"]
    assert silent["rows"] == report["recorded"]["table"]
    assert silent["disabled"]
    assert silent["asked"] == 0


def test_the_script_is_one_module_without_imports(tmp_path):
    script, sheet = bundle()
    file = tmp_path / "page.mjs"
    file.write_text(script, encoding="utf-8")
    subprocess.run(["node", "--check", file], check=True)
    assert not re.search(r"^import\b", script, re.MULTILINE)
    assert script.count("export ") == 1
    assert "/*" not in sheet


@pytest.mark.parametrize("word", ["eval(", "innerHTML", "new Function", "http://", "https://"])
def test_the_script_makes_no_text_into_code_and_names_no_server(word):
    script = bundle()[0].replace("http://www.w3.org/", "")
    assert word not in script
