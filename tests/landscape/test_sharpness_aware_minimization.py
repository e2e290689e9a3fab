import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import quadratic_with_spectrum, random_logistic
from tests.helpers import steps_of

SPECTRUM = [4.0, 1.0, 0.2, -0.5, -2.0]


def test_on_a_quadratic_each_component_is_multiplied_by_one_plus_rho_lambda_over_g():
    problem = quadratic_with_spectrum(SPECTRUM, seed=1)
    eigenvalues, Q = np.linalg.eigh(problem.A)
    for seed, radius in ((2, 0.1), (3, 2.0), (4, 30.0)):
        x = np.random.default_rng(seed).standard_normal(5)
        g = problem.gradient(x)
        moved = steps_of(oe.SharpnessAwareMinimization(radius, 0.1), problem, x, 1).x
        factor = 1 + radius * eigenvalues / np.linalg.norm(g)
        np.testing.assert_allclose((x - moved) @ Q / 0.1, factor * (g @ Q), rtol=1e-9)


def test_negative_curvature_slower_then_reversed_then_larger():
    """|1 + rho lam / |g|| < 1 exactly while -2 |g| / rho < lam < 0."""
    saddle = oe.problems.Quadratic(np.diag([1.0, -1.0]), np.zeros(2))
    x = np.array([0.0, 0.1])  # |g| = 0.1, lam = -1
    escape = {r: steps_of(oe.SharpnessAwareMinimization(r, 0.5), saddle, x, 1).x[1] - 0.1
              for r in (0.0, 0.05, 0.15, 0.25)}  # fmt: skip
    assert escape[0.0] == pytest.approx(0.05)  # gradient descent
    assert 0 < escape[0.05] < escape[0.0]  # slower
    assert -escape[0.0] < escape[0.15] < 0  # attracted
    assert escape[0.25] < -escape[0.0]  # lam below -2 |g| / rho: a longer step, to the saddle


def test_without_radius_it_is_gradient_descent():
    problem = random_logistic(30, 4, seed=5, l2=0.1)
    x0 = np.ones(4)
    ours = steps_of(oe.SharpnessAwareMinimization(0.0), problem, x0, 20).iterates
    assert np.array_equal(ours, steps_of(oe.GradientDescent(), problem, x0, 20).iterates)


def test_it_ends_in_a_cycle_whose_width_grows_with_the_radius():
    problem = quadratic_with_spectrum([1.0, 3.0], seed=6, minimizer=[0.4, -0.3])
    far = []
    for radius in (0.1, 0.2):
        method = oe.SharpnessAwareMinimization(radius, 0.3)
        path = steps_of(method, problem, [1.0, 1.0], 400).iterates
        far.append(np.linalg.norm(path[-50:] - problem.minimizer, axis=1))
        assert far[-1].min() > 0.05 * radius
    assert far[1].max() == pytest.approx(2 * far[0].max(), rel=1e-3)


def test_a_zero_gradient_is_left_alone():
    problem = quadratic_with_spectrum([1.0, 3.0], seed=7, minimizer=[0.0, 0.0])
    assert np.array_equal(
        steps_of(oe.SharpnessAwareMinimization(0.1, 0.1), problem, [0.0, 0.0], 3).x, [0.0, 0.0]
    )
