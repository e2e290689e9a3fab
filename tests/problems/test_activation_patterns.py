"""Activation patterns: counted by the formula, and against massive sampling."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from optedu.problems.activation_patterns import all_patterns, count_patterns, sampled_patterns


def columns(active):
    return {column.tobytes() for column in active.astype(bool).T}


def empty_is_a_pattern(X):
    """Whether some u has X u < 0 in each row, by a linear program."""
    n, d = X.shape
    found = linprog(np.zeros(d), A_ub=X, b_ub=-np.ones(n), bounds=(None, None))
    return found.status == 0


@pytest.mark.parametrize(
    ("n", "d"), [(1, 1), (6, 1), (5, 2), (12, 2), (9, 3), (7, 4), (6, 6), (3, 5)]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_count_in_general_position(n, d, seed):
    X = np.random.default_rng([seed, n, d]).standard_normal((n, d)) + 0.2
    found = all_patterns(X).active.shape[1]
    assert found == count_patterns(n, min(n, d)) - empty_is_a_pattern(X)
    if seed == 0:
        with_ones = np.column_stack((X, np.ones(n)))
        found = all_patterns(with_ones).active.shape[1]
        assert found == count_patterns(n, min(n, d + 1)) - 1


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_count_when_every_sign_is_possible(n):
    assert count_patterns(n, n) == count_patterns(n, n + 3) == 2**n
    assert count_patterns(n, 1) == 2
    assert n < 2 or count_patterns(n, 2) == 2 * n


GRID = np.array([[i, j, 1.0] for i in range(3) for j in range(3)])
DEGENERATE = {
    "duplicate rows": np.array([[1.0, 2.0], [1.0, 2.0], [-2.0, 1.0], [0.5, -1.0]]),
    "parallel rows": np.array([[1.0, 2.0], [3.0, 6.0], [-1.0, -2.0], [0.5, -1.0]]),
    "zero row": np.array([[1.0, 2.0, 0.5], [0.0, 0.0, 0.0], [-2.0, 1.0, 0.3], [0.5, -1.0, 1.0]]),
    "only zeros": np.zeros((3, 2)),
    "constant features": np.column_stack((np.array([0.3, -1.0, 2.0, 0.7]), np.ones((4, 2)))),
    "grid with intercept": GRID,
    "line with intercept": np.column_stack((np.arange(6.0), np.ones(6))),
    "rows in a plane": np.array([[1.0, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1], [1, -1, 0]]),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_data_against_massive_sampling(name):
    X = DEGENERATE[name]
    exact = all_patterns(X)
    drawn = sampled_patterns(X, 60_000, seed=3)
    assert columns(exact.active) == columns(drawn.active)


@pytest.mark.parametrize("name", DEGENERATE)
def test_gates_show_their_patterns(name):
    X = DEGENERATE[name]
    for found in (all_patterns(X), sampled_patterns(X, 300, seed=1)):
        assert found.gates.shape == (found.active.shape[1], X.shape[1])
        heights = X @ found.gates.T
        clear = np.abs(heights) > 1e-12
        np.testing.assert_array_equal((heights >= 0)[clear], (found.active > 0.5)[clear])
        assert len(columns(found.active)) == found.active.shape[1]
        assert found.active.any(axis=0).all()


def test_the_cones_of_all_patterns_have_an_interior():
    for X in DEGENERATE.values():
        for gate in all_patterns(X).gates:
            assert (np.abs(X @ gate)[np.linalg.norm(X, axis=1) > 0] > 1e-9).all()


def test_order_of_rows_permutes_the_patterns():
    X = np.random.default_rng(4).standard_normal((9, 3))
    order = np.random.default_rng(5).permutation(9)
    assert columns(all_patterns(X[order]).active) == columns(all_patterns(X).active[order])


def test_scale_and_units_change_nothing():
    X = np.random.default_rng(6).standard_normal((8, 3))
    weights = np.random.default_rng(7).uniform(1e-4, 1e4, (8, 1))
    assert columns(all_patterns(X).active) == columns(all_patterns(weights * X).active)


def test_sampling_is_reproducible_and_grows():
    X = np.random.default_rng(8).standard_normal((20, 4))
    few, more = sampled_patterns(X, 50, 2), sampled_patterns(X, 200, 2)
    np.testing.assert_array_equal(few.active, more.active[:, : few.active.shape[1]])
    assert more.active.shape[1] > few.active.shape[1]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: all_patterns(np.ones(3)),
            r"X must be a matrix of finite numbers, got shape \(3,\)",
        ),
        (lambda: all_patterns(np.ones((0, 3))), "X must be a matrix"),
        (lambda: sampled_patterns(np.array([[np.nan, 1.0]]), 5), "X must be a matrix of finite"),
        (lambda: sampled_patterns(np.ones((2, 2)), 0), "number must be at least 1, got 0"),
        (
            lambda: all_patterns(np.random.default_rng(0).standard_normal((200, 9))),
            "sampled_patterns",
        ),
    ],
)
def test_refusals(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
