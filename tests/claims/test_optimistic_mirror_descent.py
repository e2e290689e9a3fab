"""Optimistic Online Mirror Descent for Bridging Stochastic and Adversarial Online Optimization.

Claims: with the last gradient for a hint, regret of the order of the square root of the noise's
variance plus that of the drift's square, from i.i.d. losses to adversarial ones. Shown on
quadratic and linear losses over a ball, whose mean gradient turns by an angle per round, plus
noise of fixed length. The optimistic method is not always the better one: where the mean turns
round in every round, each hint is wrong.
"""

import numpy as np
import pytest

import optedu as oe
from optedu.mirror.regret import play, regret

P = oe.problems
BALL = P.EuclideanGeometry(P.L2Ball(np.zeros(4), 1.0))
START = np.full(4, 0.3)


def losses(n, noise, angle, seed=0, curvature=1.0):
    """Return the problem, and sigma^2 and Sigma^2 summed over the rounds."""
    rng = np.random.default_rng(seed)
    a, b = np.linalg.qr(rng.standard_normal((4, 2)))[0].T
    turn = angle * np.arange(n)[:, None]
    means = 0.5 * (a * np.cos(turn) + b * np.sin(turn))
    chance = rng.standard_normal((n, 4))
    targets = means + noise * chance / np.linalg.norm(chance, axis=1, keepdims=True)
    drift = np.sum(np.diff(means, axis=0) ** 2)
    best = targets.mean(0) / curvature if curvature else targets.sum(0)
    best = BALL.feasible.project(best if curvature else 1e6 * best)
    problem = P.Mirrored(P.QuadraticRounds(targets, curvature), BALL, best)
    return problem, n * noise**2, drift


def final(method, problem):
    return regret(problem, play(method, problem, START))[-1]


@pytest.mark.parametrize("geometry", ["ball", "simplex"])
def test_no_hint_is_online_mirror_descent(geometry):
    problem, *_ = losses(60, 0.5, 0.3)
    if geometry == "simplex":
        problem = P.Mirrored(problem.objective, P.EntropyGeometry())
    hintless = oe.OptimisticMirrorDescent(0.2, adaptive=False, optimism=0.0)
    one, other = play(hintless, problem, START), play(oe.OnlineMirrorDescent(0.2), problem, START)
    np.testing.assert_allclose(one, other, atol=1e-14)


def test_steps_are_the_papers_two_projections():
    problem, *_ = losses(30, 0.5, 0.3)
    project, z, hint, total, x = BALL.feasible.project, START, np.zeros(4), 0.0, START
    expected = [x]
    for k in range(29):
        g = problem.component_gradient(k, x)
        z = project(z - 2.0 / np.sqrt(1.0 + total) * g)
        total += np.sum((g - hint) ** 2)
        hint = g
        x = project(z - 2.0 / np.sqrt(1.0 + total) * hint)
        expected.append(x)
    np.testing.assert_allclose(play(oe.OptimisticMirrorDescent(2.0), problem, START), expected)


def test_entropy_step_is_a_softmax():
    rng = np.random.default_rng(1)
    costs, t = rng.normal(size=(20, 4)), 0.3
    problem = P.Mirrored(P.LinearRounds(costs), P.EntropyGeometry())
    points = play(oe.OptimisticMirrorDescent(t, adaptive=False), problem, np.full(4, 0.25))
    for k in range(1, 20):
        theta = -t * (costs[:k].sum(0) + costs[k - 1])
        np.testing.assert_allclose(points[k], np.exp(theta) / np.exp(theta).sum(), atol=1e-13)


def test_perfect_hints_leave_a_constant():
    """With hint_k = g_k the regret of every number of rounds is at most D(u, x_0) / t."""
    rng = np.random.default_rng(2)
    costs, t, n = rng.normal(size=(200, 4)), 0.3, 200
    geometry, z, total = P.EntropyGeometry(), np.full(4, 0.25), np.zeros(4)
    for c in costs:
        x = geometry.mirror_step(z, c, t)
        z = geometry.mirror_step(z, c, t)
        total += c @ x - c
        for i, u in enumerate(np.eye(4)):
            assert total[i] <= geometry.divergence(u, np.full(4, 0.25)) / t + 1e-9
    late = P.Mirrored(P.LinearRounds(costs), geometry)  # negative control: hints of yesterday
    points = play(oe.OptimisticMirrorDescent(t, adaptive=False), late, np.full(4, 0.25))
    assert max(regret(late, points, u)[n - 1] for u in np.eye(4)) > np.log(4) / t


@pytest.mark.parametrize("adaptive", [True, False])
@pytest.mark.parametrize("noise", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("angle", [0.0, 0.1, np.pi])
def test_proven_bound_holds(noise, angle, adaptive):
    problem, *_ = losses(200, noise, angle)
    method = oe.OptimisticMirrorDescent(2.0 if adaptive else 0.3, adaptive, 16.0)
    points = play(method, problem, START)
    surprise, hint = [], np.zeros(4)
    for k, x in enumerate(points):
        g = problem.component_gradient(k, x)
        surprise.append(np.sum((g - hint) ** 2))
        hint = g
    assert max(surprise) <= 16.0 or not adaptive
    found = regret(problem, points)
    for n in (1, 2, 5, 10, 50, 200):
        u = BALL.feasible.project(problem.objective.targets[:n].mean(0))
        found = regret(problem, points[:n], u)[-1]
        assert found <= method.regret_bound(problem, sum(surprise[:n]), START, u) + 1e-12


def test_regret_over_the_sweep_is_bounded_by_noise_and_drift():
    for noise in (0.0, 0.1, 0.3, 1.0):
        for angle in (0.0, 0.01, 0.1, 1.0, np.pi):
            problem, sigma2, drift2 = losses(400, noise, angle)
            found = final(oe.OptimisticMirrorDescent(2.0), problem)
            assert found <= 2.5 * (np.sqrt(sigma2) + np.sqrt(drift2) + 1)  # measured: 1.96


def test_without_noise_the_average_gap_falls_like_one_over_n():
    found = [final(oe.OptimisticMirrorDescent(2.0), losses(n, 0.0, 0.0)[0]) for n in (50, 200, 800)]
    assert np.ptp(found) < 1e-9  # the regret itself stays


def test_with_noise_the_regret_grows_like_the_square_root():
    ns = (100, 400, 1600)
    found = [
        np.mean([final(oe.OptimisticMirrorDescent(2.0), losses(n, 1.0, 0.0, s, 0.0)[0])
                 for s in range(6)])
        for n in ns
    ]  # fmt: skip
    assert 0.35 < np.polyfit(np.log(ns), np.log(found), 1)[0] < 0.65  # measured: 0.49


def test_optimism_pays_for_drift_and_costs_for_alternation():
    hopeful, plain = oe.OptimisticMirrorDescent(2.0), oe.OptimisticMirrorDescent(2.0, optimism=0.0)
    turning, alternating = losses(400, 0.0, 1.0)[0], losses(400, 0.0, np.pi)[0]
    assert final(hopeful, turning) < final(plain, turning) - 5
    assert final(hopeful, alternating) > 1.3 * final(plain, alternating)
