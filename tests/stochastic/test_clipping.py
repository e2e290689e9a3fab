"""Clipped gradients, running medians and means: each step against what it is said to minimize."""

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar

import optedu as oe
from optedu.problems.generators import random_least_squares
from optedu.stochastic.clipping import clip_entries, clip_norm
from tests.helpers import steps_of
from tests.stochastic.examples import states
from tests.stochastic.streams import Always

P = oe.problems


def one_step(method, problem, state, i):
    return method.resolve(problem).step(problem, state, Always(i))


def test_clipping_keeps_direction_and_short_vectors():
    rng = np.random.default_rng(0)
    for g in rng.standard_normal((50, 3)):
        c = float(rng.uniform(0.1, 4.0))
        clipped, size = clip_norm(g, c), np.linalg.norm(g)
        assert np.linalg.norm(clipped) == pytest.approx(min(size, c), rel=1e-14)
        assert clipped / np.linalg.norm(clipped) == pytest.approx(g / size, rel=1e-14)
        assert clip_entries(g, c) == pytest.approx(np.clip(g, -c, c), rel=0)
    assert (clip_norm(np.zeros(2), 1.0) == 0).all()


def test_without_a_threshold_it_is_sgd():
    problem = random_least_squares(12, 4, seed=3)
    x0 = np.array([1.0, -2.0, 0.5, 1.0])
    plain = steps_of(oe.StochasticGradient(0.01, batch_size=2), problem, x0, 30)
    clipped = oe.ClippedStochasticGradient(0.01, threshold=np.inf, batch_size=2)
    assert (steps_of(clipped, problem, x0, 30).x == plain.x).all()


@pytest.mark.parametrize("threshold", [2.0, 5.0])
def test_clipped_descent_is_descent_with_short_steps(threshold):
    """Clipped steps have length h c; then the run is gradient descent, step for step."""
    problem = random_least_squares(12, 4, seed=3)
    far = problem.minimizer + np.array([3.0, -1.0, 2.0, 0.0])
    trace = steps_of(oe.ClippedGradientDescent(threshold), problem, far, 400)
    h = 1 / problem.smoothness
    lengths = np.linalg.norm(np.diff(trace.iterates, axis=0), axis=1)
    assert lengths == pytest.approx(h * np.minimum(trace.gradient_norms[:-1], threshold), rel=1e-9)
    first = int(np.argmax(trace.gradient_norms <= threshold))
    assert first > 0
    assert (trace.gradient_norms[first:] <= threshold).all()
    rest = steps_of(oe.GradientDescent(h), problem, trace.iterates[first], len(trace) - 1 - first)
    assert (rest.x == trace.x).all()


@pytest.mark.parametrize(
    ("method", "distance"),
    [
        (oe.MedianGradient(0.1, 0.6), lambda v: 0.6 * np.linalg.norm(v)),
        (oe.CoordinateMedianGradient(0.1, 0.6), lambda v: 0.6 * np.abs(v).sum()),
        (oe.MeanGradient(0.1, 0.6), lambda v: 0.3 * (v @ v)),
    ],
)
@pytest.mark.parametrize("scale", [0.2, 3.0])
def test_the_estimate_moves_by_a_prox_step(method, distance, scale):
    """From m the new estimate minimizes the distance to g, plus ||. - m||^2 / 2."""
    rng = np.random.default_rng(5)
    problem = P.NoisyQuadratic(np.eye(3), scale * rng.standard_normal((4, 3)))
    state = method.resolve(problem).init(problem, np.zeros(3), Always(0))
    for i in (0, 1, 2, 3):
        x, m = state.x, state.m
        g = problem.component_gradient(i, x)
        state = one_step(method, problem, state, i)

        def model(u, g=g, m=m):
            return distance(u - g) + np.sum((u - m) ** 2) / 2

        best = minimize(model, m, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13})
        assert model(state.m) <= best.fun + 1e-10
        assert state.x == pytest.approx(x - 0.1 * state.m, rel=1e-14)


def test_a_median_that_is_held_at_zero_is_clipping():
    problem = random_least_squares(12, 4, seed=3)
    x = np.array([1.0, -2.0, 0.5, 1.0])
    method = oe.MedianGradient(0.1, 0.6)
    state = method.resolve(problem).init(problem, x, Always(0))
    clipped = oe.ClippedStochasticGradient(0.1, 0.6)
    start = clipped.resolve(problem).init(problem, x, Always(0))
    for i in (2, 7):
        held = state._replace(m=np.zeros(4))
        assert (
            one_step(method, problem, held, i).x == one_step(clipped, problem, start, i).x
        ).all()


def test_a_running_mean_is_the_heavy_ball():
    """x+ = x - (1 - beta) t g + beta (x - x-), beta = 1 / (1 + weight)."""
    problem = P.NoisyQuadratic(np.diag([1.0, 4.0]), np.array([[1.0, 2.0]]))
    weight, t = 0.25, 0.3
    beta = 1 / (1 + weight)
    mean = steps_of(oe.MeanGradient(t, weight), problem, [3.0, -1.0], 25)
    ball = steps_of(oe.HeavyBall((1 - beta) * t, beta), problem, [3.0, -1.0], 25)
    assert mean.iterates == pytest.approx(ball.iterates, rel=1e-11, abs=1e-12)


def test_a_static_cloud_leads_to_its_medians():
    """With A = 0 the gradients never change: m hovers at the geometric, or coordinate, median."""
    cloud = np.random.default_rng(8).standard_normal((9, 2)) ** 3
    problem = P.NoisyQuadratic(np.zeros((2, 2)), -cloud)
    geometric = minimize(lambda m: np.linalg.norm(cloud - m, axis=1).sum(), cloud.mean(0), tol=1e-9)
    entries = [minimize_scalar(lambda v, j=j: np.abs(cloud[:, j] - v).sum()).x for j in (0, 1)]
    for method, median in (
        (oe.MedianGradient(1e-9, 0.01), geometric.x),
        (oe.CoordinateMedianGradient(1e-9, 0.01), entries),
    ):
        seen = [state.m for state in states(method, problem, [0.0, 0.0], 6000, seed=1)]
        hovering = np.mean(seen[3000:], axis=0)
        assert np.linalg.norm(hovering - median) < 0.05  # measured 0.029 and 0.011
        assert np.linalg.norm(cloud.mean(0) - median) > 0.3
