import numpy as np
import pytest

import optedu as oe
from optedu.convex_networks.networks import network_of
from optedu.optimal_networks.directions import violation
from optedu.optimal_networks.smooth_piece import polish, smooth_piece
from optedu.optimal_networks.solve import solve
from optedu.problems.activation_patterns import sampled_patterns
from tests.optimal_networks.examples import KINDS, by_clarabel, program


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("logistic", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
def test_minimum_is_that_of_an_interior_point_method(kind, logistic, seed):
    problem = program(kind, seed, logistic=logistic)
    found = solve(problem)
    _, best = by_clarabel(problem)
    assert problem.value(found.x) == pytest.approx(best, rel=1e-9)
    assert found.gap <= 1e-12 * problem.value(np.zeros(problem.shape)) + 1e-14
    assert violation(problem, found.x) <= 1e-12


def test_more_data_and_dimensions():
    rng = np.random.default_rng(4)
    X, y = rng.standard_normal((40, 4)), rng.standard_normal(40)
    problem = oe.problems.GatedReLU(X, y, sampled_patterns(X, 40).active, 2.0)
    found = solve(problem)
    _, best = by_clarabel(problem)
    assert problem.value(found.x) == pytest.approx(best, rel=1e-9)


def test_network_has_the_same_objective():
    for seed in range(4):
        problem = program(oe.problems.ConvexReLU, seed)
        x = solve(problem).x
        network = network_of(x)
        assert network.objective(problem) == pytest.approx(problem.value(x), rel=1e-12)
        np.testing.assert_allclose(network.outputs(problem.X), problem.outputs(x), atol=1e-12)


def test_order_of_patterns_does_not_matter():
    problem = program(oe.problems.ConvexReLU, 2)
    order = np.random.default_rng(0).permutation(problem.patterns.shape[1])
    other = problem._replace(patterns=problem.patterns[:, order])
    np.testing.assert_allclose(
        problem.outputs(solve(problem).x), other.outputs(solve(other).x), atol=1e-7
    )


def test_a_smooth_piece_has_the_derivatives_of_the_problem():
    problem = program(oe.problems.ConvexReLU, 1)
    piece = smooth_piece(problem, solve(problem).x)
    rng = np.random.default_rng(0)
    w = piece.w + 0.02 * rng.standard_normal(piece.w.shape)
    for _ in range(3):
        v, h = rng.standard_normal(w.shape), 1e-5
        ends = [piece.point(problem, w + s * h * v) for s in (1, -1)]
        slope = (problem.value(ends[0]) - problem.value(ends[1])) / (2 * h)
        assert slope == pytest.approx(piece.gradient(problem, w) @ v, abs=1e-7)
        bend = (piece.gradient(problem, w + h * v) - piece.gradient(problem, w - h * v)) / (2 * h)
        np.testing.assert_allclose(bend, piece.hessian(problem, w) @ v, atol=1e-5)


def test_polishing_does_not_raise_the_value():
    problem = program(oe.problems.ConvexReLU, 3)
    x = solve(problem).x
    for scale in (1e-6, 1e-3, 0.3):
        worse = x * (1 + scale * np.random.default_rng(0).uniform(0, 1, (len(x), 1)))
        better = polish(problem, worse)
        assert problem.value(x) - 1e-12 <= problem.value(better) <= problem.value(worse) + 1e-12
        assert violation(problem, better) <= 1e-10


def test_without_beta_it_is_refused():
    problem = program(oe.problems.GatedReLU)._replace(beta=0.0)
    with pytest.raises(ValueError, match="beta must be positive"):
        solve(problem)
    with pytest.raises(ValueError, match="no unit"):
        smooth_piece(problem, np.zeros(problem.shape))
