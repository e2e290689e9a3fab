"""Sliders made from hyperparameters: everything that they can be moved to is accepted."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu import discovery
from optedu.browser.live.sliders import sliders_of
from optedu.running.run import prepare
from tests.browser.explored import WORDS, no_module, quadratic  # noqa: F401
from tests.contract.samples import samples


def made(method, problem=None, wishes=None):
    """The sliders of a method by field, on a quadratic by default."""
    problem = quadratic()[0] if problem is None else problem
    found = sliders_of(method, prepare(method, problem), problem, wishes)
    return {slider.field: slider for slider in found}


@pytest.mark.parametrize("name", discovery.methods())
def test_check_accepts_every_position_in_every_combination_of_ends(name):
    method, problem, _ = samples(name)[0]
    resolved = prepare(method, problem)
    sliders = made(method, problem)
    for slider in sliders.values():
        values = slider.values()
        assert len(values) == slider.positions >= 2
        assert np.all(np.diff(values) >= 0)
        assert slider.default in values
        assert slider.low <= slider.default <= slider.high
        kind = int if slider.integer else float
        for value in values:
            resolved._replace(**{slider.field: kind(value)})  # `check` would raise
        assert slider.integer == isinstance(getattr(resolved, slider.field), int)
    ends = [[(s.field, int(e) if s.integer else e) for e in (s.low, s.high)]
            for s in list(sliders.values())[:5]]  # fmt: skip
    for corner in itertools.product(*ends):
        resolved._replace(**dict(corner))


def test_a_step_size_is_measured_in_units_of_the_smoothness():
    problem = quadratic(condition=8.0)[0]
    L = problem.smoothness
    for method in (oe.GradientDescent(), oe.GradientDescent(0.03), oe.HeavyBall(0.03, 0.9)):
        slider = made(method, problem)["step_size"]
        assert slider.scale == "log"
        values = slider.values()
        assert values[0] == pytest.approx(1 / (32 * L))
        assert 2 / L < values[-1] < 2.5 / L
        marks = {mark["label"]: mark["value"] for mark in slider.describe()["marks"]}
        assert marks == {"1/L": 1 / L, "2/L": 2 / L}
        assert prepare(method, problem).step_size in values
        assert set(marks.values()) <= set(values)


def test_scales_follow_what_check_allows():
    sliders = made(oe.HeavyBall(0.05, 0.9))
    assert sliders["momentum"].scale == "linear"
    np.testing.assert_allclose(sliders["momentum"].values(), np.arange(100) / 100, atol=1e-9)
    assert made(oe.PolyakGradientDescent())["scale"].high == 2.0
    line = made(oe.WolfeGradientDescent())
    assert line["decrease"].scale == "log"
    assert line["first_step"].scale == "log"
    memory = made(oe.AndersonGradientDescent(memory=4))["memory"]
    assert memory.integer
    assert memory.values().tolist() == list(range(17))
    horizon = made(oe.OptimizedGradientMethod(horizon=300))["horizon"]
    assert horizon.scale == "log"
    assert set(horizon.values()) <= set(range(1, 1201))


def test_numbers_that_the_problem_dictates_and_tables_are_not_moved():
    problem = oe.problems.generators.random_least_squares(12, 4, seed=13)
    assert "components" not in made(oe.QASGD(), problem)
    assert "horizon" not in made(oe.OGMG(horizon=20))  # `thetas` are made for the horizon
    assert "degree" not in made(oe.PolynomialPreconditionedGradient())
    assert made(oe.RestartedFISTA(), samples("RestartedFISTA")[0][1]).keys() == {"step_size"}


class Hold(NamedTuple):
    x: np.ndarray


@pytest.mark.parametrize(
    ("low", "high", "value"),
    [(0.0, 1.0, 0.5), (-3.0, 2.5, 0.1), (0.25, 0.75, 0.3), (-1.0, 1e5, 7.0), (2.0, 3.0, 2.0)],
)
def test_an_interval_is_found_by_asking(low, high, value):
    @oe.method
    class Bounded(NamedTuple):
        share: float = value

        def check(self):
            if not low <= self.share <= high:
                raise ValueError(f"Bounded: share must be in [{low}, {high}], got {self.share}")

        def init(self, problem, x):
            return Hold(x)

        def step(self, problem, state):
            return Hold(self.share * state.x)

    slider = made(Bounded())["share"]
    assert slider.low == pytest.approx(low, abs=1e-6)
    assert slider.high == pytest.approx(high, rel=1e-6)
    assert slider.values()[slider.nearest(value)] == value


def test_the_author_has_the_last_word():
    figure = oe.explore(
        oe.WolfeGradientDescent(), *quadratic(),
        sliders={"curvature": (0.2, 0.8), "decrease": "linear", "first_step": None}, **WORDS,
    )  # fmt: skip
    sliders = {s["field"]: s for s in figure.scene["pairs"][0][0]["sliders"]}
    assert list(sliders) == ["curvature", "decrease"]
    assert (sliders["curvature"]["low"], sliders["curvature"]["high"]) == (0.2, 0.8)
    assert sliders["decrease"]["scale"] == "linear"
    tuned = oe.explore(
        [oe.GradientDescent(0.3), oe.HeavyBall(0.1, 0.5)], *quadratic(),
        problems=[oe.problems.Rosenbrock()], sliders={"step_size": (0.05, 0.2)}, **WORDS,
    )  # fmt: skip
    ranges = [[(p["sliders"][0]["low"], p["sliders"][0]["high"]) for p in row]
              for row in tuned.scene["pairs"]]  # fmt: skip
    assert [row[0] for row in ranges] == [(0.05, 0.3), (0.05, 0.2)]
    for row, (_, pair) in zip(ranges, tuned.scene["pairs"], strict=True):
        # On Rosenbrock such steps are far too long: the range is the method's own there.
        assert row[1][0] < pair["values"]["step_size"] < 0.002
    ordered = made(oe.HeavyBall(0.05, 0.9), wishes={"momentum": ()})
    assert list(ordered) == ["momentum", "step_size"]
    wide = made(oe.GradientDescent(), wishes={"step_size": (1e-4, 1.0)})["step_size"]
    assert wide.scale == "log"
    narrow = made(oe.GradientDescent(), wishes={"step_size": (0.02, 0.21)})["step_size"]
    assert narrow.scale == "linear"
