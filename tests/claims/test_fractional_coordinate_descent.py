"""Coordinate Descent Methods for Fractional Minimization.

Claim: points where coordinate descent stops are better than critical points. Shown on generalized
eigenvalues, and on sparse ratios against a proximal gradient method of Dinkelbach's kind.
"""

import numpy as np
import pytest
from scipy.linalg import eigh

from optedu.coordinate.fractional import (
    Ratio,
    dinkelbach_proximal_gradient,
    fractional_coordinate_descent,
)


def test_ends_at_generalized_eigenpairs_and_the_best_is_the_least():
    """FCD only: the parametric problem is unbounded along a coordinate where A_ii < F B_ii."""
    rng = np.random.default_rng(0)
    R, C = rng.standard_normal((2, 4, 4))
    problem = Ratio(R @ R.T + 0.1 * np.eye(4), C @ C.T + np.eye(4))
    ends = []
    for seed in range(5):
        x = np.random.default_rng(seed).standard_normal(4)
        x = fractional_coordinate_descent(problem, x, 150, 0.0)[-1]
        F = problem.value(x)
        ends.append(F)
        residual = problem.A @ x - F * problem.B @ x
        assert np.linalg.norm(residual) <= 1e-6 * np.linalg.norm(x)
    assert min(ends) == pytest.approx(eigh(problem.A, problem.B)[0][0], rel=1e-9)


def test_sparse_ratio_ends_no_higher_than_proximal_gradient():
    """Of eight random starts (the norm of x has a price through alpha and beta)."""
    rng = np.random.default_rng(1)
    R, C = rng.standard_normal((2, 5, 5))
    problem = Ratio(
        R @ R.T + 0.1 * np.eye(5), C @ C.T, a=rng.standard_normal(5), alpha=1.0, beta=1.0, l1=0.3
    )
    ends = np.array(
        [
            [problem.value(fractional_coordinate_descent(problem, x, 40)[-1]),
             problem.value(dinkelbach_proximal_gradient(problem, x, 150)[-1])]
            for x in 2 * rng.standard_normal((8, 5))
        ]
    )  # fmt: skip
    assert (ends[:, 0] <= ends[:, 1] + 1e-6).mean() >= 0.9
    assert ends[:, 0].min() <= ends[:, 1].min() + 1e-9
