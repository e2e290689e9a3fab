import cvxpy as cp
import numpy as np
import pytest

import optedu as oe
from optedu.optimal_networks.directions import certified_gap, violation
from optedu.optimal_networks.optimal_set import corners, optimal_set, ranges, shortest, sparsest
from optedu.optimal_networks.solve import solve
from tests.optimal_networks.examples import KINDS, by_clarabel, program

MANY = [
    (oe.problems.ConvexReLU, 2, 7),
    (oe.problems.ConvexReLU, 3, 7),
    (oe.problems.GatedReLU, 0, 5),
]
"""Programs with more than one optimal network; the last gets its first three patterns twice."""


def many(kind, seed, n):
    problem = program(kind, seed, n)
    if kind is oe.problems.GatedReLU:
        D = problem.patterns
        problem = problem._replace(patterns=np.concatenate((D, D), axis=1))
    found = solve(problem)
    return problem, found, optimal_set(problem, found.x)


@pytest.mark.parametrize(("kind", "seed", "n"), MANY)
def test_every_point_of_the_polytope_is_optimal(kind, seed, n):
    problem, _, everything = many(kind, seed, n)
    rng = np.random.default_rng(0)
    points = corners(everything)
    assert len(points) > 1
    for _ in range(10):
        alpha = rng.dirichlet(np.ones(len(points))) @ points
        x = everything.point(alpha)
        assert everything.contains(x)
        assert certified_gap(problem, x) <= 1e-9
        assert violation(problem, x) <= 1e-8
        np.testing.assert_allclose(problem.outputs(x), everything.fit, atol=1e-8)
        lengths = np.linalg.norm(x, axis=1).sum()
        assert lengths == pytest.approx(problem.beta * everything.total, rel=1e-7)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_what_another_solver_finds_is_in_it(kind, seed):
    problem = program(kind, seed)
    everything = optimal_set(problem, solve(problem).x)
    x, _ = by_clarabel(problem)
    assert everything.contains(x, tol=1e-4)
    outside = x.copy()
    outside[everything.units[0]] *= 1.1
    assert not everything.contains(outside, tol=1e-3)
    turned = x.copy()
    turned[everything.units[0]] = turned[everything.units[0]][::-1] * [1.0, -1.0]
    assert not everything.contains(turned, tol=1e-3)


def test_walls_are_shared_by_two_patterns():
    """An optimal unit on a wall of its cone is in the cone beside it, too."""
    problem = program(oe.problems.ConvexReLU, 3)
    everything = optimal_set(problem, solve(problem).x)
    q = everything.directions
    apart = np.linalg.norm(q[:, None] - q[None], axis=2) + np.eye(len(q))
    twins = np.argwhere(apart < 1e-6 * problem.beta)
    assert len(twins)
    for i, j in twins:
        np.testing.assert_allclose(everything.columns[:, i], everything.columns[:, j], atol=1e-6)


@pytest.mark.parametrize(("kind", "seed", "n"), MANY)
def test_corners_have_independent_columns_and_ranges_are_theirs(kind, seed, n):
    _, _, everything = many(kind, seed, n)
    points = corners(everything)
    for alpha in points:
        used = everything.columns[:, alpha > 0]
        assert np.linalg.matrix_rank(used, tol=1e-6) == used.shape[1] <= everything.rank
    both = ranges(everything)
    scale = everything.total
    np.testing.assert_allclose(both[:, 0], points.min(axis=0), atol=1e-5 * scale)
    np.testing.assert_allclose(both[:, 1], points.max(axis=0), atol=1e-5 * scale)
    assert np.count_nonzero(sparsest(everything)) == np.count_nonzero(points, axis=1).min()
    assert not everything.independent


@pytest.mark.parametrize(("kind", "seed", "n"), MANY)
def test_shortest_network_by_quadratic_programming(kind, seed, n):
    _, _, everything = many(kind, seed, n)
    alpha = shortest(everything)
    left, sizes, rows = np.linalg.svd(everything.columns)
    r = everything.rank
    b = (left.T @ everything.fit)[:r] / sizes[:r]
    a = cp.Variable(len(alpha), nonneg=True)
    task = cp.Problem(cp.Minimize(cp.sum_squares(a)), [rows[:r] @ a == b])
    task.solve(solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12)
    np.testing.assert_allclose(alpha, a.value, atol=1e-4 * everything.total)
    assert everything.contains(everything.point(alpha))
    assert (alpha @ alpha <= (corners(everything) ** 2).sum(axis=1) + 1e-9).all()


def test_one_optimal_network():
    problem = program(oe.problems.GatedReLU, 6)
    everything = optimal_set(problem, solve(problem).x)
    assert everything.independent
    assert len(corners(everything)) == 1
    both = ranges(everything)
    np.testing.assert_allclose(both[:, 0], both[:, 1], atol=1e-7 * everything.total)
    np.testing.assert_allclose(shortest(everything), corners(everything)[0], atol=1e-7)


def test_refusals():
    problem = program(oe.problems.GatedReLU)
    with pytest.raises(ValueError, match="not optimal"):
        optimal_set(problem, np.zeros(problem.shape))
    everything = optimal_set(problem, solve(problem).x)
    k = 200
    large = everything._replace(
        units=np.arange(k), columns=np.random.default_rng(0).normal(size=(7, k))
    )
    with pytest.raises(ValueError, match="too many"):
        corners(large)
