"""The common measure: what it is, and that it depends on the point alone."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.harness.measure import measure, reference
from tests.benchmarks.small import OBJECTIVES, logistic, quadratic


@pytest.mark.parametrize("kind", OBJECTIVES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_reference_is_a_minimizer(kind, seed):
    objective = OBJECTIVES[kind](seed)
    x = reference(objective)
    first = np.linalg.norm(objective.gradient(objective.start))
    assert np.linalg.norm(objective.gradient(x)) <= 1e-13 * first
    rng = np.random.default_rng(seed)
    for _ in range(20):
        assert objective.gap(x + 1e-3 * rng.standard_normal(x.size), x) > 0


def test_the_reference_of_a_quadratic_solves_its_system():
    objective = quadratic()
    np.testing.assert_allclose(
        reference(objective), np.linalg.solve(objective.A, objective.b), rtol=1e-11
    )


def test_the_reference_refuses_what_it_cannot_reach():
    with pytest.raises(ArithmeticError, match="gradient norm"):
        reference(logistic(), steps=1)


def test_the_measure_of_the_start_is_one_and_of_the_reference_zero():
    objective = logistic()
    best = reference(objective)
    at_start = measure(objective, objective.start, best)
    assert at_start.gradient_norm == 1.0
    assert at_start.gap == pytest.approx(
        objective.value(objective.start) - objective.value(best), rel=1e-12
    )
    there = measure(objective, best, best)
    assert there.gradient_norm <= 1e-13
    assert there.gap == 0.0


def test_the_measure_is_quadratic_in_the_distance():
    objective = quadratic()
    best = reference(objective)
    direction = np.random.default_rng(0).standard_normal(best.size)
    for size in (1e-2, 1e-5, 1e-8):
        found = measure(objective, best + size * direction, best)
        assert found.gap == pytest.approx(
            0.5 * size**2 * direction @ objective.A @ direction, rel=1e-5
        )


def test_what_is_not_a_point_has_no_measure():
    objective = quadratic()
    best = reference(objective)
    for wrong in (np.full(best.size, np.nan), best[1:], np.append(best[1:], np.inf)):
        assert np.isnan(measure(objective, wrong, best)).all()


def test_lists_and_float32_are_measured_in_float64():
    objective = quadratic()
    best = reference(objective)
    rounded = best.astype(np.float32)
    assert measure(objective, rounded, best) == measure(objective, list(map(float, rounded)), best)
    assert 1e-9 < measure(objective, rounded, best).gradient_norm < 1e-5
