"""Data and convex programs of the family, drawn from seeds, and their optimum by Clarabel."""

from __future__ import annotations

import warnings

import cvxpy as cp
import numpy as np

import optedu as oe
from optedu.problems.activation_patterns import all_patterns, sampled_patterns

P = oe.problems


def data(n=12, d=2, seed=0, logistic=False):
    """Return rows with an intercept, and targets: a bent function and noise, or labels."""
    rng = np.random.default_rng([71, seed])
    X = np.column_stack((rng.standard_normal((n, d - 1)), np.ones(n)))
    y = np.abs(X @ rng.standard_normal(d)) - 0.5 * X[:, 0] + 0.2 * rng.standard_normal(n)
    return X, (np.where(y > np.median(y), 1.0, -1.0) if logistic else y)


def small(n=12, d=2, seed=0, beta=0.1, logistic=False):
    """Return the program with all patterns."""
    X, y = data(n, d, seed, logistic)
    return P.ConvexReLU(X, y, all_patterns(X).active, beta, logistic)


def sampled(n=40, d=4, number=30, seed=0, beta=0.5, logistic=False):
    """Return the program with some of the patterns."""
    X, y = data(n, d, seed, logistic)
    return P.ConvexReLU(X, y, sampled_patterns(X, number, seed).active, beta, logistic)


def gated(problem):
    return P.GatedReLU(*problem)


def cones(problem, x):
    """Return the largest violation of a cone."""
    return float(-min(0.0, problem.linear_map(x).min()))


def clarabel(problem):
    """Return minimum and minimizer of a `ConvexReLU` or a `GatedReLU` by cvxpy and Clarabel."""
    x = cp.Variable(problem.shape)
    D, X = problem.patterns, problem.X
    m = D.shape[1]
    cone = problem.shape[0] > m
    difference = x[:m] - x[m:] if cone else x
    z = cp.sum(cp.multiply(D, X @ difference.T), axis=1)
    if problem.logistic:
        loss = cp.sum(cp.logistic(cp.multiply(-problem.y, z)))
    else:
        loss = cp.sum_squares(z - problem.y) / 2
    objective = loss + problem.beta * cp.sum(cp.norm(x, 2, axis=1))
    held = [cp.multiply(problem.signs(), X @ x.T) >= 0] if cone else []
    program = cp.Problem(cp.Minimize(objective), held)
    accuracy = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), 1e-11)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the last digit of twelve may be missed
        program.solve(solver=cp.CLARABEL, **accuracy)
    assert program.status in ("optimal", "optimal_inaccurate")
    return program.value, x.value
