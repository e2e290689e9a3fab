"""The transport benchmarks' own parts: points in place of a cost, and solvers that heed nothing."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.harness.measure import measure, reference
from benchmarks.harness.race import tune
from benchmarks.harness.solvers import Answer
from benchmarks.harness.transport import gaussian_clouds, heedless, many_points, ours, points


def test_points_are_the_problem_of_their_cost():
    cloud, matrix = many_points(37, 0.05)(), gaussian_clouds(37, 0.05)()
    assert not hasattr(cloud, "C")
    for x in 0.1 * np.random.default_rng(0).normal(size=(3, 74)):
        assert cloud.value(x) == pytest.approx(matrix.value(x), rel=1e-12)
        np.testing.assert_allclose(cloud.gradient(x), matrix.gradient(x), rtol=1e-11)
    best = reference(cloud)
    assert measure(cloud, best, best).gradient_norm <= 1e-10
    assert cloud.value(best) == pytest.approx(matrix.value(reference(matrix)), rel=1e-12)


def test_a_number_of_rounds_is_all_that_is_taken():
    import optedu as oe

    solver = ours(oe.Sinkhorn, "points", points, rounds=4)
    answer = solver.prepare(many_points(30, 0.05)())(1e-12)
    assert (answer.steps, answer.counts) == (4, {"soft_transform": 4})


def test_who_heeds_no_tolerance_is_not_run_for_each_that_is_tried():
    runs = []

    def run() -> Answer:
        runs.append(len(runs))
        return Answer(np.array([0.5]), {}, 7)

    solve = heedless(run)
    solve(1e-6)
    own, answer, reached = tune(solve, lambda found: float(found.x[0]), 1e-6)
    assert (reached, answer.steps, len(runs)) == (False, 7, 1)
    solve(own), solve(own)  # as the race does, which shall be timed
    assert len(runs) == 3
