"""The Python side of the living figure: what it sends is what was asked, and what `run` gives."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys

import numpy as np
import pytest

import optedu as oe
from optedu.browser.contours import rim_of
from optedu.browser.live.arguments import PANELS
from tests.browser.explored import (
    ALONE,
    WORDS,
    explored,
    no_module,  # noqa: F401
    quadratic,
    recorded_run,
)

VIEW = "application/vnd.jupyter.widget-view+json"


def test_recorded_runs_are_the_race_bit_for_bit():
    problem, x0 = quadratic(seed=3)
    methods = [oe.GradientDescent(), oe.HeavyBall(0.1, 0.5), oe.ConjugateGradient()]
    figure = oe.explore(methods, problem, x0, steps=40, tol=1e-9, **WORDS)
    race = oe.race(methods, problem, x0, max_iter=40, tol=1e-9)
    for n, trace in enumerate(race):
        run = recorded_run(figure, n)
        np.testing.assert_array_equal(run["iterations"], trace.iterations)
        np.testing.assert_array_equal(run["values"], trace.values)
        np.testing.assert_array_equal(run["certificates"], trace.gradient_norms)
        np.testing.assert_array_equal(run["iterates"], trace.iterates)
        for column, name in zip(run["calls"].T, figure.scene["recorded"]["oracles"], strict=True):
            np.testing.assert_array_equal(column, trace.calls.get(name, 0 * trace.iterations))
        assert (run["status"], run["message"]) == (trace.status.value, trace.message)
        assert (run["method"], run["problem"]) == (n, 0)
        assert run["steps"] == trace.iterations[-1]


def test_nothing_is_recorded_for_a_pair_that_has_a_module(monkeypatch):
    class Module:
        wasm, interface = b"wasm", {"oracles": ["gradient"]}

    def half(pairs, objectives, oracles):
        return Module, {(1, 0): "cannot be compiled"}

    monkeypatch.setattr("optedu.browser.live.scene.live_module", half)
    figure = explored()
    assert [run["method"] for run in figure.scene["recorded"]["runs"]] == [1]
    assert [row[0]["reason"] for row in figure.scene["pairs"]] == [None, "cannot be compiled"]
    assert (figure.module, figure.interface) == (b"wasm", {"oracles": ["gradient"]})
    monkeypatch.setattr("optedu.browser.live.scene.live_module", lambda *_: (Module, {}))
    alive = explored()
    assert alive.scene["recorded"] is None
    assert alive.recorded == b""
    assert alive.scene["problems"][0]["field"] is None


def test_long_runs_keep_the_early_rows_and_the_last():
    problem, x0 = quadratic(condition=500.0)
    method = oe.GradientDescent(1e-4)
    figure = oe.explore(method, problem, x0, steps=3000, tol=0.0, **WORDS)
    run, trace = recorded_run(figure, 0), oe.run(method, problem, x0, max_iter=3000, tol=0.0)
    assert len(run["iterations"]) <= 300
    assert list(run["iterations"][:3]) == [0, 1, 2]
    assert run["iterations"][-1] == 3000
    np.testing.assert_array_equal(run["values"], trace.values[run["iterations"].astype(int)])


def test_the_scene_describes_problems_as_they_are():
    problem, x0 = quadratic(seed=1)
    figure = oe.explore(
        oe.GradientDescent(), problem, x0,
        problems={"valley": problem, "banana": oe.problems.Rosenbrock()}, **WORDS,
    )  # fmt: skip
    scene = figure.scene
    assert [p["label"] for p in scene["problems"]] == ["valley", "banana"]
    assert scene["problem"] == 0
    valley, banana = scene["problems"]
    assert valley["minimum"] == problem.minimum
    assert valley["minimizer"] == problem.minimizer.tolist()
    assert valley["start"] == x0.tolist()
    assert valley["smoothness"] == problem.smoothness
    assert banana["start"] == [-1.2, 1.0]
    assert banana["extent"] == list(oe.problems.Rosenbrock.extent)
    assert banana["smoothness"] is None
    left, right, bottom, top = valley["extent"]
    run = recorded_run(figure, 0)["iterates"]
    assert np.all((run > [left, bottom]) & (run < [right, top]))


def test_values_are_the_resolved_hyperparameters():
    problem, x0 = quadratic(seed=2)
    methods = [oe.HeavyBall(), oe.BarzilaiBorwein(short=True), oe.OGMG(horizon=9)]
    pairs = oe.explore(methods, problem, x0, **WORDS).scene["pairs"]
    for method, (pair,) in zip(methods, pairs, strict=True):
        resolved = method.resolve(problem)._asdict()
        numbers = {f: v for f, v in resolved.items() if not isinstance(v, np.ndarray)}
        assert pair["values"] == numbers
    assert pairs[1][0]["given"]["short"] == 1
    assert set(pairs[2][0]["given"]) == {"horizon"}


@pytest.mark.parametrize(
    "method",
    [
        oe.HeavyBall(),
        oe.HeavyBall(step_size=0.07),
        oe.NesterovStronglyConvex(),
        oe.QuasarAcceleration(0.7),
        oe.OptimizedGradientMethod(horizon=20),
        oe.PolynomialPreconditionedGradient(
            curvature=[[2.0, 0.5], [0.5, 1.0]], relative_smoothness=3.0
        ),
        oe.BarzilaiBorwein(short=True),
    ],
)
def test_the_copied_call_means_what_the_page_computes(method):
    """Move any slider: the fields that the contract makes a reader write resolve to the page's."""
    problem, x0 = quadratic(seed=4)
    scene = oe.explore(method, problem, x0, **WORDS).scene
    pair, name = scene["pairs"][0][0], scene["methods"][0]["code"]
    assert pair["sliders"]
    for slider in pair["sliders"]:
        fields = pair["values"] | {slider["field"]: slider["low"]}
        written = {f: repr(v) for f, v in fields.items()
                   if f in pair["given"] or v != pair["values"][f]} | pair["fixed"]  # fmt: skip
        call = f"{name}({', '.join(f'{f}={text}' for f, text in written.items())})"
        resolved = eval(call, {"oe": oe, "np": np})
        resolved = resolved.resolve(problem) if hasattr(resolved, "resolve") else resolved
        for field, value in fields.items():
            assert getattr(resolved, field) == value, (call, field)


