"""The map of an entropic plan, off its points; and a classifier that follows its data."""

import numpy as np
import pytest
from sklearn.datasets import make_moons

import optedu as oe

P = oe.problems


def potential(x, y, t):
    cost = 0.5 * ((x[:, None] - y) ** 2).sum(axis=2)
    plan = P.EntropicTransport(cost, np.full(len(x), 1 / len(x)), np.full(len(y), 1 / len(y)), t)
    trace = oe.run(oe.Sinkhorn(), plan, max_iter=3000, tol=1e-8, execution="python")
    return P.EntropicPotential(y, trace.x[len(x) :], t), plan.plan(trace.x)


def clouds(seed=0, n=12):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 2)), 0.5 + rng.standard_normal((n + 3, 2))


def test_the_oracles_agree():
    x, y = clouds()
    assert oe.testing.check_problem(potential(x, y, 0.3)[0], around=x[0], radius=0.3).passed


def test_one_gradient_step_is_the_barycentric_projection():
    x, y = clouds()
    problem, plan = potential(x, y, 0.3)
    assert problem.transport(x) == pytest.approx(plan @ y * len(x), abs=1e-6)
    moved = oe.run(oe.GradientDescent(1.0), problem, x[0], max_iter=1).x
    assert moved == pytest.approx(problem.transport(x[:1])[0], abs=1e-14)
    half = oe.run(oe.GradientDescent(0.5), problem, x[0], max_iter=1).x
    assert half == pytest.approx((x[0] + moved) / 2, abs=1e-14)


def test_the_map_is_monotone_as_an_optimal_one_has_to_be():
    x, y = clouds(1)
    problem, _ = potential(x, y, 0.1)
    rng = np.random.default_rng(2)
    u, v = rng.normal(0, 2, (2, 200, 2))
    gaps = np.sum((u - v) * (problem.transport(u) - problem.transport(v)), axis=1)
    assert gaps.min() >= -1e-12


def test_much_entropy_sends_all_to_the_mean_and_none_makes_a_staircase():
    x, y = clouds(3)
    wide, _ = potential(x, y, 1000.0)
    assert np.abs(wide.transport(x) - y.mean(axis=0)).max() < 0.01
    steep = P.EntropicPotential(y, np.zeros(len(y)), 1e-6)
    nearest = y[((x[:, None] - y) ** 2).sum(axis=2).argmin(axis=1)]
    assert steep.transport(x) == pytest.approx(nearest, abs=1e-6)


def test_labels_that_travel_with_the_plan_save_a_classifier_at_fifty_degrees():
    def nearest(points, labels, queries):
        return labels[((queries[:, None] - points) ** 2).sum(axis=2).argmin(axis=1)]

    gains = []
    for seed in range(3):
        x, labels = make_moons(80, noise=0.08, random_state=seed)
        y, truth = make_moons(80, noise=0.08, random_state=seed + 100)
        c, s = np.cos(np.deg2rad(50)), np.sin(np.deg2rad(50))
        y = (y - [0.5, 0.25]) @ np.array([[c, s], [-s, c]]) + [0.5, 0.25]
        problem, _ = potential(x, y, 0.03)
        before, after = (
            np.mean(nearest(points, labels, y) == truth) for points in (x, problem.transport(x))
        )
        gains.append(after - before)
    assert np.mean(gains) > 0.08  # measured 0.15 with 120 points


def test_bad_input_gets_a_sentence():
    with pytest.raises(ValueError, match="regularization"):
        P.EntropicPotential(np.zeros((2, 1)), np.zeros(2), 0.0)
    with pytest.raises(ValueError, match="one entry per row of y"):
        P.EntropicPotential(np.zeros((2, 1)), np.zeros(3), 1.0)
