"""A network over its data: the page draws what Python says, and follows the problem's beta.

`live/network.mjs` uses the figure as a reader would and reports what it saw.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import optedu as oe
from optedu.browser.live import scene as scenes
from optedu.browser.live.drawing import picture
from optedu.browser.live.networks import (
    describe_network,
    has_directions,
    has_network,
    still_network,
)
from optedu.problems.activation_patterns import sampled_patterns
from tests.browser.copied import agrees, rows, traces
from tests.browser.explored import nothing_compiles
from tests.browser.live.page import drive, write_page, write_recorded

PAGE = Path(oe.__file__).parent / "browser" / "page"


def problem(beta: float = 0.2, bias: bool = True) -> Any:
    rng = np.random.default_rng(5)
    points = rng.normal(size=(8, 2)).round(2)
    X = np.column_stack((points, np.ones(8))) if bias else points
    y = np.where(points[:, 0] * points[:, 1] > 0, 1.0, -1.0)
    return oe.problems.ConvexReLU(X, y, sampled_patterns(X, 20).active, beta)


def figure(**options: Any) -> Any:
    words = {"title": "A network", "alt": "A network over eight points."}
    panels = ["network", "arrangement", "curves"]
    return oe.explore(
        oe.ConvexNetworkADMM(), problem(), steps=60, panels=panels, quantity="value",
        code=f"__import__({__name__!r}, fromlist=['problem']).problem()",
        **({"sliders": {"beta": (0.02, 20.0, "log")}} | words | options),
    )  # fmt: skip


def in_node(script: str, data: Any) -> Any:
    head = "".join(
        f'import * as {name} from "{(PAGE / f"{name}.js").as_uri()}";'
        for name in ("network", "arrangement")
    )
    head += 'import { readFileSync } from "node:fs";'
    text = f"{head}const data = JSON.parse(readFileSync(0));console.log(JSON.stringify({script}));"
    command = ["node", "--input-type=module", "--eval", text]
    done = subprocess.run(
        command, input=json.dumps(data), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_what_is_a_network_and_what_is_not():
    assert has_network(problem())
    assert has_directions(problem())
    assert has_network(problem(bias=False))
    assert not has_directions(problem(bias=False))
    assert not has_network(oe.problems.LeastSquares([[1.0, 2.0]], [1.0]))
    assert describe_network(problem())["bias"] == 1.0


def test_a_panel_and_a_slider_that_do_not_fit_are_named(monkeypatch):
    monkeypatch.setattr(scenes, "live_module", nothing_compiles)
    bowl, words = oe.problems.Quadratic([[1.0]], [0.0]), {"title": "A", "alt": "A."}
    with pytest.raises(ValueError, match="'network' needs a network on data in the plane; Quadr"):
        oe.explore(oe.GradientDescent(0.1), bowl, [1.0], panels="network", **words)
    with pytest.raises(ValueError, match="no method and no problem has"):
        figure(sliders={"gamma": (0.1, 1.0)})
    with pytest.raises(ValueError, match="ConvexReLU refuses -1"):
        figure(sliders={"beta": (-1.0, 1.0)})
    ridge = oe.problems.SoftmaxRegression(np.eye(3), np.arange(3), 0.1)
    with pytest.raises(ValueError, match="takes a hyperparameter from it"):
        oe.explore(oe.GradientDescent(), ridge, panels="curves", sliders={"l2": (0.1, 1)}, **words)


def test_the_slider_of_the_problem_is_beside_those_of_the_method(monkeypatch):
    monkeypatch.setattr(scenes, "live_module", nothing_compiles)
    scene = figure().scene
    pair = scene["pairs"][0][0]
    assert pair["shared"] == ["beta"]
    assert pair["sliders"][0]["field"] == "beta"
    assert pair["values"]["beta"] == scene["problems"][0]["data"]["beta"]["value"] == 0.2
    assert "shared" not in figure(sliders=None).scene["pairs"][0][0]


@pytest.mark.parametrize("bias", [True, False])
def test_the_page_and_the_still_picture_say_what_the_problem_says(bias):
    p = problem(bias=bias)
    x = np.random.default_rng(1).normal(size=p.shape) * (np.arange(p.shape[0]) % 3 == 0)[:, None]
    still = still_network(p, x, (-1.0, 2.0, -2.0, 1.0))
    half = len(x) // 2
    u, v = np.meshgrid(-1 + 3 * (np.arange(6) + 0.5) / 6, 1 - 3 * (np.arange(4) + 0.5) / 4)
    Z = np.stack((u.ravel(), v.ravel(), np.ones(24)))[: p.shape[1]]
    rows_said = np.maximum(x @ Z, 0.0)
    said = rows_said[:half].sum(axis=0) - rows_said[half:].sum(axis=0)
    np.testing.assert_allclose(still.outputs(u, v).ravel(), said, atol=1e-12)
    script = (
        "(() => { const units = network.unitsOf(Float64Array.from(data.x), data.columns);"
        "return [units.length, [...network.shades(units, [-1, 2, -2, 1], 6, 4, data.bias)]]; })()"
    )
    data = {"x": x.ravel().tolist(), "columns": p.shape[1], "bias": describe_network(p)["bias"]}
    count, shades = in_node(script, data)
    assert count == np.sum(np.linalg.norm(x, axis=1) > 0)
    np.testing.assert_allclose(shades, said, rtol=1e-5, atol=1e-5)


def test_lines_end_on_the_window():
    rng = np.random.default_rng(2)
    lines, window = rng.normal(size=(40, 3)), [-1.0, 2.0, -2.0, 1.0]
    found = in_node("data.lines.map((l) => network.ends(l, data.window))",
                    {"lines": lines.tolist(), "window": window})  # fmt: skip
    corners = np.array([[x, y, 1.0] for x in window[:2] for y in window[2:]])
    for line, ends in zip(lines, found, strict=True):
        crosses = np.ptp(np.sign(corners @ line)) > 0
        assert (ends is not None) == crosses
        for end in ends or []:
            assert abs(line @ [*end, 1.0]) < 1e-9
            edges = [end[0] - window[0], end[0] - window[1], end[1] - window[2], end[1] - window[3]]
            assert min(map(abs, edges)) < 1e-9


def test_a_level_line_is_where_the_grid_has_the_level():
    columns, rows_ = 9, 7
    grid = [0.7 * c - 1.3 * r + 0.4 for r in range(rows_) for c in range(columns)]
    path = in_node("network.levelLines(data, 9, 7, 1)", grid)
    points = np.array(re.findall(r"([\d.]+) ([\d.]+)", path), dtype=float)
    assert len(points) > 10
    np.testing.assert_allclose(0.7 * points[:, 0] - 1.3 * points[:, 1] + 0.4, 1.0, atol=0.02)


def test_the_map_of_directions_keeps_areas_and_lines():
    rng = np.random.default_rng(3)
    directions = rng.normal(size=(4000, 3))
    places = np.array(in_node("data.map((u) => arrangement.mollweide(u))", directions.tolist()))
    inside = (places[:, 0] / 2) ** 2 + places[:, 1] ** 2
    assert inside.max() <= 1 + 1e-9
    # Equal areas: a share of the ellipse holds the same share of Gaussian directions.
    for share in (0.25, 0.5, 0.75):
        assert abs(np.mean(inside < share) - share) < 0.03
    row = [0.3, -1.2, 0.5]
    on = in_node("arrangement.circle(data).flat()", row)
    upright = directions - np.outer(directions @ row, row) / np.dot(row, row)
    near = np.array(in_node("data.map((u) => arrangement.mollweide(u))", upright[:60].tolist()))
    gaps = np.linalg.norm(near[:, None] - np.array(on)[None], axis=2).min(axis=1)
    assert gaps.max() < 0.06


def test_the_still_picture_is_drawn(monkeypatch):
    from PIL import Image

    monkeypatch.setattr(scenes, "live_module", nothing_compiles)
    drawn = Image.open(io.BytesIO(picture(figure(sliders=None)._scene))).convert("RGB")
    drawn = np.asarray(drawn, dtype=int)
    left = drawn[:, : drawn.shape[1] // 2]
    assert np.mean(left[:, :, 2] - left[:, :, 0] > 40) > 0.02, "blue"
    assert np.mean(left[:, :, 0] - left[:, :, 2] > 40) > 0.02, "orange"


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("network")
    write_page([figure()], folder, "network.html")
    write_recorded(figure, folder)
    return drive("network.mjs", folder)


living = [pytest.mark.compiled, pytest.mark.xdist_group("living")]


def units(stop: dict[str, Any]) -> int:
    return int(re.search(r"(\d+) units?", stop["words"])[1])


class TestLive:
    pytestmark = living

    def test_beta_changes_picture_numbers_and_python(self, report):
        first, moved = (report["stops"][what] for what in ("first", "moved by keys"))
        for what in ("words", "lines", "border", "table", "code"):
            assert first[what] != moved[what], what
        assert first["marks"] == 8
        assert first["shades"] > 100
        assert "_replace" not in first["code"]
        assert "_replace(beta=" in moved["code"]

    def test_a_large_beta_leaves_no_unit(self, report):
        none = report["stops"]["no unit"]
        assert units(none) == none["dots"] == 0
        assert none["lines"] == none["border"] == ""
        assert none["shades"] == 1

    def test_reset_brings_the_first_picture_back(self, report):
        assert report["stops"]["reset"] == report["stops"]["first"]

    @pytest.mark.parametrize("what", ["first", "moved by keys", "no unit"])
    def test_units_and_numbers_are_those_of_the_python_that_the_page_offers(self, report, what):
        stop = report["stops"][what]
        (trace,) = traces(stop["code"])
        assert units(stop) == np.sum(np.linalg.norm(trace.x, axis=1) > 0)
        assert agrees(stop["table"], rows(stop["code"], "value", "iterations"))
        right = int(re.search(r"(\d+) of 8 points", stop["words"])[1])
        still = still_network(trace.problem, trace.x, (0.0, 1.0, 0.0, 1.0))
        said = still.outputs(*still.points.T)
        assert right == np.sum(said * still.targets > 0)

    def test_moments_theme_phone_and_record(self, report):
        stops = report["stops"]
        assert stops["fourth step"]["lines"] != stops["first"]["lines"]
        assert stops["dark"]["lines"] == stops["fourth step"]["lines"]
        assert report["phone"]["words"] == stops["first"]["words"]
        assert not report["phone"]["wide"]
        assert report["recorded"]["words"] == stops["first"]["words"]
        assert report["recorded"]["directions"] == stops["first"]["directions"]

    def test_it_is_open_to_all_and_silent(self, report):
        assert report["violations"] == []
        assert report["errors"] == []