def test_methods_of_the_menu_come_after_those_shown():
    figure = explored(menu={"Polyak": oe.PolyakGradientDescent, "CG": oe.ConjugateGradient()})
    assert figure.scene["chosen"] == [0, 1]
    names = [method["name"] for method in figure.scene["methods"]]
    assert names == ["GradientDescent", "HeavyBall", "PolyakGradientDescent", "ConjugateGradient"]
    assert [m["label"] for m in figure.scene["methods"]][2:] == ["Polyak", "CG"]
    assert [m["family"] for m in figure.scene["methods"]][:2] == ["gradient", "acceleration"]
    assert figure.scene["methods"][1]["code"] == "oe.HeavyBall"


def test_labels_are_words_and_tell_equals_apart():
    problem, x0 = quadratic()
    shown = [oe.GradientDescent(0.1), oe.GradientDescent(0.05), oe.NesterovAcceleration]
    labels = [m["label"] for m in oe.explore(shown, problem, x0, **WORDS).scene["methods"]]
    assert labels == [
        "GradientDescent(step_size=0.1)", "GradientDescent(step_size=0.05)",
        "Nesterov acceleration",
    ]  # fmt: skip
    figure = oe.explore({"long": shown[0], "short": shown[1]}, problem, x0, **WORDS)
    assert [m["label"] for m in figure.scene["methods"]] == ["long", "short"]


