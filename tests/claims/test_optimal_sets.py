"""Optimal Sets and Solution Paths of ReLU Networks.

Claims: the optimal networks are a polytope; all have the same fit; pruning leads to minimal ones
with at most n units and keeps fit and penalty; the path is continuous where the network is
unique; critical points are optima of programs with some of the patterns. Shown here on points on
a line and on a square, small enough for all patterns; not on the image data of the paper.

What we find: on random points on a line the polytope has many corners, and all of them are the
same function, since two patterns share each wall. On a square the functions differ. And a program
with some of the patterns gives a stationary point only off the walls.
"""

import numpy as np
import pytest

import optedu as oe
from optedu.convex_networks.networks import Network, network_of
from optedu.optimal_networks.directions import certified_gap, violation
from optedu.optimal_networks.optimal_set import corners, optimal_set, shortest
from optedu.optimal_networks.prune import prune
from optedu.optimal_networks.regularization_path import largest_beta, regularization_path
from optedu.optimal_networks.solve import solve
from optedu.problems.activation_patterns import all_patterns, sampled_patterns
from optedu.problems.data import breast_cancer
from tests.optimal_networks.examples import by_clarabel, program
from tests.optimal_networks.test_stationary import descend

SQUARE = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])


def square(beta=0.1):
    return oe.problems.ConvexReLU(SQUARE, np.ones(4), all_patterns(SQUARE).active, beta)


def test_optimal_set_of_the_square_in_closed_form():
    """||q|| = beta says r = beta / sqrt 2 at each point, and two opposite units make z = 1 - r."""
    for beta in (0.02, 0.1, 0.9):
        problem = square(beta)
        everything = optimal_set(problem, solve(problem).x)
        r = beta / np.sqrt(2)
        np.testing.assert_allclose(everything.fit, 1 - r, atol=1e-10)
        assert (len(everything.units), everything.rank) == (4, 3)
        sizes = corners(everything)
        total = 4 * r * (1 - r) / beta**2
        expected = total / 2 * np.array([[0.0, 1.0], [1.0, 0.0]])
        found = np.sort(np.unique(sizes.round(6), axis=1), axis=1)
        found = found[np.argsort(found[:, 0])]
        np.testing.assert_allclose(found, np.sort(expected, axis=1), atol=1e-4 * total)
        directions = np.abs(everything.directions) / beta
        np.testing.assert_allclose(directions, np.sqrt(0.5), atol=1e-9)
    assert not solve(square(np.sqrt(2) * (1 + 1e-9))).x.any()  # beta_max = ||(1, 1)||


def test_optimal_set_is_a_polytope():
    for problem in (square(), program(oe.problems.ConvexReLU, 3)):
        everything = optimal_set(problem, solve(problem).x)
        points, rng = corners(everything), np.random.default_rng(0)
        for _ in range(20):
            x = everything.point(rng.dirichlet(np.ones(len(points))) @ points)
            assert certified_gap(problem, x) <= 1e-9
        x, best = by_clarabel(problem)
        assert problem.value(everything.point(points[0])) == pytest.approx(best, rel=1e-9)
        assert everything.contains(x, tol=1e-3)
        other = everything.point(points[0] * 1.05)
        assert certified_gap(problem, other) > 1e-5  # negative control: beside it, it is worse


def test_functions_differ_on_the_square_and_not_on_a_line():
    problem = square()
    everything = optimal_set(problem, solve(problem).x)
    angle = np.linspace(0, 2 * np.pi, 100)
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    values = [network_of(everything.point(a)).outputs(ring) for a in corners(everything)]
    assert np.ptp(values, axis=0).max() == pytest.approx(
        np.sqrt(2) * (1 - 0.1 / np.sqrt(2)), rel=1e-2
    )
    crowds = 0
    for seed in range(8):
        problem = program(oe.problems.ConvexReLU, seed, 6, 0.1)
        everything = optimal_set(problem, solve(problem).x)
        line = np.column_stack([np.linspace(-3, 3, 100), np.ones(100)])
        points = corners(everything)
        crowds += len(points) > 1
        values = [network_of(everything.point(a)).outputs(line) for a in points]
        assert np.ptp(values, axis=0).max() <= 1e-6
    assert crowds >= 5


def test_pruning_keeps_fit_and_penalty():
    for seed in range(4):
        problem = program(oe.problems.ConvexReLU, seed, 7, 0.05)
        everything = optimal_set(problem, solve(problem).x)
        x0 = everything.point(shortest(everything))
        path = prune(problem, x0, 1e-7)
        counts = [np.count_nonzero(x.any(axis=1)) for x in path]
        assert (np.diff(counts) <= -1).all()
        assert counts[-1] <= len(problem.y)
        norms = [np.linalg.norm(x, axis=1).sum() for x in path]
        for x, total in zip(path, norms, strict=True):
            assert np.abs(problem.outputs(x) - everything.fit).max() <= 1e-8
            assert total == pytest.approx(norms[0], abs=1e-6)
            assert problem.value(x) == pytest.approx(problem.value(path[0]), abs=1e-8)
            assert violation(problem, x) <= 1e-9
            net = network_of(x)
            assert net.objective(problem) == pytest.approx(problem.value(x), abs=1e-8)


def test_on_forty_tumours_the_gated_network_is_unique():
    A, labels = breast_cancer(intercept=True)
    rows = np.random.default_rng(0).permutation(569)[:40]
    X, y = A[rows, :6], labels[rows]
    problem = oe.problems.GatedReLU(X, y, sampled_patterns(X, 60, seed=1).active, 1.0, True)
    top = largest_beta(problem)
    path = regularization_path(problem, top * np.array([1.001, 0.2, 0.05, 0.01]))
    assert path.units[0] == 0
    for beta, solution in zip(path.betas[1:], path.solutions[1:], strict=True):
        everything = optimal_set(problem._replace(beta=beta), solution.x)
        assert everything.independent
        assert 2 <= np.count_nonzero(solution.x.any(axis=1)) <= 12
        assert solution.gap <= 1e-9


def test_no_descent_beats_the_program():
    """BFGS on the nonconvex objective, width 6, 20 starts: none below, some at the optimum."""
    problem = program(oe.problems.ConvexReLU, 2)
    best = problem.value(solve(problem).x)
    rng = np.random.default_rng(0)
    reached = np.array([
        descend(problem, Network(rng.standard_normal((6, 2)), rng.standard_normal(6)))
        .objective(problem)
        for _ in range(20)
    ])  # fmt: skip
    assert reached.min() >= best - 1e-9
    assert reached.min() <= best * 1.01
    assert (reached > best + 1e-4).any()
