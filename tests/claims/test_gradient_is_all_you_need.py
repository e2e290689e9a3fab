"""Gradient is All You Need? Consensus-based optimization (riedl2023)."""

import numpy as np

import optedu as oe
from optedu.black_box.consensus import consensus

SEEDS = range(20)


def starts():
    return [np.random.default_rng([5, seed]).uniform(-3.0, 3.0, 2) for seed in SEEDS]


def wins(method, seeds=SEEDS):
    """Count the runs on Rastrigin's function that end within 0.2 of the minimizer."""
    f, found = oe.problems.Rastrigin(), 0
    for seed, x0 in zip(seeds, starts(), strict=False):
        trace = oe.run(method, f, x0, max_iter=80, tol=0.0, seed=seed, execution="python")
        found += int(np.abs(trace.x).max() < 0.2)
    return found


def test_a_cloud_finds_the_lowest_of_many_minima_and_gradient_descent_does_not():
    """Of 20 starts; of 50, with 150 steps, all were right against one of them."""
    assert wins(oe.ConsensusBased(3.0)) >= 18
    assert wins(oe.GradientDescent()) <= 2


def test_hopping_is_a_proximal_step_on_quadratics_and_a_gradient_step_on_lines():
    """Consensus of 200 000 points against both closed forms, three standard errors."""
    rng = np.random.default_rng(3)
    for _ in range(3):
        alpha, size, x = rng.uniform(0.5, 2.0), rng.uniform(0.2, 0.6), rng.standard_normal(2)
        points = x + size * rng.standard_normal((200_000, 2))
        t, h, b = alpha * size**2, rng.uniform(0.2, 3.0, 2), rng.standard_normal(2)
        for values, limit in (
            (0.5 * points**2 @ h, x / (1 + t * h)),
            (points @ b, x - t * b),
        ):
            w = np.exp(-alpha * (values - values.min()))
            error = np.sqrt(w**2 @ (points - limit) ** 2) / w.sum()
            assert np.all(np.abs(consensus(points, values, alpha) - limit) < 4 * error)


def test_hopping_follows_gradient_descent_where_the_cloud_is_small():
    """Himmelblau's function: 10 hops of 4000 points against steps of length alpha size^2."""
    f, size, alpha = oe.problems.Himmelblau(), 0.05, 0.4
    options = {"max_iter": 10, "tol": 0.0, "execution": "python"}
    hops = oe.run(oe.ConsensusHopping(size, alpha, 4000), f, [0.0, 0.0], seed=1, **options)
    t = alpha * size**2
    steps = oe.run(oe.GradientDescent(t), f, [0.0, 0.0], **options)
    way = np.linalg.norm(steps.x)
    assert np.abs(hops.iterates - steps.iterates).max() < 0.05 * way
    longer = oe.run(oe.GradientDescent(1.3 * t), f, [0.0, 0.0], **options)
    assert np.abs(hops.iterates - longer.iterates).max() > 0.1 * way
