"""What a reader may change of a problem: its points, and numbers that methods took from it."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.browser.bundle import bundle
from optedu.browser.live import data
from optedu.browser.live.answers import answer
from optedu.running.run import prepare
from tests.browser.explored import WORDS, no_module  # noqa: F401
from tests.browser.test_plan import cloud, figure

PLAIN = oe.problems.EntropicTransport([[0.0, 1.0], [1.0, 0.0]], [0.5, 0.5], [0.5, 0.5], 0.1)


def shared(method, problem):
    return data.shared_fields(method, prepare(method, problem), problem)


def test_a_number_that_a_method_took_from_the_problem_is_shared():
    assert shared(oe.Sinkhorn(), PLAIN) == ["regularization"]
    assert shared(oe.OverRelaxedSinkhorn(1.5), PLAIN) == ["regularization"]
    assert shared(oe.Sinkhorn(0.1), PLAIN) == []  # the author's own, if equal
    assert shared(oe.GradientDescent(0.1), PLAIN) == []
    assert (
        oe.explore(oe.GradientDescent(0.1), PLAIN, **WORDS).scene["problems"][0].get("data") is None
    )


def test_slots_count_the_values_before_a_field():
    found = data.changeable(cloud(), ["regularization"], ["plan"])
    assert {field: entry["slot"] for field, entry in found.items()} == {
        "X": 0, "Y": 1, "regularization": 4,
    }  # fmt: skip
    assert found["Y"]["shape"] == [4, 2]
    assert found["Y"]["value"] == cloud().Y.ravel().tolist()
    assert found["regularization"]["value"] == 0.2
    assert data.changeable(cloud(), [], ["curves"]) == {}


def test_masses_and_window_are_described():
    (problem,) = figure().scene["problems"]
    assert problem["masses"] == [4.0] * 3 + [3.0] * 4
    left, right, bottom, top = problem["extent"]
    points = np.concatenate([cloud().X, cloud().Y])
    assert (points > [left, bottom]).all()
    assert (points < [right, top]).all()
    assert 0.8 <= (right - left) / (top - bottom) <= 1.6


@pytest.mark.parametrize("stretch", [[1.0, 9.0], [9.0, 1.0]])
def test_a_window_around_points_is_neither_wide_nor_high(stretch):
    problem = cloud()._replace(X=cloud().X * stretch, Y=cloud().Y * stretch)
    left, right, bottom, top = data.window_around_clouds(problem)
    assert 0.8 - 1e-9 <= (right - left) / (top - bottom) <= 1.6 + 1e-9


def test_a_kernel_answers_for_the_changed_problem():
    widget = figure()
    moved = cloud().X + [[0.1, 0.0], [0.0, 0.2], [0.0, 0.0]]
    message = {
        "kind": "run", "id": 1, "method": 0, "problem": 0, "x0": [0.0] * 7, "steps": 40, "tol": 0.0,
        "fields": {"regularization": 0.3},
        "data": {"X": moved.ravel().tolist(), "regularization": 0.3},
    }  # fmt: skip
    content, columns = answer(widget._scene, message)
    trace = oe.run(
        oe.Sinkhorn(), cloud()._replace(X=moved, regularization=0.3), max_iter=40, tol=0.0
    )
    assert content["rows"] == len(trace)
    np.testing.assert_array_equal(np.frombuffer(columns[2], "<f8"), trace.gradient_norms)
    refused, _ = answer(widget._scene, message | {"data": {"regularization": -1.0}})
    assert refused["status"] == "failed"
    assert "must be positive" in refused["message"]


def test_the_plan_needs_points_in_the_plane():
    line = oe.problems.PointCloudTransport(
        [[0.0], [1.0]], [[0.0], [1.0]], [0.5] * 2, [0.5] * 2, 0.1
    )
    for problem in (PLAIN, line):
        with pytest.raises(ValueError, match="the panel 'plan' needs points X and Y"):
            oe.explore(oe.Sinkhorn(), problem, panels="plan", **WORDS)


def test_a_method_that_takes_a_number_from_the_points_must_be_given_it(monkeypatch):
    class Knowing(type(cloud())):
        @property
        def smoothness(self):
            return float(np.sum(self.X**2))

    problem = Knowing(*cloud())
    method = oe.GradientDescent()
    with pytest.raises(ValueError, match="takes its step_size from them"):
        data.require_freedom(method, prepare(method, problem), problem)
    given = oe.GradientDescent(0.1)
    data.require_freedom(given, prepare(given, problem), problem)


def test_a_page_carries_the_forms_that_it_shows():
    whole, some, none = bundle()[0], bundle(["plan", "curves"])[0], bundle([])[0]
    assert len(none) < len(some) < len(whole)
    assert "const plan_" in some
    assert "const basins_" not in some
    assert "const basins_" in whole
    assert some.rstrip().endswith("export default main_({ curves: curves_, plan: plan_ });")
