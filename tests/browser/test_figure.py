"""The Python side of the moving figure: what is saved is what was run."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import optedu as oe
from optedu.browser.contours import OUTSIDE, TOP, window
from tests.browser import saved

WORDS = {"title": "A valley", "alt": "Two methods walk down a valley."}
VIEW = "application/vnd.jupyter.widget-view+json"


def quadratic(seed=0, dimension=2):
    """A shifted and rotated convex quadratic and a start."""
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.normal(size=(dimension, dimension)))
    A = Q @ np.diag(np.geomspace(1.0, 8.0, dimension)) @ Q.T
    problem = oe.problems.Quadratic((A + A.T) / 2, A @ rng.normal(size=dimension))
    return problem, problem.minimizer + rng.normal(size=dimension) * 2


def descend(step_size=0.1, seed=0, dimension=2, **options):
    problem, x0 = quadratic(seed, dimension)
    options = {"max_iter": 30, "tol": 1e-12} | options
    return oe.run(oe.GradientDescent(step_size), problem, x0, **options)


def state_of(figure):
    return {"scene": figure.scene, "data": figure.data, "field": figure.field}


def test_saved_columns_are_the_trace_in_single_precision():
    traces = [descend(0.05, seed=3), descend(0.1, seed=3)]
    runs = saved.runs(state_of(oe.animate(traces, **WORDS)), 0)
    for trace, run in zip(traces, runs, strict=True):
        gap = trace.values - trace.problem.minimum
        np.testing.assert_array_equal(run["clock"], trace.iterations)
        np.testing.assert_array_equal(run["measured"], gap.astype(np.float32))
        np.testing.assert_array_equal(run["path"], trace.iterates.astype(np.float32).ravel())
        np.testing.assert_array_equal(run["bound"], trace.guarantee().bound.astype(np.float32))
        assert run["label"] == trace.label
        assert run["status"] == "max iter"


def test_saved_contours_are_the_function_in_increasing_bands():
    trace = descend(seed=5)
    field = oe.animate(trace, **WORDS).scene["field"]
    heights = np.frombuffer(oe.animate(trace, **WORDS).field, "<u2")
    heights = heights.reshape(field["rows"], field["columns"])
    left, right, bottom, top = field["extent"]
    x, y = np.linspace(left, right, field["columns"]), np.linspace(bottom, top, field["rows"])
    values = np.array([[trace.problem.value(np.array([a, b])) for a in x] for b in y])
    order = np.argsort(values, axis=None)
    assert np.all(np.diff(heights.ravel()[order].astype(int)) >= 0)
    assert heights.min() == 0
    assert heights.max() == TOP == field["top"]


def test_contour_lines_lie_at_the_given_levels():
    trace, levels = descend(seed=1), [-5.0, 0.0, 4.0, 20.0]
    figure = oe.animate(trace, levels=levels, **WORDS)
    field = figure.scene["field"]
    position = np.frombuffer(figure.field, "<u2") / TOP * field["bands"]
    left, right, bottom, top = field["extent"]
    x, y = np.linspace(left, right, field["columns"]), np.linspace(bottom, top, field["rows"])
    values = np.array([trace.problem.value(np.array([a, b])) for b in y for a in x])
    band = np.searchsorted(levels, values)
    settled = np.abs(position - np.round(position)) > 1e-3
    assert settled.mean() > 0.9
    np.testing.assert_array_equal(np.floor(position)[settled], band[settled])


def test_points_where_f_is_not_finite_are_marked():
    @oe.problem
    class Barrier(oe.problems.Quadratic):
        def value(self, x):
            return np.nan if x[0] > 0 else x @ x

    trace = descend(seed=2)
    barrier = Barrier(np.eye(2), np.zeros(2))
    figure = oe.animate(trace, barrier, extent=(-1, 1, -1, 1), **WORDS)
    field = figure.scene["field"]
    heights = np.frombuffer(figure.field, "<u2").reshape(field["rows"], field["columns"])
    x = np.linspace(-1, 1, field["columns"])
    np.testing.assert_array_equal(heights == OUTSIDE, np.tile(x > 0, (field["rows"], 1)))


@pytest.mark.parametrize("seed", range(5))
def test_window_holds_every_path_and_has_equal_units(seed):
    trace = descend(0.12, seed=seed)
    left, right, bottom, top = window([trace], trace.problem)
    x, y = trace.iterates.T
    assert left < x.min()
    assert x.max() < right
    assert bottom < y.min()
    assert y.max() < top
    assert (right - left) / (top - bottom) == pytest.approx(1.2)


def test_window_is_not_blown_up_by_a_run_that_leaves():
    calm, wild = descend(0.1, seed=4), descend(0.3, seed=4)
    assert wild.status is oe.Status.DIVERGED
    left, right, _, _ = window([calm, wild], calm.problem)
    reach = np.linalg.norm(calm.iterates[0] - calm.problem.minimizer)
    assert right - left < 6 * reach < np.ptp(wild.iterates[:, 0])


def test_long_runs_keep_first_rows_last_row_and_true_clock():
    trace = descend(0.001, max_iter=4000)
    run = saved.runs(state_of(oe.animate(trace, frames=100, **WORDS)), 0)[0]
    assert len(run["clock"]) <= 100
    assert list(run["clock"][:3]) == [0, 1, 2]
    assert run["clock"][-1] == 4000
    gap = trace.values - trace.problem.minimum
    np.testing.assert_array_equal(run["measured"], gap[run["clock"].astype(int)].astype("f4"))


def test_racing_by_oracle_calls_uses_the_counts():
    trace = descend()
    figure = oe.animate(trace, against="gradients", **WORDS)
    np.testing.assert_array_equal(
        saved.runs(state_of(figure), 0)[0]["clock"], trace.calls["gradient"]
    )
    assert figure.scene["against"] == "gradient calls"


def test_mapping_gives_one_variant_per_value():
    runs = {h: [descend(h), descend(h / 2)] for h in (0.05, 0.1, 0.2)}
    figure = oe.animate(runs, parameter="step size", labels=["long", "half"], **WORDS)
    assert [variant["name"] for variant in figure.scene["variants"]] == ["0.05", "0.1", "0.2"]
    for v, traces in enumerate(runs.values()):
        found = saved.runs(state_of(figure), v)
        assert [run["label"] for run in found] == ["long", "half"]
        for trace, run in zip(traces, found, strict=True):
            np.testing.assert_array_equal(run["path"], trace.iterates.astype("f4").ravel())


def test_other_dimensions_have_curves_but_no_map():
    figure = oe.animate(descend(dimension=5), **WORDS)
    assert figure.scene["field"] is None
    assert figure.field == b""
    assert saved.runs(state_of(figure), 0)[0]["path"] is None


def test_race_is_played_like_its_traces():
    problem, x0 = quadratic()
    race = oe.race([oe.GradientDescent(0.1), oe.GradientDescent(0.05)], problem, x0, max_iter=9)
    assert oe.animate(race, **WORDS).data == oe.animate(race.traces, **WORDS).data


def test_ids_come_from_the_content():
    code = (
        "import optedu as oe, numpy as np;"
        "p = oe.problems.Quadratic(np.diag([1.0, 3.0]), np.ones(2));"
        "t = oe.run(oe.GradientDescent(0.2), p, np.zeros(2), max_iter=5);"
        "f = oe.animate(t, title='T', alt='A');"
        "print(f.model_id, f.layout.model_id, oe.animate(t, title='T', alt='B').model_id)"
    )
    outputs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert outputs[0].stdout == outputs[1].stdout
    first, layout, other = outputs[0].stdout.split()
    assert len({first, layout, other}) == 3
    twice = [oe.animate(descend(seed=9), **WORDS).model_id for _ in range(2)]
    assert twice[0] != twice[1]


class Images(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.found.append(dict(attrs))


def test_every_format_has_its_output():
    words = {"title": 'Steps "1/L" & <2/L>', "alt": 'Zigzag <here> & "there".'}
    figure = oe.animate(descend(), **words)
    data, _ = figure._repr_mimebundle_()
    expected = f"{words['title']}. {words['alt']}"
    assert data["text/plain"] == expected
    png = base64.b64decode(data["image/png"])
    assert png.startswith(b"\x89PNG")
    assert 5_000 < len(png) < 60_000
    assert data[VIEW]["model_id"] == figure.model_id
    page = Images()
    page.feed(data["text/html"])
    assert [image["alt"] for image in page.found] == [expected]
    assert page.found[0]["src"] == f"data:image/png;base64,{data['image/png']}"
    inner = re.search(rf'<script type="{re.escape(VIEW)}">(.*?)</script>', data["text/html"])
    assert json.loads(inner.group(1)) == data[VIEW]
    again, _ = figure._repr_mimebundle_()
    assert again == data


def test_importing_optedu_loads_no_widgets():
    code = (
        "import sys, optedu; optedu.animate;"
        "print([m for m in ('anywidget', 'ipywidgets', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"alt": " "}, ValueError, "needs alt="),
        ({"title": None}, ValueError, "needs title="),
        ({"runs": []}, ValueError, "nothing to play"),
        ({"runs": {}}, ValueError, "nothing to play"),
        ({"runs": [1, 2]}, TypeError, "plays a Trace"),
        ({"runs": "trace"}, TypeError, "plays a Trace"),
        ({"runs": {0.1: descend()}}, ValueError, "needs parameter="),
        ({"parameter": "step size"}, ValueError, "mapping"),
        (
            {"runs": {1: [descend()], 2: [descend(), descend()]}, "parameter": "p"},
            ValueError, "same number of runs",
        ),
        ({"labels": ["a", "b"]}, ValueError, "as many labels"),
        ({"quantity": "speed"}, ValueError, "quantity is one of"),
        ({"against": "seconds"}, ValueError, "every machine"),
        ({"against": "bananas"}, ValueError, "bananas"),
        ({"extent": (1, 0, 0, 1)}, ValueError, "left < right"),
        ({"runs": descend(dimension=3), "extent": (0, 1, 0, 1)}, ValueError, "two dimensions"),
        ({"levels": 1}, ValueError, "at least 2 bands"),
        ({"levels": [3.0, 2.0]}, ValueError, "increasing"),
        ({"frames": 1}, ValueError, "at least 2"),
    ],
)  # fmt: skip
def test_a_wrong_argument_gets_one_sentence(arguments, error, words):
    with pytest.raises(error, match=re.escape(words)) as caught:
        oe.animate(**({"runs": descend()} | WORDS | arguments))
    assert "\n" not in str(caught.value)


def luminance(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_are_readable(scheme):
    sheet = (Path(oe.__file__).parent / "browser" / "figure.css").read_text(encoding="utf-8")
    blocks = re.findall(r"\{([^}]*--oe-ink: [^}]*)\}", sheet)
    assert len(blocks) == 2
    colours = dict(re.findall(r"--oe-([a-z0-9-]+):\s*(#[0-9a-f]{6})", blocks[scheme == "dark"]))
    runs = [name for name in colours if name.startswith("run")]
    assert len(runs) == 6
    for name in ("ink", "muted", "accent", *runs):
        for ground in ("surface", "panel"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5
    for name in runs:  # on the map, where lines are graphics: WCAG asks for 3
        for ground in ("low", "high"):
            assert contrast(colours[name], colours[ground]) >= 3, (name, ground)
