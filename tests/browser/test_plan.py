"""Points that a reader drags: the plan and the curve follow, and the Python on offer says the same.

`live/plan.mjs` uses the figure as a reader would and reports what it saw; each test here asserts
one claim on that report.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import optedu as oe
from tests.browser.copied import agrees, rows, traces
from tests.browser.live.page import drive, write_page, write_recorded

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("living")]

SOURCES = [[-1.0, 0.4], [-0.9, -0.3], [-0.6, 0.1]]
TARGETS = [[0.5, 0.6], [0.8, -0.1], [0.6, -0.5], [1.0, 0.3]]
MOVED = ("source dragged", "target moved by keys", "slider moved", "dragged far out")


def cloud() -> Any:
    return oe.problems.PointCloudTransport(SOURCES, TARGETS, [4.0] * 3, [3.0] * 4, 0.2)


def figure() -> Any:
    return oe.explore(
        oe.Sinkhorn(), cloud(), steps=60, tol=1e-7, panels=["plan", "curves"],
        sliders={"regularization": (0.05, 2.0, "log")}, title="Drag", alt="Points and a plan.",
    )  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("plan")
    write_page([figure()], folder, "plan.html")
    write_recorded(figure, folder)
    return drive("plan.mjs", folder)


def used(code: str) -> int:
    """How many ways the plan uses at the end of the run that a text computes."""
    (trace,) = traces(code)
    return int(np.sum(trace.problem.plan(trace.x) >= 0.01 * 3))


def ways(stop: dict[str, Any]) -> int:
    return int(re.search(r"(\d+) of 12 ways", stop["words"])[1])


def test_the_mouse_moves_a_point_and_plan_and_curve_follow(report):
    first, dragged = (report["stops"][what] for what in ("first", "source dragged"))
    assert dragged["held"].startswith("source 2, ")
    assert dragged["held"] != first["held"]
    assert dragged["curve"] != first["curve"]
    assert dragged["ink"] != first["ink"]
    assert dragged["table"] != first["table"]


def test_keys_choose_a_point_and_move_it(report):
    stops = report["stops"]
    taken, moved = (stops[what] for what in ("last target taken", "target moved by keys"))
    assert taken["held"].startswith("target 4, ")
    assert moved["held"].startswith("target 4, ")
    assert moved["held"] != taken["held"]
    assert taken["curve"] == stops["source dragged"]["curve"]
    assert moved["curve"] != taken["curve"]
    assert moved["ink"] != taken["ink"]


def test_a_drag_beside_all_points_moves_none(report):
    beside, before = (report["stops"][what] for what in ("nothing dragged", "source dragged"))
    assert beside == before


@pytest.mark.parametrize("what", ["first", *MOVED[:3]])
def test_numbers_and_plan_are_those_of_the_python_that_the_page_offers(report, what):
    stop = report["stops"][what]
    assert agrees(stop["table"], rows(stop["code"], "gradient_norm", "iterations"))
    assert ways(stop) == used(stop["code"])


def test_the_python_names_what_was_moved_and_nothing_else(report):
    codes = {what: stop["code"] for what, stop in report["stops"].items()}
    assert "_replace" not in codes["first"]
    assert re.search(r"_replace\(X=\[\[-1, 0.4\], [^=]*\)\n", codes["source dragged"])
    assert re.search(r"_replace\(X=[^=]*, Y=[^=]*\)\n", codes["target moved by keys"])
    assert re.search(r"_replace\(X=[^=]*, Y=[^=]*, regularization=", codes["slider moved"])
    assert all("oe.run(oe.Sinkhorn(), problem" in code for code in codes.values())
    assert codes["reset"] == codes["first"]


def test_the_slider_moves_method_and_problem_alike(report):
    """Alone, either would leave sums that are wrong for ever."""
    stop = report["stops"]["slider moved"]
    assert stop["table"][0][-1] == "converged"
    (trace,) = traces(stop["code"])
    assert trace.problem.regularization > 0.2
    with np.errstate(all="ignore"):
        alone = oe.run(trace.method, cloud(), max_iter=60, execution="python")
    assert alone.gradient_norms[-1] > 0.1


def test_marks_are_filled_as_far_as_the_plan_serves_them(report):
    stops = report["stops"]
    for side in ("source", "target"):
        np.testing.assert_allclose(stops["slider moved"]["full"][side], 1.0, atol=0.02)
    (trace,) = traces(stops["slider moved"]["code"])
    for what, x in (("before the first round", 0 * trace.x), ("after one round", one_round(trace))):
        moved = trace.problem.plan(x)
        wanted = {"source": moved.sum(axis=1) / 4, "target": moved.sum(axis=0) / 3}
        for side, shares in wanted.items():
            seen = stops[what]["full"][side]
            np.testing.assert_allclose(seen, np.sqrt(np.minimum(shares, 4)), atol=0.02)
    np.testing.assert_allclose(stops["after one round"]["full"]["target"], 1.0, atol=0.02)
    assert max(abs(share - 1) for share in stops["after one round"]["full"]["source"]) > 0.05


def one_round(trace: Any) -> np.ndarray:
    return oe.run(trace.method, trace.problem, max_iter=1, execution="python").x


def test_a_point_stays_in_the_window(report):
    left, _, _, top = figure().scene["problems"][0]["extent"]
    held = report["stops"]["dragged far out"]["held"].replace("\N{MINUS SIGN}", "-")
    x = [float(number) for number in re.findall(r"= (-?[\d.]+)", held)]
    np.testing.assert_allclose(x, [left, top], atol=0.02)


def test_the_hint_goes_once_something_was_touched(report):
    assert report["stops"]["first"]["hint"]
    assert not report["stops"]["source dragged"]["hint"]


def test_reset_and_link_bring_states_back(report):
    stops, links = report["stops"], report["links"]
    for what in ("curve", "ink", "words", "full", "table", "code"):
        assert stops["reset"][what] == stops["first"][what], what
        assert links["link"][what] == stops["target moved by keys"][what], what
        assert links["both"][what] == stops["slider moved"][what], what


def test_a_finger_moves_a_point_and_scrolls_beside_it(report):
    phone = report["phone"]
    assert phone["dragged"]["held"].startswith("target 4, ")
    assert phone["dragged"]["scrolled"] == 0
    assert phone["elsewhere"]["held"] == phone["dragged"]["held"]
    assert phone["elsewhere"]["scrolled"] > 60
    assert phone["width"] <= 390


def test_axe_finds_nothing_and_nothing_breaks(report):
    assert report["axe"] == []
    for log in (report["log"], report["recorded"]["log"]):
        assert log["errors"] == []
        assert log["outside"] == []


def test_without_a_module_the_run_is_played_and_no_point_moves(report):
    recorded, first = report["recorded"], report["stops"]["first"]
    assert recorded["table"] == first["table"]
    assert recorded["curve"] == first["curve"]
    assert recorded["code"] == first["code"]
