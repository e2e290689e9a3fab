"""Sparse regression with a known truth, and an optimality check that uses no prox."""

import numpy as np

import optedu as oe


def sparse_regression(seed, n=60, d=30, k=4, correlation=0.5, noise=0.1):
    """Return least squares with correlated, scaled columns, and the truth with k entries.

    Columns of neighbouring indices have this correlation (a Toeplitz design).
    """
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, d))
    for j in range(1, d):
        A[:, j] = correlation * A[:, j - 1] + np.sqrt(1 - correlation**2) * A[:, j]
    A = A / np.sqrt(n)
    x = np.zeros(d)
    x[rng.choice(d, k, replace=False)] = rng.choice([-1, 1], k) * rng.uniform(1, 3, k)
    b = A @ x + noise * rng.standard_normal(n) / np.sqrt(n)
    return oe.problems.LeastSquares(A, b), x


def lasso_violation(loss, x, weight):
    """The largest violation of the lasso's optimality conditions, coordinate by coordinate."""
    g, worst = loss.gradient(x), 0.0
    for slope, entry in zip(g, x, strict=True):
        worst = max(worst, abs(slope + weight * np.sign(entry)) if entry else abs(slope) - weight)
    return worst


def toeplitz(seed, n, d, rho):
    """Return rows with correlations rho^|i - j|."""
    rng = np.random.default_rng(seed)
    covariance = rho ** np.abs(np.subtract.outer(np.arange(d), np.arange(d)))
    return rng.standard_normal((n, d)) @ np.linalg.cholesky(covariance).T
