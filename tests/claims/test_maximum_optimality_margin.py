"""Maximum Optimality Margin: Contextual Linear Programming and Inverse Linear Programming.

Claims: a convex loss from optimal bases alone, with no cost observed, finds costs whose optima are
the observed ones; it does no worse than least squares on costs that it has not seen. Shortest
paths on small grids, where a basis is a shortest path tree. SPO+, which is told the costs, is the
second baseline: where the model is wrong it does better than the margin, which is not told.
"""

import cvxpy as cp
import numpy as np
import pytest
from scipy.optimize import linprog

import optedu as oe
from optedu.duality.contextual import (
    fit_spo_plus,
    grid_edges,
    mean_regret,
    shortest_path,
    shortest_tree,
    spo_plus,
)
from optedu.problems.optimality_margin import reduced_cost_map


def grid(size):
    """Return the incidence rows (without the target's) and tails and heads of a directed grid."""
    tails, heads = grid_edges(size)
    A = np.zeros((size * size, len(tails)))
    A[tails, np.arange(len(tails))] = 1.0
    A[heads, np.arange(len(tails))] = -1.0
    return A[1:], tails, heads


def tree(cost, tails, heads, nodes):
    """Return lengths of shortest paths from node 0, and the last edge of each: a basis."""
    length, last = np.full(nodes, np.inf), np.zeros(nodes, int)
    length[0] = 0.0
    for _ in range(nodes):
        for e in range(len(tails)):
            if length[tails[e]] + cost[e] < length[heads[e]]:
                length[heads[e]], last[heads[e]] = length[tails[e]] + cost[e], e
    return length, np.sort(last[1:])


def data(seed, size, n, degree, k=3):
    """Return features, costs that are a polynomial of them, bases and edges."""
    A, tails, heads = grid(size)
    rng = np.random.default_rng(seed)
    Z = np.column_stack((np.ones(n), rng.normal(size=(n, k))))
    B = rng.normal(size=(A.shape[1], k + 1)) * np.append(0.0, np.ones(k))
    costs = (Z @ B.T / np.sqrt(k) + 3.0) ** degree / 3.0 ** (degree - 1)
    bases = [tree(c, tails, heads, size * size)[1] for c in costs]
    return A, tails, heads, Z, costs, bases


def problem_of(A, Z, bases, l2=1e-3):
    return oe.problems.OptimalityMargin([reduced_cost_map(A, b) for b in bases], Z, l2)


def conic(problem):
    n, (d, k) = problem.components, (problem.R.shape[2], problem.Z.shape[1])
    W = cp.Variable((d, k))
    hinge = sum(cp.sum(cp.pos(1 - problem.R[i] @ (W @ problem.Z[i]))) for i in range(n)) / n
    objective = hinge + problem.l2 / 2 * cp.sum_squares(W)
    value = cp.Problem(cp.Minimize(objective)).solve(solver=cp.CLARABEL)
    return value, W.value


def path_cost(cost, guess, tails, heads, size):
    """Return the true cost of the path that is shortest under a guess, made positive."""
    last = np.zeros(size * size, int)
    length = np.full(size * size, np.inf)
    length[0] = 0.0
    for e in np.argsort(tails, kind="stable"):  # the grid is acyclic, tails in order
        if length[tails[e]] + guess[e] < length[heads[e]]:
            length[heads[e]], last[heads[e]] = length[tails[e]] + guess[e], e
    total, node = 0.0, size * size - 1
    while node:
        total, node = total + cost[last[node]], tails[last[node]]
    return total


def test_reduced_costs_are_nonnegative_at_the_true_cost():
    A, tails, heads, _, costs, bases = data(0, 3, 10, 1)
    for c, basis in zip(costs, bases, strict=True):
        R = reduced_cost_map(A, basis)
        others = np.setdiff1d(np.arange(c.size), basis)
        direct = c[others] - A[:, others].T @ np.linalg.solve(A[:, basis].T, c[basis])
        np.testing.assert_allclose(R @ c, direct, atol=1e-12)
        length = tree(c, tails, heads, 9)[0]
        slack = c + length[tails] - length[heads]  # the reduced costs, by potentials
        np.testing.assert_allclose(R @ c, slack[others], atol=1e-12)
        assert (R @ c).min() >= -1e-12


def test_zero_slack_recovers_every_observed_solution():
    A, _, _, Z, costs, bases = data(1, 3, 12, 1)
    problem = problem_of(A, Z, bases, 1e-6)
    W = conic(problem)[1]
    assert min(problem.reduced_costs(i, W.ravel()).min() for i in range(12)) > 0.9
    for i in range(12):
        b = np.zeros(8)
        b[-1] = -1.0  # from node 0, whose row is left out, to the last
        found = linprog(W @ Z[i], A_eq=A, b_eq=b, bounds=(0, None))
        best = linprog(costs[i], A_eq=A, b_eq=b, bounds=(0, None))
        np.testing.assert_allclose(found.x, best.x, atol=1e-8)
        np.testing.assert_allclose(costs[i] @ found.x, best.fun, atol=1e-8)


def test_subgradient_steps_come_within_one_percent():
    A, _, _, Z, _, bases = data(2, 3, 15, 3)
    problem = problem_of(A, Z, bases, 0.1)
    best = conic(problem)[0]
    x, mean = problem.start, problem.start
    for k in range(4000):  # weights k + 1, steps 2 / (l2 (k + 2))
        x = x - 2 / (problem.l2 * (k + 2)) * problem.gradient(x)
        mean = mean + 2 / (k + 2) * (x - mean)
    assert best - 1e-6 <= problem.value(mean) <= 1.01 * best


