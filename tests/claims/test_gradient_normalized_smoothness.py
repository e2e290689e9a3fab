"""Gradient-Normalized Smoothness for Optimization with Approximate Hessians.

Claims: one rule for the regularization, with no constant of the problem, gives the rates of many
classes at once, also with an approximate Hessian. Shown here: logistic regression and log-sum-exp
with exact Hessian, Fisher and empirical Fisher matrices; a nonlinear system with Gauss-Newton.
"""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize

import optedu as oe
from optedu.cubic.gradient_normalized_search import (
    GradientNormalizedState,
    gradient_normalized_step,
)
from optedu.problems.data import breast_cancer
from optedu.problems.generators import random_logistic, random_quadratic
from tests.cubic.examples import states

F_STAR = 0.0598294718818051


@pytest.fixture(scope="module")
def cancer():
    A, y = breast_cancer(intercept=True)
    return oe.problems.LogisticRegression(A, y, 1e-3)


def until(method, problem, x0, tol, steps=400):
    path = []
    for state in states(method, problem, x0, steps):
        path.append(state)
        if np.linalg.norm(state.g) <= tol:
            return path
    raise AssertionError("not converged")


def test_without_a_hessian_and_with_a_fixed_ratio_it_is_gradient_descent():
    problem = random_quadratic(4, 20.0, seed=3)
    L, x = problem.smoothness, np.ones(4)
    state = GradientNormalizedState(x, problem.value(x), problem.gradient(x), 1.0, 1.0, 0)
    descent = states(oe.GradientDescent(1 / L), problem, x, 20)
    for plain in descent:
        np.testing.assert_allclose(state.x, plain.x, rtol=1e-12, atol=1e-12)
        radius = np.linalg.norm(state.g) / L  # so that lam = ||g|| / gamma = L
        state = gradient_normalized_step(problem, state._replace(radius=radius), np.zeros((4, 4)))
        assert state.accepted == radius  # no trial is refused at lam = L


def test_exact_on_a_quadratic_as_the_radius_grows():
    problem = random_quadratic(5, 20.0, seed=4)
    errors = []
    for gamma in 10.0 ** np.arange(3, 9):
        new = list(states(oe.GradientNormalizedNewton(gamma), problem, np.ones(5), 1))[1]
        assert new.trials == 1
        errors.append(np.linalg.norm(new.x - problem.minimizer))
    ratios = np.array(errors[1:]) / np.array(errors[:-1])
    np.testing.assert_allclose(ratios[:4], 0.1, rtol=0.1)  # error in proportion to 1 / gamma


def test_eleven_factorizations_with_the_exact_hessian(cancer):
    path = until(oe.GradientNormalizedNewton(), cancer, np.zeros(31), 1e-10)
    assert path[-1].trials == pytest.approx(11, abs=1)
    assert np.linalg.norm(path[-1].g) < 1e-10
    assert min(s.accepted for s in path) >= 0.5


@pytest.mark.parametrize("far", [5.0, 20.0, 100.0])
def test_from_far_newton_diverges_and_the_radius_stays_bounded_below(cancer, far):
    x0 = far * np.random.default_rng(1).standard_normal(31)
    x = x0
    for _ in range(50):
        x = x - np.linalg.solve(cancer.hessian(x), cancer.gradient(x))
    assert np.linalg.norm(cancer.gradient(x)) > 0.1  # Newton's own steps lead nowhere
    path = until(oe.GradientNormalizedNewton(), cancer, x0, 1e-9)
    assert len(path) <= 25
    assert min(s.accepted for s in path) >= 0.5
    gaps = np.array([s.f for s in path]) - F_STAR
    assert (np.diff(gaps) <= 1e-14).all()


def test_log_gap_falls_at_least_linearly(cancer):
    """Once the gap is below its start, each step takes at least a constant factor of it."""
    x0 = 20 * np.random.default_rng(1).standard_normal(31)
    path = until(oe.GradientNormalizedNewton(), cancer, x0, 1e-9)
    gaps = np.array([s.f for s in path]) - F_STAR
    factors = gaps[1:] / gaps[:-1]
    seen = gaps[1:] > 1e-10
    assert factors[seen].max() < 0.97
    assert np.median(factors[seen]) < 0.7