def test_a_pair_that_cannot_run_says_why():
    problem, _ = quadratic()
    lasso = oe.problems.generators.random_lasso(2, 5.0, seed=1)
    figure = oe.explore(oe.ProximalGradient(), lasso, [1.0, 1.0], problems=[problem], **WORDS)
    alive, dead = figure.scene["pairs"][0]
    assert alive["possible"]
    assert alive["reason"] == ALONE
    assert not dead["possible"]
    assert dead["reason"] == (
        "ProximalGradient calls problem.prox, which Quadratic does not have "
        "(it has value, gradient, hessian, hessian_product, coordinate_gradient)"
    )


def test_step_sizes_on_other_problems_keep_their_relation_to_the_curvature():
    problem, x0 = quadratic()
    sharper = oe.problems.Quadratic(8 * problem.A, problem.b)
    flatter, banana = oe.problems.Matyas(), oe.problems.Rosenbrock()
    figure = oe.explore(
        [oe.GradientDescent(0.2), oe.GradientDescent], problem, x0,
        problems=[problem, sharper, flatter, banana], **WORDS,
    )  # fmt: skip
    given, default = (
        [pair["values"]["step_size"] for pair in row] for row in figure.scene["pairs"]
    )
    relation = 0.2 * problem.smoothness
    assert given[0] == 0.2
    for step, other in zip(given[1:3], (sharper, flatter), strict=True):
        assert step * other.smoothness == pytest.approx(relation, rel=0.05)
    assert default[:3] == [1 / p.smoothness for p in (problem, sharper, flatter)]
    # Rosenbrock knows no L: the largest curvature at its start and minimizer stands in.
    curvature = max(
        np.linalg.eigvalsh(banana.hessian(x))[-1] for x in (banana.start, banana.minimizer)
    )
    assert default[3] * curvature == pytest.approx(1.0, rel=0.05)
    assert given[3] * curvature == pytest.approx(relation, rel=0.05)
    assert figure.scene["pairs"][1][3]["given"] == {"step_size": default[3]}
    trace = oe.run(oe.GradientDescent(default[3]), banana, max_iter=200)
    assert np.all(np.diff(trace.values) < 0)


def test_panels_follow_the_dimension():
    assert explored().scene["panels"] == ["map", "curves"]
    assert explored(dimension=3).scene["panels"] == ["curves"]
    one = oe.explore(oe.GradientDescent(), oe.problems.HeavyBallCycle(), **WORDS)
    assert one.scene["panels"] == ["landscape", "curves"]
    low, high = one.scene["problems"][0]["extent"]
    assert low < 0.0 < 3.3 < high
    assert explored(panels=["curves", "spectrum"]).scene["panels"] == ["curves", "spectrum"]


def test_quantities_are_those_that_can_be_measured():
    keys = [q["key"] for q in explored().scene["quantities"]]
    assert keys == [
        "gap", "best_gap", "gradient_norm", "best_gradient_norm", "distance", "value",
    ]  # fmt: skip
    blind = oe.Problem.from_functions(lambda x: x @ x, gradient=lambda x: 2 * x)
    scene = oe.explore(oe.GradientDescent(0.1), blind, [1.0, 2.0], **WORDS).scene
    assert [q["key"] for q in scene["quantities"]] == [
        "gradient_norm", "best_gradient_norm", "value",
    ]  # fmt: skip
    assert scene["quantity"] == "gradient_norm"
    assert explored().scene["quantity"] == "gap"
    assert [a["key"] for a in explored(menu=oe.ConjugateGradient()).scene["againsts"]] == [
        "iterations", "gradient", "hessian_product",
    ]  # fmt: skip


def test_the_certificate_is_named_after_what_the_methods_are_judged_by():
    simplex = oe.problems.Simplex()
    problem = oe.problems.Constrained(quadratic()[0], simplex)
    projected = oe.ProjectedGradientDescent(0.1)
    for methods, name in (
        ([projected], "projected-gradient residual"),
        ([oe.FrankWolfe()], "Frank-Wolfe gap"),
        ([oe.FrankWolfe(), projected], "certificate of each"),
    ):
        scene = oe.explore(methods, problem, [0.5, 0.5], quantity="gradient_norm", **WORDS).scene
        assert scene["problems"][0]["certificate"] == name
        labels = {q["key"]: q["label"] for q in scene["quantities"]}
        assert labels["best_gradient_norm"] == f"smallest {name}"


