"""Feasible Learning.

Claims: asking every loss to be below a level gives lighter tails at about the same mean, and
resilience removes the need to know which level can be met. Linear regression with an outlying
subgroup stands in for images and language models.
"""

import cvxpy as cp
import numpy as np
import pytest

import optedu as oe


def regression(seed=0, n=12, d=3):
    """Return least squares whose components are (a_i x - b_i)^2 / 2, n / 4 of them outlying."""
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(n, d))
    b = A @ rng.normal(size=d) + 0.2 * rng.normal(size=n)
    b[: n // 4] += 1.5
    return oe.problems.LeastSquares(A / np.sqrt(n), b / np.sqrt(n))


def losses(problem, x):
    return np.array([problem.component_value(i, x) for i in range(problem.components)])


def resilient_optimum(problem, level):
    n = problem.components
    x, u = cp.Variable(problem.A.shape[1]), cp.Variable(n)
    rows = n * cp.square(problem.A @ x - problem.b) / 2 <= level + u
    cp.Problem(cp.Minimize(cp.sum_squares(u) / 2), [rows]).solve(
        solver=cp.CLARABEL, tol_gap_abs=1e-9, tol_gap_rel=1e-9, tol_feas=1e-9
    )
    return x.value, u.value


@pytest.mark.parametrize("seed", range(3))
def test_resilient_solution_matches_the_conic_one(seed):
    problem, level = regression(seed), 0.05
    trace = oe.run(oe.FeasibleLearning(level, 0.02, 0.1), problem, np.zeros(3), tol=1e-7,
                   max_iter=30_000, execution="python")  # fmt: skip
    assert trace.status is oe.Status.CONVERGED
    x, u = resilient_optimum(problem, level)
    y = trace.state.y
    np.testing.assert_allclose(trace.x, x, atol=1e-4)
    np.testing.assert_allclose(y, u, atol=1e-4)
    assert np.abs(y * (losses(problem, trace.x) - level - y)).max() <= 1e-6


def test_level_that_cannot_be_met():
    problem, level = regression(), 0.05
    run = {
        resilient: oe.run(
            oe.FeasibleLearning(level, 0.002, 0.1, resilient=resilient), problem, np.zeros(3),
            max_iter=4000, tol=1e-9, execution="python",
        )
        for resilient in (False, True)
    }  # fmt: skip
    assert run[False].state.y.max() > 20 * run[True].state.y.max()  # they grow with every step
    assert run[True].state.y.max() < 2


def test_level_that_can_be_met_is_met():
    problem = regression()
    least = minimax(problem)[1]
    trace = oe.run(oe.FeasibleLearning(1.2 * least, 0.01, 0.05, resilient=False), problem,
                   np.zeros(3), tol=1e-6, max_iter=30_000, execution="python")  # fmt: skip
    assert losses(problem, trace.x).max() <= 1.2 * least + 1e-4


def minimax(problem):
    x, worst = cp.Variable(3), cp.Variable()
    rows = problem.components * cp.square(problem.A @ x - problem.b) / 2 <= worst
    cp.Problem(cp.Minimize(worst), [rows]).solve(solver=cp.CLARABEL)
    return x.value, float(worst.value)


def test_frozen_multipliers_are_gradient_descent_on_the_sum():
    problem = regression()
    method = oe.FeasibleLearning(0.1, 0.01, 0.0, first_multiplier=1.0)
    trace = oe.run(method, problem, np.ones(3), max_iter=30, tol=0.0, execution="python")
    n = problem.components  # f is the mean of the components, and the step that of their sum
    plain = oe.run(oe.GradientDescent(0.01 * n), problem, np.ones(3), max_iter=30, tol=0.0,
                   execution="python")  # fmt: skip
    np.testing.assert_allclose(trace.iterates, plain.iterates, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_worst_sample_is_better_off_than_under_the_mean(seed):
    problem = regression(seed)
    erm = losses(problem, np.linalg.lstsq(problem.A, problem.b, rcond=None)[0])
    fair = losses(problem, resilient_optimum(problem, 0.05)[0])
    assert fair.max() < erm.max()
    assert fair.mean() < 1.5 * erm.mean()
