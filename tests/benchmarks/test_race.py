"""Turns, own tolerances and the clock, by hand: nothing here looks at real time."""

from __future__ import annotations

import gc

import pytest

from benchmarks.harness.race import STEPS_OF_TOLERANCE, Seconds, race, timed, tune


class Clock:
    """A clock that a contestant moves by hand."""

    def __init__(self):
        self.wall = self.processor = 0.0

    def __call__(self):
        return Seconds(self.wall, self.processor)

    def spend(self, processor, waiting=0.0):
        self.processor += processor
        self.wall += processor + waiting


def test_contestants_take_turns_and_each_round_begins_with_the_next():
    order = []
    contestants = {name: lambda name=name: order.append(name) for name in "abc"}
    seconds = race(contestants, 4, Clock())
    assert "".join(order) == "abcbcacababc"
    assert {name: len(times) for name, times in seconds.items()} == {"a": 4, "b": 4, "c": 4}


def test_each_is_charged_for_its_own_time_by_both_clocks():
    clock = Clock()
    costs = {"slow": (5.0, 1.0), "quick": (0.25, 8.0)}
    contestants = {name: lambda cost=cost: clock.spend(*cost) for name, cost in costs.items()}
    seconds = race(contestants, 3, clock)
    assert seconds["slow"] == [Seconds(6.0, 5.0)] * 3
    assert seconds["quick"] == [Seconds(8.25, 0.25)] * 3


def test_rubbish_is_not_collected_while_the_clock_runs():
    assert timed(gc.isenabled)[1] is False
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        timed(lambda: 1 / 0)
    assert gc.isenabled()


def test_an_overshooting_solver_is_asked_for_less():
    asked = []

    def solve(own):
        asked.append(own)
        return own / 50  # it is fifty times more accurate than asked

    own, answer, reached = tune(solve, lambda error: error, 1e-6)
    assert reached
    assert own == pytest.approx(1e-5)
    assert answer <= 1e-6
    assert asked == [own]


def test_a_careless_solver_is_asked_for_more_and_no_more_than_needed():
    own, answer, reached = tune(lambda own: 20 * own, lambda error: error, 1e-6)
    assert reached
    assert answer <= 1e-6 < 20 * own * 10**0.5
    assert own == pytest.approx(1e-6 * 10**-1.5)


def test_a_solver_that_cannot_is_told_apart_and_keeps_its_best():
    _, answer, reached = tune(lambda own: max(own, 3e-6), lambda error: error, 1e-6)
    assert not reached
    assert answer == 3e-6
    assert tune(lambda own: own, lambda error: float("nan"), 1e-6) == (
        1e-6,
        pytest.approx(1e-6 * STEPS_OF_TOLERANCE[-1]),
        False,
    )


def test_a_slow_solver_that_misses_is_not_asked_again(monkeypatch):
    asked = []

    def solve(own):
        asked.append(own)
        return 3e-6

    for patience, times in ((3600.0, len(STEPS_OF_TOLERANCE)), (-1.0, 1)):
        monkeypatch.setattr("benchmarks.harness.race.PATIENCE", patience)
        asked.clear()
        assert tune(solve, lambda error: error, 1e-6)[2] is False
        assert len(asked) == times
