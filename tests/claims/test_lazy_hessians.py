"""Second-Order Optimization with Lazy Hessians.

Claims: one Hessian may serve m steps; sqrt(m) times the steps, 1/m of the Hessians, best m = d;
superlinear local rates. Shown here on logistic regression (the data of breast cancer stand in for
the LIBSVM sets of the paper) and on log-sum-exp, in oracle calls and operations, not seconds.
"""

import numpy as np
import pytest
from scipy.optimize import minimize

import optedu as oe
from optedu.problems.data import breast_cancer
from tests.cubic.examples import states

TABLE = {1: (23, 28), 5: (47, 54), 10: (67, 73), 31: (124, 129), 100: (242, 247)}
"""Steps to a gradient of 1e-10 with L = 0.01: cubic, gradient-regularized.

A Hessian is taken every m steps, so that 47 steps at m = 5 need 10. A prototype that evaluates
the gradient once more to stop counts 24, 48, 68, 125, 243 and 29, 55, 74, 130, 248.
"""


@pytest.fixture(scope="module")
def cancer():
    A, y = breast_cancer(intercept=True)
    return oe.problems.LogisticRegression(A, y, 1e-3)


@pytest.fixture(scope="module")
def runs(cancer):
    x0 = np.zeros(31)
    return {
        (m, cls): oe.run(cls(0.01, m), cancer, x0, tol=1e-10, max_iter=400, execution="python")
        for m in TABLE
        for cls in (oe.LazyCubicNewton, oe.LazyRegularizedNewton)
    }


def test_hessians_fall_and_gradients_rise_with_the_period(runs):
    for column, cls in enumerate((oe.LazyCubicNewton, oe.LazyRegularizedNewton)):
        for m, steps in TABLE.items():
            counts = runs[m, cls].counts
            assert counts["gradient"] == pytest.approx(steps[column], abs=1)  # rounding may move 1
            assert counts["hessian"] == -(-counts["gradient"] // m)
        hessians = [runs[m, cls].counts["hessian"] for m in TABLE]
        gradients = [runs[m, cls].counts["gradient"] for m in TABLE]
        assert (np.diff(hessians) < 0).all()
        assert (np.diff(gradients) > 0).all()


def test_same_optimum_for_all_periods_and_for_scipy(runs, cancer):
    values = [cancer.value(trace.x) for trace in runs.values()]
    assert np.ptp(values) <= 1e-12
    assert values[0] == pytest.approx(0.0598294718818051, abs=1e-12)
    peer = minimize(
        cancer.value, np.zeros(31), jac=cancer.gradient, hess=cancer.hessian,
        method="trust-exact", options={"gtol": 1e-10},
    )  # fmt: skip
    assert cancer.value(peer.x) == pytest.approx(values[0], abs=1e-12)
    # a gradient of 1e-10 and curvatures of at least 1e-3 leave 1e-7 of x open
    for trace in runs.values():
        assert np.abs(trace.x - peer.x).max() <= 2e-7
        x = list(states(oe.CubicNewton(0.06), cancer, trace.x, 2))[-1].x  # two steps to the bottom
        assert np.abs(x - peer.x).max() <= 1e-8


def test_steps_grow_more_slowly_than_the_period(runs):
    """The factor sqrt(m) is for the worst case; here it is less than m^0.6 everywhere."""
    for cls in (oe.LazyCubicNewton, oe.LazyRegularizedNewton):
        first = runs[1, cls].counts["gradient"]
        for m in (5, 10, 31, 100):
            growth = runs[m, cls].counts["gradient"] / first
            assert growth <= m**0.6
            assert growth >= m**0.3  # negative control: it is not free


def test_tail_is_superlinear_per_phase(cancer, runs):
    x_star = list(states(oe.CubicNewton(0.06), cancer, runs[1, oe.LazyCubicNewton].x, 2))[-1].x
    for m in (5, 10):
        trace = runs[m, oe.LazyCubicNewton]
        errors = np.linalg.norm(trace.iterates[::m] - x_star, axis=1)
        errors = errors[errors > 1e-9]
        rates = errors[1:] / errors[:-1]
        assert (np.diff(rates[-4:]) < 0).all()  # each phase contracts more than the last
        assert rates[-1] < 0.15 < 0.4 < rates[0]


@pytest.mark.parametrize("cls", [oe.LazyCubicNewton, oe.LazyRegularizedNewton])
def test_arithmetic_is_least_near_the_dimension(cls):
    """On log-sum-exp with d = 100, n = 500 (true L = 100, here L = 1)."""
    n, d = 500, 100
    rng = np.random.default_rng(0)
    A, b = rng.uniform(-1, 1, (n, d)), rng.uniform(-1, 1, n)
    A = A - oe.problems.LogSumExp(A, b).gradient(np.zeros(d))  # 0 becomes the minimizer
    problem = oe.problems.LogSumExp(A, b)
    gradient = 4 * n * d
    costs = {}
    for m in (1, 10, 100, 1000):
        trace = oe.run(
            cls(1.0, m), problem, np.ones(d), tol=1e-7, max_iter=3000, execution="python"
        )
        assert trace.status is oe.Status.CONVERGED
        refresh, step = d * gradient + 9 * d**3, gradient + 4 * d**2
        costs[m] = trace.counts["hessian"] * refresh + trace.counts["gradient"] * step
    assert min(costs, key=costs.get) == 100
    assert costs[1] > 5 * costs[100]
    assert costs[1000] > 1.4 * costs[100]
