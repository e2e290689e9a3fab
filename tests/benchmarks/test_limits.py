"""The physical limit: arithmetic of works and rates, and rates that a machine can have."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.harness import limits
from benchmarks.harness.limits import Rates, Work

RATES = Rates(flops=1e10, bytes=1e9, exps=1e8)


@pytest.mark.parametrize(
    ("work", "seconds"),
    [
        (Work(1e10, 1e8, 1e6), 1.0),  # arithmetic
        (Work(1e8, 3e9, 1e6), 3.0),  # memory
        (Work(1e8, 1e8, 5e8), 5.0),  # exponentials
        (Work(0, 0, 0), 0.0),
    ],
)
def test_the_scarcest_of_the_three_decides(work, seconds):
    assert limits.limit(work, RATES) == seconds


def test_a_run_is_the_sum_of_its_calls():
    works = {"gradient": Work(0, 1e9, 0), "hessian": Work(1e11, 1e9, 0)}
    assert limits.least_seconds({"gradient": 3, "hessian": 2}, works, RATES) == 3 + 20
    assert limits.least_seconds({}, works, RATES) == 0


def test_a_call_without_a_work_model_is_not_passed_over():
    with pytest.raises(KeyError, match="jacobian"):
        limits.least_seconds({"jacobian": 1}, {"gradient": Work(1, 1, 1)}, RATES)


def test_better_takes_the_higher_of_each():
    assert limits.better(RATES, Rates(2e10, 1e8, 3e8)) == Rates(2e10, 1e9, 3e8)


def test_calibration_counts_what_it_does(monkeypatch):
    """With a clock by which every call takes a second the rates are the amounts."""
    monkeypatch.setattr(limits, "_best", lambda call, repeats: (call(), 1.0)[1])
    assert limits.calibrate(8_000, order=30) == Rates(2 * 30**3, 8_000, 20_000)


def test_the_best_repeat_counts(monkeypatch):
    ticks = iter([0.0, 3.0, 10.0, 11.0, 20.0, 25.0])
    monkeypatch.setattr(limits.time, "process_time", lambda: next(ticks))
    assert limits._best(lambda: None, 3) == 1.0


def test_a_real_calibration_is_finite_and_positive():
    rates = limits.calibrate(2**20, repeats=2, order=100)
    assert all(np.isfinite(rate) and rate > 0 for rate in rates)
