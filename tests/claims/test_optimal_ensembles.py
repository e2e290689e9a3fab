"""Optimally Weighted Ensembles of Regression Models: Exact Weight Optimization and Applications.

Claims: exact weights are one quadratic program, and no worse than the best single model. Diabetes
with four regressors stands in for the paper's data sets.
"""

import cvxpy as cp
import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_predict
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

import optedu as oe
from optedu.duality.ensemble import ensemble_program, optimal_weights
from optedu.problems.data import diabetes


def models(seed, n=40, m=6):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n)
    P = y[:, None] + rng.normal(size=(n, m)) * rng.uniform(0.3, 2.0, m) + 0.3 * rng.normal(size=m)
    return P, y, rng.uniform(0.0, 2.0, n)


def kkt(Q, q, w):
    g = Q @ w + q
    used = w > 1e-10
    nu = g[used].mean()
    return max(abs(w.sum() - 1), -w.min(), np.abs(g[used] - nu).max(), (nu - g).max())


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("weighted", [False, True])
def test_three_methods_and_two_solvers_agree(seed, weighted):
    P, y, s = models(seed)
    s = s if weighted else None
    Q, q = ensemble_program(P, y, s)
    w = optimal_weights(P, y, s)
    assert kkt(Q, q, w) <= 1e-8
    problem = oe.problems.Constrained(oe.problems.Quadratic(Q, -q), oe.problems.Simplex())
    start = np.full(6, 1 / 6)
    projected = oe.run(oe.ProjectedGradientDescent(), problem, start, tol=1e-10, max_iter=20_000)
    np.testing.assert_allclose(projected.x, w, atol=1e-7)
    v = cp.Variable(6)
    objective = cp.Minimize(cp.quad_form(v, cp.psd_wrap(Q)) / 2 + q @ v)
    cp.Problem(objective, [v >= 0, cp.sum(v) == 1]).solve(
        solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12
    )
    np.testing.assert_allclose(v.value, w, atol=1e-6)
    peer = minimize(
        lambda v: v @ Q @ v / 2 + q @ v, start, jac=lambda v: Q @ v + q, bounds=[(0, 1)] * 6,
        method="SLSQP", constraints={"type": "eq", "fun": lambda v: v.sum() - 1},
        options={"ftol": 1e-15, "maxiter": 300},
    )  # fmt: skip
    np.testing.assert_allclose(peer.x, w, atol=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_frank_wolfe_approaches_the_same_weights(seed):
    """With exact line searches; where the optimum is on a face it zigzags: three digits."""
    P, y, _ = models(seed)
    Q, q = ensemble_program(P, y)
    w, v = optimal_weights(P, y), np.eye(6)[0]
    for _ in range(3000):
        g = Q @ v + q
        d = np.eye(6)[np.argmin(g)] - v
        bend = d @ Q @ d
        if bend <= 0:
            break
        v = v + min(1.0, -(g @ d) / bend) * d
    assert v @ Q @ v / 2 + q @ v - (w @ Q @ w / 2 + q @ w) <= 1e-3
    np.testing.assert_allclose(v, w, atol=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_never_worse_than_the_best_model_on_the_data_it_saw(seed):
    P, y, _ = models(seed)
    error = np.mean((y - P @ optimal_weights(P, y)) ** 2)
    assert error <= np.mean((y[:, None] - P) ** 2, axis=0).min() + 1e-12


def test_a_perfect_model_gets_all_the_weight():
    P, y, _ = models(0)
    P[:, 3] = y
    np.testing.assert_allclose(optimal_weights(P, y), np.eye(6)[3], atol=1e-8)


def test_diabetes_with_four_regressors():
    A, y = diabetes()
    fitted = (
        Ridge(1.0), KNeighborsRegressor(10), DecisionTreeRegressor(max_depth=3, random_state=0),
        RandomForestRegressor(20, max_depth=5, random_state=0),
    )  # fmt: skip
    P = np.column_stack([cross_val_predict(m, A, y, cv=5) for m in fitted])
    w = optimal_weights(P, y)
    errors = np.mean((y[:, None] - P) ** 2, axis=0)
    assert np.mean((y - P @ w) ** 2) < errors.min()
    assert kkt(*ensemble_program(P, y), w) <= 1e-7
