"""The optimum that other people's libraries find, on real data, to 1e-9 relative."""

import cvxpy
import numpy as np
import pytest
import scipy.optimize
import sklearn.datasets
import sklearn.linear_model

import optedu as oe

SMOOTH_METHODS = [
    oe.GradientDescent(),
    oe.ExactLineSearchDescent(),
    oe.BacktrackingGradientDescent(),
    oe.WolfeGradientDescent(),
    oe.BarzilaiBorwein(),
    oe.AlternatingBarzilaiBorwein(),
    oe.GlobalBarzilaiBorwein(),
    oe.FletcherReeves(),
    oe.PolakRibiere(),
    oe.HestenesStiefel(),
    oe.DaiYuan(),
]
NAMES = {"ids": lambda method: type(method).__name__}


def standardized(loader):
    A, b = loader(return_X_y=True)
    return (A - A.mean(axis=0)) / A.std(axis=0), b


@pytest.fixture(scope="module")
def diabetes():
    A, b = standardized(sklearn.datasets.load_diabetes)
    return A, (b - b.mean()) / b.std()


@pytest.fixture(scope="module")
def breast_cancer():
    A, y = standardized(sklearn.datasets.load_breast_cancer)
    return A, 2.0 * y - 1.0


def solve(method, problem, tol=1e-7):
    trace = oe.run(
        method, problem, np.zeros(problem.shape), max_iter=20_000, tol=tol, record_every=10,
        execution="python", keep_iterates=False, progress=False,
    )  # fmt: skip
    assert trace.success, trace
    return trace


@pytest.mark.parametrize("method", SMOOTH_METHODS, **NAMES)
def test_ridge(method, diabetes):
    A, b = diabetes
    problem = oe.problems.LeastSquares(A, b, l2=20.0)
    peer = sklearn.linear_model.Ridge(alpha=20.0, fit_intercept=False, tol=1e-14).fit(A, b)
    trace = solve(method, problem)
    assert problem.value(trace.x) == pytest.approx(problem.value(peer.coef_), rel=1e-9)
    np.testing.assert_allclose(trace.x, peer.coef_, atol=1e-6)


@pytest.mark.parametrize("method", SMOOTH_METHODS, **NAMES)
def test_logistic_regression(method, breast_cancer):
    A, y = breast_cancer
    l2 = 0.05
    problem = oe.problems.LogisticRegression(A, y, l2)
    sklearns = sklearn.linear_model.LogisticRegression(
        C=1 / (l2 * y.size), fit_intercept=False, solver="newton-cholesky", tol=1e-12
    ).fit(A, y)
    scipys = scipy.optimize.minimize(
        problem.value, np.zeros(30), jac=problem.gradient, method="L-BFGS-B",
        options={"ftol": 1e-16, "gtol": 1e-10, "maxiter": 5000},
    )  # fmt: skip
    reached = problem.value(solve(method, problem).x)
    assert reached == pytest.approx(problem.value(sklearns.coef_[0]), rel=1e-9)
    assert reached == pytest.approx(scipys.fun, rel=1e-9)


@pytest.mark.parametrize(
    "method", [oe.ProximalGradient(), oe.BacktrackingProximalGradient()], **NAMES
)
def test_lasso(method, diabetes):
    A, b = diabetes
    n, weight = b.size, 0.05
    problem = oe.problems.Composite(
        oe.problems.LeastSquares(A / np.sqrt(n), b / np.sqrt(n)), oe.problems.L1(weight)
    )
    sklearns = sklearn.linear_model.Lasso(
        alpha=weight, fit_intercept=False, tol=1e-14, max_iter=100_000
    ).fit(A, b)
    u = cvxpy.Variable(A.shape[1])
    model = cvxpy.Problem(
        cvxpy.Minimize(cvxpy.sum_squares(A @ u - b) / (2 * n) + weight * cvxpy.norm1(u))
    )
    model.solve(solver=cvxpy.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12)
    trace = solve(method, problem, tol=1e-10)
    reached = problem.value(trace.x)
    assert reached == pytest.approx(problem.value(sklearns.coef_), rel=1e-9)
    assert reached == pytest.approx(model.value, rel=1e-9)
    np.testing.assert_array_equal(trace.x == 0.0, sklearns.coef_ == 0.0)


def test_nonnegative_least_squares(diabetes):
    A, b = diabetes
    d = A.shape[1]
    problem = oe.problems.Constrained(
        oe.problems.LeastSquares(A, b), oe.problems.Box(np.zeros(d), np.full(d, 1e6))
    )
    peer, residual = scipy.optimize.nnls(A, b)
    x = solve(oe.ProjectedGradientDescent(), problem, tol=1e-6).x
    np.testing.assert_allclose(x, peer, atol=1e-7)
    assert problem.value(x) == pytest.approx(residual**2 / 2, rel=1e-9)
