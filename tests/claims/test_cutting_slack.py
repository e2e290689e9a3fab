"""Cutting Slack: Quantum Optimization with Slack-Free Methods for Combinatorial Benchmarks.

Claims: Lagrangian encodings need no slack variables and lose no quality. Shown is their classical
core: the dual functions of multidimensional knapsacks and tours, and three methods that maximize
them. No quantum sampler is simulated; the inner problem is solved exactly.
"""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

import optedu as oe
from tests.duality.examples import (
    all_binary,
    best_knapsack,
    distances,
    knapsack,
    knapsack_dual,
    shortest_tour,
)

SEEDS = range(4)


def relaxation(seed):
    profit, A, b = knapsack(seed)
    return linprog(-profit, A_ub=A, b_ub=b, bounds=(0, 1)).fun


def steps_to(trace, level):
    best = np.minimum.accumulate(trace.values)
    reached = np.flatnonzero(best <= level)
    return int(trace.iterations[reached[0]]) if reached.size else np.inf


def polyak(problem, steps):
    """Subgradient steps with the step size that knows the optimum, the best case of its kind."""
    y, best = problem.start, [problem.value(problem.start)]
    for _ in range(steps):
        g, gap = problem.gradient(y), problem.value(y) - problem.minimum
        if gap <= 1e-12:
            break
        y = problem.project(y - gap / (g @ g) * g)
        best.append(min(best[-1], problem.value(y)))
    return np.array(best)


@pytest.mark.parametrize("seed", SEEDS)
def test_dual_optimum_is_the_linear_relaxation(seed):
    problem, bound = knapsack_dual(seed), relaxation(seed)
    for method in (oe.ProximalBundle(), oe.CuttingPlane()):
        trace = oe.run(method, problem, tol=1e-9, max_iter=100, execution="python")
        assert -trace.values.min() == pytest.approx(bound, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_plain_dual_ascent_gets_three_digits(seed):
    problem = knapsack_dual(seed)
    trace = oe.run(oe.DualAscent(0.01), problem, max_iter=3000, execution="python")
    assert trace.values.min() - problem.minimum <= 1e-3 * problem.minimum


def test_subgradients_do_not_get_six_digits_even_when_told_the_optimum():
    """With Polyak's step: after 3000 steps one of four instances is within 1e-6, three are not."""
    gaps = [polyak(knapsack_dual(seed), 3000)[-1] - knapsack_dual(seed).minimum for seed in SEEDS]
    assert sum(gap <= 1e-6 for gap in gaps) <= 2
    assert max(gaps) <= 0.1


@pytest.mark.parametrize("seed", SEEDS)
def test_weak_duality_at_each_step(seed):
    problem, best = knapsack_dual(seed), -best_knapsack(*knapsack(seed))
    for method in (oe.ProximalBundle(), oe.CuttingPlane(), oe.DualAscent(0.01)):
        trace = oe.run(method, problem, tol=1e-9, max_iter=300, execution="python")
        assert np.all(-trace.values <= best + 1e-9)
        assert np.all(trace.iterates >= 0)


def test_iterations_bundle_cutting_plane_subgradient():
    """To 1e-4 with ten rows and forty items. With four rows the first two are about even."""
    counts = []
    for seed in range(4):
        problem = knapsack_dual(seed, 40, 10)
        counts.append([
            steps_to(oe.run(m, problem, tol=1e-9, max_iter=n, execution="python"),
                     problem.minimum + 1e-4)
            for m, n in ((oe.ProximalBundle(t=0.01), 150), (oe.CuttingPlane(2.0), 300),
                         (oe.DualAscent(0.0003), 1000))
        ])  # fmt: skip
    bundle, cutting, subgradient = np.median(counts, axis=0)
    assert bundle < 0.8 * cutting
    assert cutting < subgradient
    assert np.isinf(subgradient)


@pytest.mark.parametrize("seed", SEEDS)
def test_gap_and_primal_heuristic_on_fifteen_items(seed):
    profit, A, b = knapsack(seed)
    best, bound = best_knapsack(profit, A, b), -relaxation(seed)
    assert best <= bound <= 1.1 * best
    problem = knapsack_dual(seed)
    trace = oe.run(oe.ProximalBundle(), problem, tol=1e-9, execution="python")
    price = profit - A.T @ trace.x  # greedy by reduced profit
    chosen, used = np.zeros(15), np.zeros(4)
    for j in np.argsort(-price):
        if np.all(used + A[:, j] <= b):
            chosen[j], used = 1.0, used + A[:, j]
    assert 0.85 * best <= chosen @ profit <= best


def test_independent_sets_lose_half_to_the_edge_relaxation():
    """With edge rows x_i + x_j <= 1 the dual, like the relaxation, is at least n/2."""
    rng = np.random.default_rng(3)
    n = 15
    edges = [e for e in itertools.combinations(range(n), 2) if rng.random() < 0.4]
    A = np.zeros((len(edges), n))
    for row, (i, j) in enumerate(edges):
        A[row, [i, j]] = 1.0
    b = np.ones(len(edges))
    subsets = all_binary(n)
    best = subsets[np.all(subsets @ A.T <= b, axis=1)].sum(axis=1).max()
    problem = oe.problems.BinaryDual(-np.ones(n), A, b)
    trace = oe.run(oe.ProximalBundle(), problem, tol=1e-8, max_iter=200, execution="python")
    peer = linprog(-np.ones(n), A_ub=A, b_ub=b, bounds=(0, 1)).fun
    assert -trace.values.min() == pytest.approx(peer, abs=1e-6)
    assert trace.values.min() >= n / 2 - 1e-6 > best


@pytest.mark.parametrize("seed", SEEDS)
def test_held_karp_is_between_the_one_tree_and_the_tour(seed):
    D = distances(seed, 7)
    problem = oe.problems.HeldKarp(D)
    trace = oe.run(oe.ProximalBundle(), problem, tol=1e-9, max_iter=200, execution="python")
    assert -problem.value(problem.start) <= -trace.values.min() <= shortest_tour(D) + 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_augmented_lagrangian_of_the_relaxation_needs_no_slack_variables(seed):
    profit, A, b = knapsack(seed)
    rows = np.vstack((A, np.eye(15), -np.eye(15)))
    sides = np.concatenate((b, np.ones(15), np.zeros(15)))
    program = oe.problems.LinearProgram(-profit, rows, sides)
    trace = oe.run(oe.AugmentedLagrangian(weight=1.0), program, np.full(15, 0.4), tol=1e-7,
                   max_iter=100, execution="python")  # fmt: skip
    assert program.value(trace.x) == pytest.approx(relaxation(seed), abs=1e-5)