def test_the_recorded_ground_is_the_function():
    problem, x0 = quadratic(seed=7)
    lines = [-1.0, 0.0, 2.0, 8.0]
    figure = oe.explore(oe.GradientDescent(), problem, x0, levels=lines, **WORDS)
    field = figure.scene["problems"][0]["field"]
    heights = np.frombuffer(figure.recorded, "<f8")[field["heights"][0] :][: field["heights"][1]]
    left, right, bottom, top = field["extent"]
    x, y = np.linspace(left, right, field["columns"]), np.linspace(bottom, top, field["rows"])
    values = np.array([problem.value(np.array([a, b])) for b in y for a in x])
    settled = np.abs(heights - np.round(heights)) > 1e-3
    assert settled.mean() > 0.9
    band = np.searchsorted(lines, values)
    np.testing.assert_array_equal(np.floor(heights)[settled], band[settled])
    one = oe.explore(oe.GradientDescent(), oe.problems.HeavyBallCycle(), **WORDS)
    field = one.scene["problems"][0]["field"]
    heights = np.frombuffer(one.recorded, "<f8")[field["heights"][0] :][: field["heights"][1]]
    points = np.linspace(*field["extent"], field["columns"])
    cycle = oe.problems.HeavyBallCycle()
    np.testing.assert_array_equal(heights, [cycle.value(np.array([t])) for t in points])


def test_contours_may_be_those_of_another_function():
    P = oe.problems
    apart = P.DouglasRachford(P.L2Ball([0.0, 0.0], 2.0), P.HalfSpace([-1.0, -0.5], -4.0))
    height = oe.Problem.from_functions(lambda x: float(x @ x))
    figure = oe.explore(
        oe.FixedPointIteration(1.0), apart, [3.0, -6.0], contours=height,
        extent=(-4.0, 8.0, -8.0, 4.0), **WORDS,
    )  # fmt: skip
    assert figure.scene["panels"] == ["map", "curves"]
    field = figure.scene["problems"][0]["field"]
    numbers = np.frombuffer(figure.recorded, "<f8")[field["heights"][0] :]
    heights = numbers[: field["heights"][1]].reshape(field["rows"], field["columns"])
    row, column = np.unravel_index(np.argmin(heights), heights.shape)
    assert np.linspace(-4.0, 8.0, field["columns"])[column] == pytest.approx(0.0, abs=0.07)
    assert np.linspace(-8.0, 4.0, field["rows"])[row] == pytest.approx(0.0, abs=0.08)


def test_inputs_are_not_written_to():
    problem, x0 = quadratic()
    x0.flags.writeable = False
    before = x0.copy()
    oe.explore(oe.GradientDescent(), problem, x0, **WORDS)
    np.testing.assert_array_equal(x0, before)
    oe.explore(oe.GradientDescent(), problem, x0.astype(np.float32)[::1].tolist(), **WORDS)


def test_ids_come_from_the_content():
    code = (
        "import optedu as oe, numpy as np; from optedu.browser.live import scene;"
        "scene.live_module = lambda *_: (None, {});"
        "p = oe.problems.Quadratic(np.diag([1.0, 3.0]), np.ones(2));"
        "f = oe.explore(oe.GradientDescent(0.2), p, steps=5, title='T', alt='A');"
        "g = oe.explore(oe.GradientDescent(0.2), p, steps=5, title='T', alt='B');"
        "print(f.model_id, f.layout.model_id, g.model_id)"
    )
    outputs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert outputs[0].stdout == outputs[1].stdout
    first, layout, other = outputs[0].stdout.split()
    assert len({first, layout, other}) == 3
    twice = [explored(seed=9).model_id for _ in range(2)]
    assert twice[0] != twice[1]
    assert explored(seed=9).scene["id"] == explored(seed=9).scene["id"]


