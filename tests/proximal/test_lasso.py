"""The lasso by three methods: where it is zero, what freezes, and whether it is optimal."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso

import optedu as oe
from tests.proximal.examples import lasso_violation, sparse_regression

METHODS = [oe.ProximalGradient(), oe.FISTA(), oe.ProximalNewton()]


def solve(method, loss, weight, x0, tol=1e-12, max_iter=20_000):
    problem = oe.problems.Composite(loss, oe.problems.L1(weight))
    return oe.run(method, problem, x0, max_iter=max_iter, tol=tol, execution="python")


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("seed", range(3))
def test_just_above_lambda_max_all_is_zero_and_just_below_one_entry_is_not(method, seed):
    loss, _ = sparse_regression(seed, d=8)
    x0 = np.random.default_rng(seed).standard_normal(8)
    largest = np.abs(loss.gradient(np.zeros(8))).max()
    above = solve(method, loss, largest * (1 + 1e-9), x0)
    assert not above.x.any()  # exactly
    below = solve(method, loss, largest * (1 - 1e-6), x0)
    assert np.count_nonzero(below.x) == 1
    assert np.argmax(np.abs(below.x)) == np.argmax(np.abs(loss.gradient(np.zeros(8))))


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("seed", range(2))
def test_optimal_and_equal_to_scikit_learn(method, seed):
    loss, _ = sparse_regression(seed)
    n, weight = loss.b.size, 0.15
    run = solve(method, loss, weight, np.ones(30))
    assert run.success
    assert lasso_violation(loss, run.x, weight) <= 1e-10
    reference = Lasso(alpha=weight / n, fit_intercept=False, tol=1e-14, max_iter=100_000)
    assert run.x == pytest.approx(reference.fit(loss.A, loss.b).coef_, abs=1e-8)
    wrong = run.x + 1e-3 * np.eye(30)[0]
    assert lasso_violation(loss, wrong, weight) > 1e-6  # negative control


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
def test_support_is_found_in_finitely_many_steps(method):
    """Zero is exact from some step on, long before the entries are."""
    loss, _ = sparse_regression(1)
    run = solve(method, loss, 0.15, np.ones(30))
    supports = run.iterates != 0
    frozen = np.flatnonzero((supports != supports[-1]).any(axis=1)).max() + 1
    assert 0 < frozen < 0.6 * len(supports)
    assert np.linalg.norm(run.iterates[frozen] - run.x) > 1e-4  # the entries are not there yet
    margin = 0.15 - np.abs(loss.gradient(run.x))[run.x == 0]
    assert margin.min() > 1e-3  # strict complementarity, on which this rests


def test_a_weight_of_zero_in_the_weighted_lasso_leaves_a_coordinate_free():
    loss, _ = sparse_regression(2, d=8)
    weights = np.full(8, 0.2)
    weights[3] = 0.0
    problem = oe.problems.Composite(loss, oe.problems.WeightedL1(weights))
    run = oe.run(oe.FISTA(), problem, np.zeros(8), max_iter=5000, tol=1e-11)
    assert abs(loss.gradient(run.x)[3]) <= 1e-9
    scaled = oe.problems.LeastSquares(loss.A / np.full(8, 0.2), loss.b)
    plain = oe.problems.Composite(loss, oe.problems.WeightedL1(np.full(8, 0.2)))
    unit = oe.problems.Composite(scaled, oe.problems.L1(1.0))
    a = oe.run(oe.ProximalNewton(), plain, np.zeros(8), tol=1e-10).x
    b = oe.run(oe.ProximalNewton(), unit, np.zeros(8), tol=1e-10).x
    assert a == pytest.approx(b / 0.2, abs=1e-8)
