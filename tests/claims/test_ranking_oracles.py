"""Zeroth-Order Optimization Meets Human Feedback: Learning via Ranking Oracles (tang2024c)."""

import numpy as np
import pytest

import optedu as oe
from optedu.black_box.rank_descent import rank_estimate
from optedu.problems.generators import random_quadratic


def test_the_estimate_points_along_the_gradient_the_more_points_are_ranked():
    """On a line in 20 dimensions the mean cosine grows: 0.17, 0.54, 0.94 for 2, 10, 160 points."""
    rng, b, means = np.random.default_rng(1), np.random.default_rng(2).standard_normal(20), []
    for m in (2, 10, 160):
        cosines = []
        for _ in range(100):
            u = rng.standard_normal((m, 20))
            g = rank_estimate(u, np.argsort(u @ b), m)
            cosines.append(g @ b / np.linalg.norm(g) / np.linalg.norm(b))
        means.append(np.mean(cosines))
    assert means == pytest.approx([0.178, 0.54, 0.94], abs=0.05)


def test_knowing_fewer_of_the_best_in_order_costs_precision():
    """Ten points, of which all, three or one are in order: the mean cosine falls."""
    rng, b, means = np.random.default_rng(3), np.random.default_rng(2).standard_normal(20), []
    for top in (10, 3, 1):
        cosines = []
        for _ in range(400):
            u = rng.standard_normal((10, 20))
            g = rank_estimate(u, np.argsort(u @ b), top)
            cosines.append(g @ b / np.linalg.norm(g) / np.linalg.norm(b))
        means.append(np.mean(cosines))
    assert means[0] > means[1] + 0.02
    assert means[1] > means[2] + 0.02


def test_runs_do_not_change_under_an_increasing_function():
    f, x = random_quadratic(20, 10.0, 3), np.ones(20)
    grown = oe.Problem.from_functions(lambda x: float(np.exp(0.01 * f.value(x))), shape=(20,))
    paths = [oe.run(oe.RankDescent(), problem, x, max_iter=60, tol=0.0, seed=2,
                    execution="python").iterates for problem in (f, grown)]  # fmt: skip
    assert np.array_equal(*paths)


def test_the_gradient_norm_falls_with_the_budget():
    """20 unknowns, step 1 / sqrt(k): means of 3 seeds for 100 and 1600 rankings."""
    f = random_quadratic(20, 10.0, 3)
    means = []
    for k in (100, 1600):
        norms = []
        for seed in range(3):
            method = oe.RankDescent(1.0 / np.sqrt(k), 1e-3, 10)
            trace = oe.run(method, f, f.minimizer + 1.0, max_iter=k, tol=0.0, seed=seed,
                           execution="python")  # fmt: skip
            norms.append(np.linalg.norm(f.gradient(trace.x)))
        means.append(np.mean(norms))
    assert means[0] < 0.1 * np.linalg.norm(f.gradient(f.minimizer + 1.0))
    assert means[1] < 0.5 * means[0]