def test_the_scene_is_json_without_infinities():
    methods = [oe.AcceleratedInfeasibilityDetection(radius=np.inf)]
    problem = oe.problems.AffineMap([[0.6, -0.8], [0.8, 0.6]], [1.0, -2.0])
    figure = oe.explore(methods, problem, [1.0, 1.0], **WORDS)
    pair = figure.scene["pairs"][0][0]
    assert pair["values"] == {}
    assert pair["fixed"] == {"radius": "np.inf"}
    assert json.loads(json.dumps(figure.scene, allow_nan=False)) == figure.scene


def test_every_format_has_its_output():
    words = {"title": 'Steps "1/L" & <2/L>', "alt": 'Zigzag <here> & "there".'}
    figure = explored(**words)
    data, _ = figure._repr_mimebundle_()
    expected = f"{words['title']}. {words['alt']}"
    assert data["text/plain"] == expected
    png = base64.b64decode(data["image/png"])
    assert png.startswith(b"\x89PNG")
    assert 5_000 < len(png) < 60_000
    assert data[VIEW]["model_id"] == figure.model_id
    inner = re.search(rf'<script type="{re.escape(VIEW)}">(.*?)</script>', data["text/html"])
    assert inner is not None
    assert json.loads(inner.group(1)) == data[VIEW]
    assert figure._repr_mimebundle_()[0] == data


@pytest.mark.parametrize("kind", ["landscape", "set", "curves"])
def test_each_still_picture_is_drawn(kind):
    P = oe.problems
    ball = P.Constrained(quadratic()[0], P.L2Ball([0.0, 0.0], 0.5))
    figures = {
        "landscape": lambda: oe.explore(oe.HeavyBall(1 / 9, 4 / 9), P.HeavyBallCycle(), **WORDS),
        "set": lambda: oe.explore(oe.ProjectedGradientDescent(0.1), ball, [1.0, -1.2], **WORDS),
        "curves": lambda: explored(dimension=4, against="gradients", quantity="distance"),
    }
    png = base64.b64decode(figures[kind]()._repr_mimebundle_()[0]["image/png"])
    assert png.startswith(b"\x89PNG")
    assert len(png) > 5_000


