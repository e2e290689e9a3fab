"""Small convex programs of networks, and an independent solver for them."""

from __future__ import annotations

import warnings

import cvxpy as cp
import numpy as np

import optedu as oe
from optedu.optimal_networks.directions import has_cones, unit_cone, unit_signs
from optedu.optimal_networks.regularization_path import largest_beta
from optedu.problems.activation_patterns import all_patterns

KINDS = (oe.problems.GatedReLU, oe.problems.ConvexReLU)


def program(kind, seed=0, n=7, share=0.15, logistic=False):
    """Return a program in one dimension with a bias, all patterns, beta a part of beta_max."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(0.3, 1.0, n), np.ones(n)])
    y = rng.normal(size=n)
    patterns = all_patterns(X).active
    problem = kind(X, np.where(y > 0, 1.0, -1.0) if logistic else y, patterns, 0.1, logistic)
    return problem._replace(beta=share * largest_beta(problem))


def by_clarabel(problem):
    """Return x and the minimum, by an interior point method."""
    x = cp.Variable(problem.shape)
    D, signs = problem.patterns, unit_signs(problem)
    rows = range(problem.shape[0])
    z = sum(signs[i] * cp.multiply(D[:, i % D.shape[1]], problem.X @ x[i]) for i in rows)
    if problem.logistic:
        loss = cp.sum(cp.logistic(-cp.multiply(problem.y, z)))
    else:
        loss = cp.sum_squares(z - problem.y) / 2
    cones = [unit_cone(problem, i) @ x[i] >= 0 for i in rows] if has_cones(problem) else []
    task = cp.Problem(cp.Minimize(loss + problem.beta * sum(cp.norm2(x[i]) for i in rows)), cones)
    with warnings.catch_warnings():  # the last digits asked for are not always reached
        warnings.simplefilter("ignore", UserWarning)
        best = task.solve(
            solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12, max_iter=200
        )
    return x.value, best