@pytest.mark.parametrize("degree", [1, 4])
def test_regret_on_new_data_against_least_squares(degree):
    """Four by four grid, 60 samples: regrets compared in the mean of three seeds."""
    regrets = []
    for seed in range(3):
        A, tails, heads, Z, costs, bases = data(seed, 4, 160, degree)
        train, test = slice(0, 60), range(60, 160)
        W = conic(problem_of(A, Z[train], bases[train], 0.05))[1]
        V = np.linalg.lstsq(Z[train], costs[train], rcond=None)[0].T
        best = [path_cost(costs[i], costs[i], tails, heads, 4) for i in test]
        regrets.append([
            np.mean([path_cost(costs[i], M @ Z[i], tails, heads, 4) - o
                     for i, o in zip(test, best, strict=True)]) / np.mean(best)
            for M in (W, V)
        ])  # fmt: skip
    margin, squares = np.mean(regrets, axis=0)
    if degree == 4:
        assert margin <= squares
    else:  # costs that are linear: least squares, which sees them, is exact
        assert squares <= 1e-9
        assert margin < 0.05


def conic_spo_plus(A, Z, costs, decide, l2):
    """SPO+ over shortest paths as one program: the maximum over paths by its dual."""
    n, b = len(Z), np.append(np.zeros(A.shape[0] - 1), -1.0)
    W, p = cp.Variable((costs.shape[1], Z.shape[1])), cp.Variable((A.shape[0], n))
    best, guess = np.array([decide(c) for c in costs]), W @ Z.T
    loss = (cp.sum(b @ p) + cp.sum(cp.multiply(2 * guess - costs.T, best.T))) / n
    objective = loss + l2 / 2 * cp.sum_squares(W)
    program = cp.Problem(cp.Minimize(objective), [A.T @ p >= costs.T - 2 * guess])
    return program.solve(solver=cp.CLARABEL), W.value


def test_spo_plus_is_a_convex_bound_of_the_regret():
    _, tails, heads, _, costs, bases = data(5, 4, 20, 4)
    rng = np.random.default_rng(5)

    def decide(c):
        return shortest_path(c, tails, heads)

    for c, basis in zip(costs, bases, strict=True):
        np.testing.assert_array_equal(np.sort(shortest_tree(c, tails, heads)), basis)
        assert spo_plus(c, c, decide)[0] == pytest.approx(0.0, abs=1e-9)
        g, h = c + 3 * rng.normal(size=(2, c.size))
        assert c @ decide(g) == pytest.approx(path_cost(c, g, tails, heads, 4))
        regret = c @ decide(g) - c @ decide(c)
        loss, slope = spo_plus(g, c, decide)
        assert loss >= regret - 1e-9
        assert spo_plus(h, c, decide)[0] >= loss + slope @ (h - g) - 1e-9


def test_subgradient_steps_for_spo_plus_come_within_two_percent():
    A, tails, heads, Z, costs, _ = data(2, 3, 15, 3)
    costs, l2 = np.array(costs), 0.5

    def decide(c):
        return shortest_path(c, tails, heads)

    best = conic_spo_plus(A, Z, costs, decide, l2)[0]
    W = fit_spo_plus(Z, costs, decide, l2, 600)
    loss = np.mean([spo_plus(W @ z, c, decide)[0] for z, c in zip(Z, costs, strict=True)])
    assert best - 1e-6 <= loss + l2 / 2 * np.sum(W**2) <= 1.02 * best


def test_who_is_told_the_costs_decides_better():
    """Costs of degree 4: regret 2.6 % for SPO+, 4.2 % for the margin, 7.9 % for least squares."""
    regrets = []
    for seed in range(3):
        A, tails, heads, Z, costs, bases = data(seed, 4, 160, 4)
        costs = np.array(costs)

        def decide(c, tails=tails, heads=heads):
            return shortest_path(c, tails, heads)

        fits = (
            conic_spo_plus(A, Z[:60], costs[:60], decide, 0.05)[1],
            conic(problem_of(A, Z[:60], bases[:60], 0.05))[1],
            np.linalg.lstsq(Z[:60], costs[:60], rcond=None)[0].T,
        )
        regrets.append([mean_regret(W, Z[60:], costs[60:], decide) for W in fits])
    told, margin, squares = np.mean(regrets, axis=0)
    assert 1.3 * told < margin < 0.7 * squares


def test_online_regret_grows_like_the_square_root():
    """Three by three grid, costs cubic in the features; each round reveals one basis."""
    rounds = np.array([25, 50, 100, 200, 400])
    regrets = []
    for seed in range(3):
        A, _, _, Z, _, bases = data(seed, 3, rounds[-1], 3)
        problem = problem_of(A, Z, bases, 0.0)
        x, losses = problem.start, []
        for i in range(rounds[-1]):
            losses.append(problem.component_value(i, x))
            x = x - 0.05 / np.sqrt(i + 1) * problem.component_gradient(i, x)
        best = [n * conic(problem_of(A, Z[:n], bases[:n], 0.0))[0] for n in rounds]
        regrets.append(np.cumsum(losses)[rounds - 1] - best)
    slopes = [np.polyfit(np.log(rounds), np.log(regret), 1)[0] for regret in regrets]
    assert np.min(regrets) > 0
    assert 0.3 < np.mean(slopes) < 0.7, slopes
