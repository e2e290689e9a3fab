"""Proximal coordinate descent, and Newton on the free coordinates."""

import cvxpy as cp
import numpy as np
import pytest
from scipy.optimize import nnls
from sklearn.datasets import load_diabetes
from sklearn.linear_model import ElasticNet, Lasso

import optedu as oe
from optedu.problems.generators import random_lasso, random_logistic
from tests.helpers import steps_of

P = oe.problems
COORDINATES = (oe.ProximalCoordinateDescent(), oe.RandomProximalCoordinateDescent())


@pytest.fixture(scope="module")
def diabetes():
    A, y = load_diabetes(return_X_y=True)
    return (A - A.mean(0)) / A.std(0), (y - y.mean()) / y.std()


@pytest.mark.parametrize("method", [*COORDINATES, oe.TwoMetricProjection()])
def test_lasso_agrees_with_scikit_learn(method, diabetes):
    A, y = diabetes
    n, weight = len(y), 0.05
    problem = P.Composite(P.LeastSquares(A / np.sqrt(n), y / np.sqrt(n)), P.L1(weight))
    trace = oe.run(method, problem, np.zeros(10), max_iter=20_000, tol=1e-13)
    reference = Lasso(alpha=weight, fit_intercept=False, tol=1e-15, max_iter=100_000).fit(A, y)
    assert np.abs(trace.x - reference.coef_).max() <= 1e-8
    assert np.array_equal(trace.x == 0, reference.coef_ == 0)


def test_elastic_net_agrees_with_scikit_learn(diabetes):
    A, y = diabetes
    n, alpha, ratio = len(y), 0.1, 0.6
    regularizer = P.ElasticNet(alpha * ratio, alpha * (1 - ratio))
    problem = P.Composite(P.LeastSquares(A / np.sqrt(n), y / np.sqrt(n)), regularizer)
    trace = oe.run(oe.ProximalCoordinateDescent(), problem, np.zeros(10), max_iter=5000, tol=1e-13)
    reference = ElasticNet(
        alpha=alpha, l1_ratio=ratio, fit_intercept=False, tol=1e-15, max_iter=100_000
    ).fit(A, y)
    # here L_i bounds f alone, so that a step is no exact minimization; the limit is the same
    assert np.abs(trace.x - reference.coef_).max() <= 1e-8


def test_bounds_agree_with_cvxpy_and_nonnegativity_with_scipy(diabetes):
    A, y = diabetes
    loss = P.LeastSquares(A, y)
    low, high = np.full(10, -0.05), np.full(10, 0.2)
    for problem in (P.Composite(loss, P.Indicator(P.Box(low, high))),
                    P.Constrained(loss, P.Box(low, high))):  # fmt: skip
        trace = oe.run(oe.ProximalCoordinateDescent(), problem, np.zeros(10), max_iter=9000,
                       tol=1e-11)  # fmt: skip
        x = cp.Variable(10)
        cp.Problem(cp.Minimize(cp.sum_squares(A @ x - y)), [x >= low, x <= high]).solve(
            solver=cp.CLARABEL, tol_gap_abs=1e-13, tol_gap_rel=1e-13, tol_feas=1e-13
        )
        assert trace.x == pytest.approx(x.value, abs=1e-7)
    problem = P.Composite(loss, P.Indicator(P.NonNegative()))
    expected = nnls(A, y)[0]
    for method in (oe.ProximalCoordinateDescent(), oe.TwoMetricProjection()):
        trace = oe.run(method, problem, np.full(10, 0.1), max_iter=9000, tol=1e-10)
        assert trace.success
        assert trace.x == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("method", COORDINATES)
def test_never_uphill_and_without_g_the_plain_steps(method):
    problem = random_lasso(8, 50.0, seed=2, weight=0.5)
    trace = steps_of(method, problem, np.linspace(-2, 2, 8), 200)
    assert (np.diff(trace.values) <= 1e-13).all()
    plain = oe.CyclicCoordinateDescent()
    free = P.Composite(problem.smooth, P.L1(0.0))
    if not method.takes_rng:
        ours = steps_of(method, free, np.ones(8), 30).iterates
        assert np.array_equal(ours, steps_of(plain, problem.smooth, np.ones(8), 30).iterates)


def test_exact_minimization_over_each_coordinate():
    rng = np.random.default_rng(0)
    problem = P.Composite(P.LeastSquares(rng.standard_normal((9, 4)), rng.standard_normal(9)),
                          P.WeightedL1([0.5, 1.0, 0.0, 2.0]))  # fmt: skip
    trace = steps_of(oe.ProximalCoordinateDescent(), problem, rng.standard_normal(4), 12)
    for k, x in enumerate(trace.iterates[1:]):
        for shift in (-1e-3, 1e-3, -0.3, 0.3):
            assert problem.value(x + shift * np.eye(4)[k % 4]) > problem.value(x)


def test_support_is_found_within_the_radius_that_the_margin_gives():
    """If ||x - x*|| <= delta / (2 L), the prox puts every zero of x* to zero."""
    for seed in range(4):
        problem = random_lasso(12, 40.0, seed=seed, weight=0.5)
        zero = problem.solution == 0
        slack = 0.5 - np.abs(problem.gradient(problem.solution))[zero]
        delta, L = slack.min(), problem.smoothness
        trace = steps_of(oe.ProximalCoordinateDescent(), problem, np.full(12, 3.0), 12 * 60)
        errors = np.linalg.norm(trace.iterates - problem.solution, axis=1)
        inside = np.flatnonzero(np.maximum.accumulate(errors[::-1])[::-1] <= delta / (2 * L))[0]
        after = trace.iterates[inside + 12 :]
        assert len(after) > 12
        assert not after[:, zero].any()
        assert trace.iterates[0][zero].any()  # negative control: not so at the start


@pytest.mark.parametrize("nonnegative", [False, True])
def test_newton_on_the_support_converges_quadratically(nonnegative):
    loss = random_logistic(60, 12, seed=4, l2=1e-3)
    g = P.Indicator(P.NonNegative()) if nonnegative else P.L1(0.02)
    problem = P.Composite(loss, g)
    trace = oe.run(oe.TwoMetricProjection(), problem, np.full(12, 0.5), tol=1e-13, max_iter=60)
    assert trace.success
    supports = trace.iterates != 0
    found = np.flatnonzero((supports != supports[-1]).any(axis=1))[-1] + 1
    assert 0 < found < len(trace) - 1
    assert 0 < supports[-1].sum() < 12
    errors = np.linalg.norm(trace.iterates - trace.x, axis=1)[found:-1]
    tail = errors[errors > 1e-7]
    rates = errors[1:][: len(tail)] / tail[: len(errors) - 1]
    assert rates[-1] <= 0.1
    # first-order methods are linear there: one thousand steps of theirs for the same accuracy
    first = oe.run(
        oe.ProximalGradient(), problem, np.full(12, 0.5), tol=1e-13, max_iter=10 * len(trace)
    )
    assert not first.success


def test_a_quadratic_is_finished_once_the_support_is_known():
    for seed in range(5):
        problem = random_lasso(15, 100.0, seed=seed, weight=0.5)
        trace = oe.run(oe.TwoMetricProjection(), problem, np.full(15, 2.0), tol=1e-12, max_iter=60)
        assert trace.success
        assert len(trace) <= 25
        assert trace.x == pytest.approx(problem.solution, abs=1e-10)
        assert (np.diff(trace.values) <= 1e-13).all()