def test_minimizer_is_that_of_scipy(cancer):
    peer = minimize(
        cancer.value, np.zeros(31), jac=cancer.gradient, hess=cancer.hessian,
        method="trust-exact", options={"gtol": 1e-10},
    )  # fmt: skip
    path = until(oe.GradientNormalizedNewton(), cancer, np.zeros(31), 1e-10)
    np.testing.assert_allclose(path[-1].x, peer.x, atol=1e-7)
    assert cancer.value(path[-1].x) == pytest.approx(cancer.value(peer.x), abs=1e-13)


def test_each_step_keeps_its_test_and_its_radius():
    problem = random_logistic(40, 4, seed=5, l2=0.01)
    x0 = 5 * np.ones(4)
    for cls in (oe.GradientNormalizedNewton, oe.GradientNormalizedEmpiricalFisher):
        for a, b in itertools.pairwise(states(cls(), problem, x0, 25)):
            lam = np.linalg.norm(a.g) / b.accepted
            assert np.linalg.norm(b.x - a.x) <= b.accepted * (1 + 1e-12)
            if np.linalg.norm(b.g) > 1e-7:
                assert a.f - b.f >= np.sum(b.g**2) / (8 * lam) * (1 - 1e-6) - 1e-14


def test_fisher_of_logistic_regression_is_its_hessian():
    problem = random_logistic(40, 4, seed=5, l2=0.01)
    runs = [
        list(states(cls(), problem, np.ones(4), 6))[-1].x
        for cls in (
            oe.GradientNormalizedNewton,
            oe.GradientNormalizedFisher,
            oe.GradientNormalizedGaussNewton,
        )
    ]
    np.testing.assert_allclose(runs[1], runs[0], rtol=1e-12)
    np.testing.assert_allclose(runs[2], runs[0], rtol=1e-12)


@pytest.mark.parametrize("seed", range(6, 12))
def test_the_empirical_fisher_needs_many_times_the_factorizations(seed):
    """11 against thousands in the paper; on these six problems 5.4 to 11 times as many."""
    problem = random_logistic(60, 5, seed=seed, l2=1e-2)
    exact = until(oe.GradientNormalizedNewton(), problem, np.zeros(5), 1e-8)
    empirical = until(oe.GradientNormalizedEmpiricalFisher(), problem, np.zeros(5), 1e-8, 2000)
    np.testing.assert_allclose(empirical[-1].x, exact[-1].x, atol=1e-5)
    assert empirical[-1].trials >= 5 * exact[-1].trials


def test_on_log_sum_exp_the_fisher_matrix_works_too():
    rng = np.random.default_rng(7)
    A, b = rng.uniform(-1, 1, (60, 10)), rng.uniform(-1, 1, 60)
    A = A - oe.problems.LogSumExp(A, b, 0.1).gradient(np.zeros(10))
    problem = oe.problems.LogSumExp(A, b, 0.1)
    exact = until(oe.GradientNormalizedNewton(), problem, np.ones(10), 1e-8)
    fisher = until(oe.GradientNormalizedFisher(), problem, np.ones(10), 1e-8)
    L = problem.smoothness
    descent = oe.run(oe.GradientDescent(1 / L), problem, np.ones(10), max_iter=400, tol=1e-8)
    assert np.abs(fisher[-1].x).max() < 1e-5
    assert exact[-1].trials < fisher[-1].trials
    assert descent.status is not oe.Status.CONVERGED


def test_gauss_newton_solves_rosenbrock():
    path = until(oe.GradientNormalizedGaussNewton(), oe.problems.Rosenbrock(), [-1.2, 1.0], 1e-9)
    np.testing.assert_allclose(path[-1].x, [1.0, 1.0], atol=1e-8)
    assert len(path) <= 60
