import numpy as np
import pytest

from optedu.optimal_networks.directions import (
    best_directions,
    certified_gap,
    cone_projection,
    lower_bound,
    unit_cone,
    unit_outputs,
    violation,
)
from tests.optimal_networks.examples import KINDS, by_clarabel, program


@pytest.mark.parametrize("seed", range(6))
def test_projection_by_its_conditions(seed):
    """p in the cone, c - p in the polar cone, at a right angle."""
    rng = np.random.default_rng(seed)
    for n, d in ((1, 1), (3, 2), (6, 3), (20, 4)):
        inside = rng.standard_normal(d)
        K = rng.standard_normal((n, d))
        K *= np.sign(K @ inside)[:, None]
        c = 3 * rng.standard_normal(d)
        p = cone_projection(K, c)
        assert (K @ p >= -1e-12).all()
        assert abs((c - p) @ p) <= 1e-11
        others = inside + rng.standard_normal((200, d)) * rng.uniform(0, 1, (200, 1)) ** 3
        others = others[(others @ K.T >= 0).all(axis=1)]
        assert len(others)
        assert (others @ (c - p) <= 1e-11).all()


@pytest.mark.parametrize("kind", KINDS)
def test_no_unit_of_norm_one_correlates_more(kind):
    problem = program(kind, 1)
    rng = np.random.default_rng(2)
    slope = rng.standard_normal(7)
    q = best_directions(problem, slope)
    lengths = np.linalg.norm(q, axis=1)
    for _ in range(500):
        x = rng.standard_normal(problem.shape)
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        inside = [violation(problem, np.where(np.arange(len(x))[:, None] == i, x, 0)) == 0
                  for i in range(len(x))]  # fmt: skip
        gains = -slope @ unit_outputs(problem, x)
        assert (gains[inside] <= lengths[inside] + 1e-12).all()
    own = -slope @ unit_outputs(problem, q)
    np.testing.assert_allclose(own, lengths**2, atol=1e-12)  # and q_i attains it


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("logistic", [False, True])
def test_bound_is_below_the_minimum(kind, logistic):
    problem = program(kind, 3, logistic=logistic)
    x, best = by_clarabel(problem)
    rng = np.random.default_rng(0)
    for _ in range(20):
        point = rng.standard_normal(problem.shape)
        slope = problem.outputs(point) - problem.y
        if logistic:
            slope = -problem.y * rng.uniform(0.01, 0.99, 7)
        assert lower_bound(problem, slope) <= best + 1e-9
    # With exponential cones an interior point method leaves a few digits less.
    assert certified_gap(problem, x) <= (1e-4 if logistic else 1e-6)


def test_cone_is_that_of_the_pattern():
    problem = program(KINDS[1])
    P = problem.patterns.shape[1]
    for i in (0, 3, P + 3):
        expected = (2 * np.diag(problem.patterns[:, i % P]) - np.eye(7)) @ problem.X
        np.testing.assert_array_equal(unit_cone(problem, i), expected)
