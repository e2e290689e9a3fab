"""The optimum that SciPy and scikit-learn find, on real data, to 1e-9."""

import numpy as np
import pytest
import scipy.optimize
import sklearn.linear_model

import optedu as oe

METHODS = [
    oe.NewtonMethod(),
    oe.DampedNewton(),
    oe.NewtonCG(),
    oe.TrustRegionNewton(),
    oe.SteihaugTrustRegion(),
    oe.BFGS(),
    oe.LBFGS(memory=30),
    oe.SR1(),
]


def logistic(name):
    A, y = {
        "breast cancer": oe.problems.data.breast_cancer,
        "digits 3 and 8": lambda: oe.problems.data.digits((3, 8)),
    }[name]()
    return oe.problems.LogisticRegression(A, y, 0.01)


@pytest.fixture(scope="module", params=["breast cancer", "digits 3 and 8"])
def fitted(request):
    """Return the problem and the two peers' solutions."""
    problem = logistic(request.param)
    sklearns = sklearn.linear_model.LogisticRegression(
        C=1 / (problem.l2 * problem.y.size),
        fit_intercept=False,
        solver="newton-cholesky",
        tol=1e-12,
    ).fit(problem.A, problem.y)
    scipys = scipy.optimize.minimize(
        problem.value, np.zeros(problem.shape), jac=problem.gradient, hess=problem.hessian,
        method="trust-exact", options={"gtol": 1e-11},
    )  # fmt: skip
    return problem, sklearns.coef_[0], scipys.x


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
def test_logistic_regression(method, fitted):
    problem, sklearns, scipys = fitted
    trace = oe.run(method, problem, np.zeros(problem.shape), max_iter=5000, tol=1e-11,
                   keep_iterates=False)  # fmt: skip
    assert trace.success, trace.message
    best = problem.value(trace.x)
    assert best == pytest.approx(problem.value(sklearns), rel=1e-9)
    assert best == pytest.approx(problem.value(scipys), rel=1e-9)
    np.testing.assert_allclose(trace.x, sklearns, atol=1e-9)
    np.testing.assert_allclose(trace.x, scipys, atol=1e-9)


def test_ten_digits():
    A, y = oe.problems.data.digits()
    problem = oe.problems.SoftmaxRegression(A, y, 0.01)
    peer = sklearn.linear_model.LogisticRegression(
        C=1 / (0.01 * y.size), fit_intercept=False, solver="newton-cg", tol=1e-10, max_iter=500
    ).fit(A, y)
    trace = oe.run(oe.NewtonCG(), problem, np.zeros(problem.shape), tol=1e-9, execution="python")
    assert trace.success
    assert problem.value(trace.x) == pytest.approx(problem.value(peer.coef_.T), rel=1e-9)


@pytest.mark.parametrize(
    ("method", "name"),
    [(oe.BFGS(), "BFGS"), (oe.LBFGS(), "L-BFGS-B"), (oe.NewtonCG(), "Newton-CG"),
     (oe.TrustRegionNewton(), "trust-exact"), (oe.SteihaugTrustRegion(), "trust-ncg"),
     (oe.SR1(), "SR1")],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_gradients_needed_are_comparable_with_scipys(method, name):
    """Not more than twice as many, and ten, as SciPy's method of the same name."""
    problem = logistic("breast cancer")
    options = {"gtol": 1e-6, "maxiter": 1000}
    hess = problem.hessian
    if name == "SR1":
        name, hess = "trust-constr", scipy.optimize.SR1()
    if name == "Newton-CG":
        options = {"xtol": 1e-8}
    plain = name in ("BFGS", "L-BFGS-B")
    peer = scipy.optimize.minimize(
        problem.value, np.zeros(30), jac=problem.gradient, hess=None if plain else hess,
        method=name, options=options,
    )  # fmt: skip
    trace = oe.run(method, problem, np.zeros(30), tol=1e-6)
    assert trace.success
    assert trace.counts["gradient"] <= 2 * peer.njev + 10
