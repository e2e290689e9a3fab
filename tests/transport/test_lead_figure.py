"""What the chapter says about its first figure: a heap of eight sources, two rings of targets."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.problems.transport_plans import optimal_plan

UPPER = 7  # targets of the upper ring come first
FAR_LEFT, RIGHT_END = 4, 0


def ring(count, middle, radius, turn):
    angle = turn + 2 * np.pi * np.arange(count) / count
    return np.round(middle + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1), 2)


HEAP = ring(8, [-0.9, 0.0], 0.6, 0.2)
PITS = np.concatenate([ring(UPPER, [0.85, 0.7], 0.42, 0.2), ring(5, [0.95, -0.75], 0.34, 0.5)])
MASSES = np.full(8, 3.0), np.full(12, 2.0)


def solved(t, X=HEAP, rounds=150):
    problem = oe.problems.PointCloudTransport(X, PITS, *MASSES, t)
    trace = oe.run(oe.Sinkhorn(), problem, max_iter=rounds, tol=1e-9, execution="python")
    return trace, problem.plan(trace.x)


def serving_both(plan):
    """Sources with a line to both rings, as the figure draws lines."""
    used = plan >= 0.01 * 2
    return np.flatnonzero(used[:, :UPPER].any(axis=1) & used[:, UPPER:].any(axis=1)).tolist()


def test_it_is_the_first_figure_of_the_chapter():
    assert HEAP[FAR_LEFT, 0] == HEAP[:, 0].min()
    assert HEAP[RIGHT_END, 0] == HEAP[:, 0].max()
    assert MASSES[0].sum() == MASSES[1].sum()
    assert MASSES[1][:UPPER].sum() == 14


@pytest.mark.parametrize("to", [None, (0.9, 0.7), (0.5, 0.6), (0.2, 0.6)])
def test_one_source_serves_both_rings_and_another_takes_its_place(to):
    X = HEAP.copy()
    if to is not None:
        X[FAR_LEFT] = to
    expected = [FAR_LEFT if to is None else RIGHT_END]
    assert serving_both(solved(0.05, X)[1]) == expected
    cost = ((X[:, None] - PITS) ** 2).sum(axis=2)
    best = optimal_plan(cost, *MASSES)
    assert serving_both(best) == expected
    np.testing.assert_allclose(best, np.round(best), atol=1e-9)  # whole units


def test_much_regularization_is_found_in_six_rounds_and_uses_all_ways():
    trace, plan = solved(4.0)
    assert (trace.iterations[-1], trace.status.value) == (6, "converged")
    assert np.all(plan >= 0.01 * 2)


def test_little_regularization_uses_less_than_a_quarter_and_is_slow():
    trace, plan = solved(0.02)
    assert trace.gradient_norms[-1] > 1e-3
    assert np.sum(plan >= 0.01 * 2) < 96 / 4
    assert np.sum(solved(0.02, rounds=600)[1] >= 0.01 * 2) < 96 / 4


def test_targets_are_full_from_the_first_round_on():
    for rounds in (1, 2, 10):
        _, plan = solved(0.1, rounds=rounds)
        np.testing.assert_allclose(plan.sum(axis=0), 2.0, rtol=1e-12)
        assert np.abs(plan.sum(axis=1) - 3.0).max() > 0.1
