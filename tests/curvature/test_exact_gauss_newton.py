import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_least_squares, random_logistic
from tests.curvature.examples import one_step, softmax


def models(seed):
    yield random_least_squares(5, 9, seed=seed)
    yield random_logistic(8, 12, seed=seed, l2=0.0)
    yield softmax(6, 4, 3, seed)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("damping", [1e-3, 1.0, 50.0])
def test_is_the_damped_gauss_newton_step(seed, damping):
    rng = np.random.default_rng(seed)
    for problem in models(seed):
        x = rng.standard_normal(problem.shape)
        H = problem.gauss_newton(x) + damping * np.eye(x.size)
        moved = x - one_step(oe.ExactGaussNewton(damping), problem, x)
        expected = np.linalg.solve(H, problem.gradient(x).ravel()).reshape(x.shape)
        np.testing.assert_allclose(moved, expected, rtol=0, atol=1e-10 * np.abs(expected).max())


def test_a_batch_takes_whole_observations():
    """With b = 1 of softmax: three rows of one observation, the step of its term alone."""
    problem, x = softmax(6, 4, 3), np.full((4, 3), 0.2)
    steps = []
    for i in range(6):
        g, H = problem.component_gradient(i, x).ravel(), problem.component_hessian(i, x)
        steps.append(-np.linalg.solve(H + 0.7 * np.eye(12), g))
    for seed in range(6):
        moved = (one_step(oe.ExactGaussNewton(0.7, batch_size=1), problem, x, seed) - x).ravel()
        assert min(np.abs(moved - step).max() for step in steps) < 1e-12


def test_a_batch_of_all_is_the_full_step():
    problem, x = random_logistic(8, 12, seed=1, l2=0.0), np.ones(12)
    full = one_step(oe.ExactGaussNewton(0.5), problem, x)
    np.testing.assert_array_equal(one_step(oe.ExactGaussNewton(0.5, 8), problem, x), full)
    assert np.abs(one_step(oe.ExactGaussNewton(0.5, 7), problem, x) - full).max() > 1e-6


def test_large_damping_is_the_gradient():
    problem, x = random_logistic(8, 12, seed=2, l2=0.0), np.ones(12)
    g = problem.gradient(x)
    angles = []
    for damping in (1.0, 1e2, 1e4):
        d = x - one_step(oe.ExactGaussNewton(damping), problem, x)
        angles.append(1 - d @ g / np.linalg.norm(d) / np.linalg.norm(g))
    assert angles[0] > 1e-6
    assert angles[2] < 1e-8
    np.testing.assert_allclose(1e4 * d, g, rtol=1e-3)


@pytest.mark.parametrize(("n", "d"), [(5, 9), (9, 9), (12, 4)])
def test_linear_least_squares_in_one_step(n, d):
    problem = random_least_squares(n, d, seed=n + d)
    x = one_step(oe.ExactGaussNewton(1e-9), problem, np.ones(d))
    assert problem.value(x) - problem.minimum < 1e-9 * problem.value(np.ones(d))


def test_refuses_a_ridge():
    problem = random_logistic(8, 12, seed=2, l2=0.1)
    with pytest.raises(ValueError, match="without a ridge, got l2"):
        oe.run(oe.ExactGaussNewton(), problem, np.ones(12))


def test_refuses_no_damping():
    with pytest.raises(ValueError, match="damping must be positive"):
        oe.ExactGaussNewton(0.0)
