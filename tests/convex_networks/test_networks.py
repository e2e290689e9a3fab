"""From points of the convex program to networks and back; decompositions; brackets."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.convex_networks.bracket import bracket
from optedu.convex_networks.cone_decomposition import cone_decomposition, shortest
from optedu.convex_networks.network_training import trained_network
from optedu.convex_networks.networks import Network, network_of, point_of
from optedu.convex_networks.random_features import random_features
from optedu.problems.activation_patterns import sampled_patterns
from tests.convex_networks.examples import clarabel, cones, data, gated, sampled, small


def inside(problem, seed=0, scale=1.0):
    """Return a random point of the cones: gates of a program, lengthened at random."""
    rng = np.random.default_rng(seed)
    gates = sampled_patterns(problem.X, 4000, 1)
    found = {
        column.tobytes(): u for column, u in zip(gates.active.T > 0.5, gates.gates, strict=True)
    }
    rows = np.array([found[column.tobytes()] for column in problem.patterns.T > 0.5])
    keep = rng.random(problem.shape[0]) < 0.5
    return scale * rng.random(problem.shape[0])[:, None] * np.tile(rows, (2, 1)) * keep[:, None]


@pytest.mark.parametrize("logistic", [False, True])
def test_objective_of_the_network_is_that_of_the_point(logistic):
    problem = small(8, 2, 7, logistic=logistic)
    x = inside(problem)
    network = network_of(x)
    assert cones(problem, x) < 1e-12
    np.testing.assert_allclose(network.outputs(problem.X), problem.outputs(x), atol=1e-12)
    assert abs(network.objective(problem) - problem.value(x)) <= 1e-9 * problem.value(x)


def test_objective_at_the_optimum():
    problem = sampled(40, 4, 30, 1, 2.0)
    trace = oe.run(oe.ConvexNetworkADMM(), problem, tol=1e-11, max_iter=20_000)
    value = problem.value(trace.x)
    assert abs(network_of(trace.x).objective(problem) - value) <= 1e-9 * value


def test_outside_the_cones_the_network_says_something_else():
    problem = small(8, 2, 7)
    x = np.random.default_rng(1).standard_normal(problem.shape)
    assert abs(network_of(x).objective(problem) - problem.value(x)) > 1e-3


def test_round_trip():
    problem = small(8, 2, 7)
    x = inside(problem)
    np.testing.assert_allclose(point_of(network_of(x), problem), x, rtol=0, atol=1e-12)
    network = network_of(x)
    again = network_of(point_of(network, problem))
    np.testing.assert_allclose(again.hidden, network.hidden, rtol=0, atol=1e-12)


def test_units_of_one_pattern_are_added_and_pay_less():
    problem = small(8, 2, 7)
    network = Network(np.array([[0.3, 2.0], [0.1, 3.0], [-9.0, 0.1]]), np.array([1.0, 0.5, 0.0]))
    x = point_of(network, problem)
    np.testing.assert_allclose(problem.outputs(x), network.outputs(problem.X), atol=1e-12)
    assert np.count_nonzero(np.linalg.norm(x, axis=1)) == 1
    assert problem.value(x) < network.objective(problem)


def test_a_pattern_that_is_missing_is_named():
    problem = small(8, 2, 7)
    problem = problem._replace(patterns=problem.patterns[:, :1])
    with pytest.raises(ValueError, match="activation pattern that the problem lacks"):
        point_of(network_of(inside(small(8, 2, 7))), problem)


def test_tolerance_drops_short_rows():
    x = np.array([[3.0, 4.0], [1e-9, 0.0], [0.0, 0.0], [0.0, 1.0]])
    assert len(network_of(x).output) == 3
    assert network_of(x, 1e-6).output.tolist() == [np.sqrt(5.0), -1.0]


def test_shortest_is_the_projection_of_zero():
    rng = np.random.default_rng(9)
    for _ in range(20):
        A, point = rng.standard_normal((6, 3)), rng.standard_normal(3)
        b = A @ point - rng.uniform(0.0, 1.0, 6)
        t = shortest(A, b)
        assert (A @ t >= b - 1e-9).all()
        assert np.linalg.norm(t) <= np.linalg.norm(point) + 1e-9
        active = A[np.abs(A @ t - b) < 1e-7]  # t is a nonnegative combination of active rows
        if np.linalg.norm(t) > 1e-9:
            mu = np.linalg.lstsq(active.T, t, rcond=None)[0]
            assert np.linalg.norm(active.T @ mu - t) < 1e-7
    assert shortest(np.array([[1.0], [-1.0]]), np.array([1.0, 1.0])) is None
    assert shortest(np.eye(2), np.zeros(2)).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("logistic", [False, True])
def test_gated_solution_becomes_a_relu_network(logistic):
    problem = sampled(30, 3, 20, 2, 0.5, logistic)
    gate = gated(problem)
    u = oe.run(oe.SearchingRestartedFISTA(), gate, tol=1e-8, max_iter=5000).x
    x = cone_decomposition(u, problem.X, problem.patterns)
    m = len(u)
    np.testing.assert_allclose(x[:m] - x[m:], u, rtol=0, atol=1e-12)
    assert cones(problem, x) < 1e-8
    outputs = network_of(x).outputs(problem.X)
    np.testing.assert_allclose(outputs, gate.outputs(u), rtol=0, atol=1e-7)
    best = clarabel(problem)[0]
    assert gate.value(u) <= best + 1e-7
    assert best <= problem.value(x) + 1e-7


def test_decomposition_is_free_where_the_weight_is_in_its_cone():
    x = cone_decomposition(np.array([[1.0, 2.0]]), np.eye(2), np.ones((2, 1)))
    np.testing.assert_allclose(x, [[1.0, 2.0], [0.0, 0.0]], atol=1e-12)


def test_a_cone_without_interior_is_named():
    X, D = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.ones((2, 1))
    with pytest.raises(ValueError, match="pattern 0 has no interior"):
        cone_decomposition(np.array([[1.0, 0.0]]), X, D)


def test_bracket_holds_the_optimum():
    problem = small(10, 2, 8)
    best = clarabel(problem)[0]
    widths = []
    for steps in (10, 50, 200, 3000):
        state = oe.run(oe.ConvexNetworkADMM(), problem, max_iter=steps, tol=0.0).state
        low, high = bracket(problem, state.x, state.rho * state.nu)
        assert low <= best * (1 + 1e-8)
        assert best <= high * (1 + 1e-8)
        widths.append(high - low)
    assert widths[-1] < 1e-6 < widths[0]


def test_random_features_are_units():
    X, _ = data(9, 3, 1)
    gates = np.random.default_rng(2).standard_normal((4, 3))
    network = Network(gates / np.linalg.norm(gates, axis=1, keepdims=True), np.arange(4.0))
    np.testing.assert_allclose(random_features(X, gates) @ np.arange(4.0), network.outputs(X))


def test_adam_trains_reproducibly():
    problem = small(8, 2, 7)
    first, second = (trained_network(problem, 6, seed=3, steps=300) for _ in range(2))
    assert first.objective == second.objective < 0.5 * first.objectives[0]
    assert abs(first.network.objective(problem) - first.objective) < 1e-12