def test_importing_optedu_loads_no_widgets():
    code = (
        "import sys, optedu; optedu.explore;"
        "print([m for m in ('anywidget', 'ipywidgets', 'matplotlib', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


ROSENBROCK = oe.problems.Rosenbrock()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"alt": " "}, ValueError, "needs alt="),
        ({"title": None}, ValueError, "needs title="),
        ({"methods": []}, ValueError, "at least one method"),
        ({"methods": [oe.GradientDescent(0.1)] * 7}, ValueError, "at most 6"),
        ({"methods": "GradientDescent"}, TypeError, "list of methods"),
        ({"methods": [3]}, TypeError, "got int"),
        ({"methods": oe.CenterOfGravity}, TypeError, "write CenterOfGravity(radius=...)"),
        (
            {"methods": oe.GradientDescent(), "problem": ROSENBROCK},
            ValueError,
            "smoothness is unkn",
        ),
        ({"methods": oe.ProximalGradient(0.1)}, TypeError, "problem.prox"),
        ({"problem": oe.problems.Quadratic}, TypeError, "write Quadratic(...)"),
        ({"problem": 3.0}, TypeError, "none of the oracles"),
        ({"problems": ROSENBROCK}, TypeError, "list of problems"),
        ({"problems": [3.0]}, TypeError, "none of the oracles"),
        ({"x0": [1.0, 2.0, 3.0]}, ValueError, "expects (2,)"),
        ({"x0": [1.0, np.nan]}, ValueError, "finite"),
        ({"x0": {"valley": [1.0, 2.0]}}, ValueError, "no problem 'valley'"),
        ({"labels": ["a"]}, ValueError, "as many labels"),
        ({"menu": 4}, TypeError, "menu="),
        ({"panels": "plot"}, ValueError, ", ".join(PANELS)),
        ({"panels": []}, ValueError, "one or more"),
        ({"panels": ["map", "map"]}, ValueError, "different"),
        ({"panels": "landscape"}, ValueError, "one dimension"),
        ({"panels": "simplex"}, ValueError, "three dimensions"),
        ({"panels": "matrix"}, ValueError, "a matrix"),
        ({"steps": 0}, ValueError, "steps must be an integer of at least 1"),
        ({"steps": 2.5}, ValueError, "steps must be an integer"),
        ({"tol": -1.0}, ValueError, "tol must be"),
        ({"seed": -1}, ValueError, "seed must be"),
        ({"quantity": "speed"}, ValueError, "quantity is one of"),
        ({"against": "seconds"}, ValueError, "every machine"),
        ({"against": "hessian"}, ValueError, "'iterations', 'gradient'"),
        ({"extent": (1, 0, 0, 1)}, ValueError, "left < right"),
        ({"extent": (0, 1)}, ValueError, "(left, right, bottom, top)"),
        ({"levels": 1}, ValueError, "at least 2"),
        ({"levels": [3.0, 2.0]}, ValueError, "increasing"),
        ({"sliders": "speed"}, ValueError, "no method and no problem has"),
        ({"sliders": {"step_size": (1.0, 0.5)}}, ValueError, "low < high"),
        ({"sliders": {"momentum": (0.5, 1.5)}}, ValueError, "HeavyBall refuses 1.5"),
        ({"contours": 3}, TypeError, "no value oracle"),
        ({"contours": {"hill": ROSENBROCK}}, ValueError, "no problem 'hill'"),
    ],
)
def test_a_wrong_argument_gets_one_sentence(arguments, error, words):
    problem, x0 = quadratic()
    usual = {"methods": [oe.GradientDescent(0.1), oe.HeavyBall(0.1, 0.5)], "problem": problem}
    with pytest.raises(error, match=re.escape(words)) as caught:
        oe.explore(**(usual | {"x0": x0} | WORDS | arguments))
    assert "\n" not in str(caught.value)


def test_a_problem_without_a_start_or_a_value_is_told():
    blind = oe.Problem.from_functions(gradient=lambda x: 2 * x)
    with pytest.raises(ValueError, match="no usual start"):
        oe.explore(oe.GradientDescent(0.1), blind, **WORDS)
    with pytest.raises(ValueError, match="pass contours="):
        oe.explore(oe.GradientDescent(0.1), blind, [1.0, 1.0], panels="map", **WORDS)
    with pytest.raises(ValueError, match="minimizer"):
        oe.explore(oe.GradientDescent(0.1), blind, [1.0, 1.0], quantity="distance", **WORDS)


def test_the_border_of_a_feasible_set_is_drawn_with_its_atoms():
    bowl = oe.problems.Quadratic([[2.0, 0.3], [0.3, 1.0]], [1.0, 2.0])
    square = oe.problems.Constrained(bowl, oe.problems.Box([-1.0, 0.0], [1.0, 0.5]))
    rim = rim_of(square)
    corners = {(-1.0, 0.0), (1.0, 0.0), (1.0, 0.5), (-1.0, 0.5)}
    assert {tuple(corner) for corner in rim} == corners
    (a, b), (c, d) = (np.roll(rim, -1, 0) - rim).T, (np.roll(rim, -2, 0) - np.roll(rim, -1, 0)).T
    assert (a * d - b * c > 0).all()  # once around, to the left at each corner
    disk = rim_of(oe.problems.Constrained(bowl, oe.problems.L2Ball([1.0, -1.0], 0.7)))
    assert np.linalg.norm(disk - [1.0, -1.0], axis=1) == pytest.approx(np.full(90, 0.7))
    assert rim_of(bowl) is None
