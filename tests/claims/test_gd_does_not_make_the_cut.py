"""Three ways in which kinks matter, each against a closed form."""

import itertools

import numpy as np
import pytest
from sklearn import linear_model

import optedu as oe
from optedu.foundations.nondifferentiability import (
    distances_to_kink,
    penalty_path,
    sharpness_along,
    with_subgradient,
)
from optedu.problems.generators import random_quadratic, random_rotation


@pytest.mark.parametrize("step", [0.05, 0.3, 2.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_constant_steps_end_in_an_exact_two_cycle_of_the_size_of_the_step(step, seed):
    rng = np.random.default_rng(seed)
    center = rng.uniform(-1, 1)
    distances = distances_to_kink(step, 0.0, center + rng.uniform(3, 4), 300, center)
    tail = distances[-100:]
    assert (tail <= step + 1e-12).all()
    np.testing.assert_allclose(tail[:-1] + tail[1:], step, rtol=1e-9)
    np.testing.assert_allclose(tail[2:], tail[:-2], atol=1e-9)
    assert tail.max() >= step / 2 - 1e-12


@pytest.mark.parametrize("start", [1.7, 3.2345])
def test_steps_that_decay_like_a_root_reach_that_rate_and_no_better(start):
    distances = distances_to_kink(1.0, 0.5, start, 1500)
    k = np.arange(30, 1500)
    assert (distances[31:] <= 1 / np.sqrt(k)).all()
    assert not (distances[31:] <= 0.8 / np.sqrt(k)).all()
    blocks = np.geomspace(30, 1500, 15).astype(int)
    worst = [distances[a:b].max() for a, b in itertools.pairwise(blocks)]
    slope = np.polyfit(np.log(blocks[:-1]), np.log(worst), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.03)


def test_a_smooth_function_has_a_linear_rate_instead():
    problem = random_quadratic(5, 10.0, seed=1)
    trace = oe.run(oe.GradientDescent(), problem, np.zeros(5), max_iter=200, tol=0.0)
    distance = np.linalg.norm(trace.iterates - problem.minimizer, axis=1)
    slope = np.polyfit(np.arange(50, 200), np.log(distance[50:200]), 1)[0]
    assert slope == pytest.approx(
        np.log(1 - problem.strong_convexity / problem.smoothness), rel=0.01
    )


@pytest.mark.parametrize("step", [0.2, 0.5, 1.2])
def test_irrelevant_entries_cycle_with_an_amplitude_proportional_to_the_penalty(step):
    """Orthonormal design, z = 0: x+ = (1 - h) x - h w sign(x) ends on +-h w / (2 - h)."""
    Q = np.linalg.qr(np.random.default_rng(0).standard_normal((12, 5)))[0]
    smooth = oe.problems.LeastSquares(Q, np.zeros(12))
    weights = np.array([1.0, 2.0, 4.0])
    path = penalty_path(smooth, weights, step, 400, start=np.linspace(0.3, 1.1, 5))
    np.testing.assert_allclose(
        np.abs(path.subgradient), np.outer(weights, np.ones(5)) * step / (2 - step), rtol=1e-9
    )
    rough, fine = path.norms()
    np.testing.assert_allclose(rough[1:] / rough[:-1], 2.0, rtol=1e-9)
    assert (fine <= 1e-12).all()


def test_more_penalty_means_a_larger_norm_under_subgradients_and_a_smaller_one_under_prox():
    rng = np.random.default_rng(3)
    A = rng.standard_normal((40, 8)) @ (np.eye(8) + 0.4 * random_rotation(8, rng)) / np.sqrt(40)
    truth = np.array([2.0, -1.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    smooth = oe.problems.LeastSquares(A, A @ truth + 0.05 * rng.standard_normal(40))
    largest = np.abs(A.T @ smooth.b).max()
    weights = largest * np.array([0.01, 0.1, 0.5, 1.1, 2.0, 4.0, 8.0])
    path = penalty_path(smooth, weights, 0.5 / smooth.smoothness, 1000)
    rough, fine = path.norms()
    assert (np.diff(fine) <= 1e-9).all()
    np.testing.assert_array_equal(fine[3:], 0.0)
    assert (np.diff(rough[3:]) > 0).all()
    assert rough[-1] > 2 * rough[3] > 0


@pytest.mark.parametrize("seed", [0, 1])
def test_exact_zeros_of_ista_are_those_of_scikit_learn_and_subgradients_have_none(seed):
    lasso = linear_model.Lasso
    rng = np.random.default_rng(seed)
    n, d, weight = 60, 12, 4.0
    A = rng.standard_normal((n, d)) @ (np.eye(d) + 0.3 * random_rotation(d, rng))
    truth = np.where(np.arange(d) < 4, rng.standard_normal(d), 0.0)
    b = A @ truth + 0.3 * rng.standard_normal(n)
    smooth = oe.problems.LeastSquares(A, b)
    path = penalty_path(smooth, [weight], 1 / smooth.smoothness, 1500)
    reference = lasso(alpha=weight / n, fit_intercept=False, tol=1e-12, max_iter=100_000).fit(A, b)
    np.testing.assert_allclose(path.proximal[0], reference.coef_, atol=1e-8)
    rough, fine = path.zeros()
    assert fine[0] == (reference.coef_ == 0).sum() >= 3
    assert rough[0] == 0


def test_the_kinked_problem_is_not_certified_by_its_subgradient():
    smooth = oe.problems.LeastSquares(np.eye(2), [1.0, 2.0])
    problem = with_subgradient(oe.problems.Composite(smooth, oe.problems.L1(0.5)))
    x = np.array([0.3, -0.2])
    np.testing.assert_allclose(problem.gradient(x), x - [1.0, 2.0] + [0.5, -0.5])
    trace = oe.run(oe.SubgradientMethod(0.1, 0.0), problem, x, max_iter=5)
    assert np.isnan(trace.certificate.value)


@pytest.mark.parametrize("step", [2.5, 4.0, 7.0])
@pytest.mark.parametrize("dimension", [1, 3])
def test_where_the_sharpness_settles_is_a_matter_of_dimension_not_of_progress(step, dimension):
    """Convex, 1-Lipschitz and smooth: the value stays at h/2 - 1 either way."""
    start = np.random.default_rng(dimension).uniform(0.3, 1.0, dimension)
    stability = sharpness_along(step, start, 3000)
    np.testing.assert_allclose(stability.values[-10:], step / 2 - 1, rtol=1e-6)
    expected = 8 / step**3 if dimension == 1 else 2 / step
    np.testing.assert_allclose(stability.sharpness[-10:], expected, rtol=1e-6)
    assert stability.threshold == 2 / step


def test_below_the_threshold_gradient_descent_converges():
    stability = sharpness_along(1.5, [0.8, -0.6], 200)
    assert stability.values[-1] < 1e-12
    assert stability.sharpness[-1] == pytest.approx(1.0)
