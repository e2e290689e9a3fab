"""Near-Optimal Solutions of Constrained Learning Problems.

Claims: the last minimizer of the Lagrangian at optimal multipliers violates the constraints by no
more than what the model lacks in richness, so no averaging is needed. Random features stand in for
networks, a group with higher targets for the fairness data of the paper.
"""

import cvxpy as cp
import numpy as np

from optedu.duality.constrained_learning import (
    dual_learning,
    fair_values,
    parity_rows,
    violation_of_width,
)

EXACT = {"tol_gap_abs": 1e-11, "tol_gap_rel": 1e-11, "tol_feas": 1e-11}


def parity(seed=0, n=60):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    group = X[:, 0] + 0.3 * rng.normal(size=n) > 0
    return X, np.sin(2 * X[:, 0]) + X[:, 1] + 0.8 * group, group


def logistic(seed=1, n=80):
    """Return data, labels and the covariance row that parity bounds, for a logistic model."""
    rng = np.random.default_rng(seed)
    A = np.column_stack((np.ones(n), rng.normal(size=(n, 2))))
    group = A[:, 1] > 0.2
    y = np.where(A @ [0.2, 1.5, -1.0] + 0.5 * rng.normal(size=n) > 0, 1.0, -1.0)
    return A, y, parity_rows(group) @ A


def test_last_iterate_of_dual_ascent_is_the_constrained_solution():
    A, y, rows = logistic()
    tolerance, l2 = 0.3, 0.1

    def minimizer(lam):
        x = np.zeros(3)
        for _ in range(20):
            p = 1 / (1 + np.exp(y * (A @ x)))
            g = -A.T @ (y * p) / y.size + l2 * x + rows.T @ lam
            H = (A.T * (p * (1 - p))) @ A / y.size + l2 * np.eye(3)
            x = x - np.linalg.solve(H, g)
        return x

    run = dual_learning(minimizer, lambda x: rows @ x - tolerance, 2, 0.05, 400)
    x = cp.Variable(3)
    constraint = rows @ x <= tolerance
    loss = cp.sum(cp.logistic(-cp.multiply(y, A @ x))) / y.size + l2 / 2 * cp.sum_squares(x)
    cp.Problem(cp.Minimize(loss), [constraint]).solve(solver=cp.CLARABEL, **EXACT)
    np.testing.assert_allclose(run.points[-1], x.value, atol=1e-6)
    np.testing.assert_allclose(run.multipliers[-1], constraint.dual_value, atol=1e-6)

    def dual(lam):
        x = minimizer(lam)
        loss = np.mean(np.log1p(np.exp(-y * (A @ x)))) + l2 / 2 * x @ x
        return loss + lam @ (rows @ x - tolerance)

    values = [dual(lam) for lam in run.multipliers[:20]]
    for i in range(20):  # concave, with the slack as a supergradient
        for j in range(20):
            change = run.multipliers[j] - run.multipliers[i]
            assert values[j] <= values[i] + run.slacks[i] @ change + 1e-10


def test_without_strict_convexity_the_last_iterate_fails_and_the_mean_does_not():
    """Minimize -x over [0, 1] subject to x <= 1/2: the Lagrangian's minimizer is 0 or 1."""
    run = dual_learning(
        lambda y: np.array([1.0 if y[0] < 1.0 else 0.0]), lambda x: x - 0.5, 1, 0.01, 4001
    )
    last = run.slacks[-500:, 0]
    assert set(np.unique(last)) == {-0.5, 0.5}  # violated by 1/2, or far from optimal
    assert abs(run.points.mean() - 0.5) <= run.multipliers.max() / (0.01 * 4001) + 1e-12
    assert abs(run.multipliers[-1, 0] - 1.0) <= 0.01


def test_fair_values_solve_the_functional_problem():
    _, y, group = parity()
    u, prices = fair_values(y, group, 0.1)
    v = cp.Variable(y.size)
    constraint = parity_rows(group) @ v <= 0.1
    objective = cp.Minimize(cp.sum_squares(v - y) / (2 * y.size))
    cp.Problem(objective, [constraint]).solve(solver=cp.CLARABEL, **EXACT)
    np.testing.assert_allclose(u, v.value, atol=1e-6)
    np.testing.assert_allclose(prices, constraint.dual_value, atol=1e-7)


def test_violation_falls_as_the_model_grows_richer():
    """Medians over twenty seeds with 60 points: 0.20, 0.13, 0.05 and 0."""
    medians = [
        np.median([violation_of_width(*parity(seed), 0.1, width, seed) for seed in range(20)])
        for width in (5, 30, 50, 60)
    ]
    assert medians[0] > 1.2 * medians[1] > 2 * medians[2] > 0.05
    assert medians[3] < 1e-6
