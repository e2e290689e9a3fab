"""Efficient global optimization of two-layer ReLU networks (Bai, Gautam, Sojoudi)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls
from sklearn.linear_model import Lasso

import optedu as oe
from optedu.convex_networks.bracket import bracket
from optedu.convex_networks.network_training import trained_network
from optedu.convex_networks.networks import network_of
from optedu.convex_networks.random_features import random_features
from optedu.problems.activation_patterns import sampled_patterns
from optedu.problems.convex_relu import fit_slope
from optedu.splitting.residuals import norm
from tests.convex_networks.examples import clarabel, cones, data, sampled, small


@pytest.mark.parametrize("seed", [0, 1])
def test_admm_finds_the_optimum_and_a_network_of_that_objective(seed):
    problem = sampled(20, 3, 25, seed, beta=0.5)
    best, _ = clarabel(problem)
    trace = oe.run(oe.ConvexNetworkADMM(), problem, max_iter=12_000, tol=1e-9)
    assert abs(problem.value(trace.x) - best) <= 1e-6 * best
    assert cones(problem, trace.x) < 1e-6
    network = network_of(trace.x)
    assert abs(network.objective(problem) - problem.value(trace.x)) <= 1e-6 * best
    assert len(network.output) <= problem.shape[0]


def test_first_iterations_already_fit():
    """High accuracy at the start: 10 steps classify as well as 1000 (0.97, 0.90, 0.90)."""
    X, labels = data(60, 3, 3, logistic=True)
    problem = oe.problems.ConvexReLU(X, labels, sampled_patterns(X, 30, 0).active, 1.0)
    scores = []
    for steps in (10, 30, 1000):
        x = oe.run(oe.ConvexNetworkADMM(), problem, max_iter=steps, tol=0.0).x
        scores.append(np.mean(np.sign(network_of(x).outputs(X)) == labels))
    assert min(scores[:2]) >= scores[2] - 0.02
    assert scores[2] > 0.85


@pytest.mark.parametrize("dual_step", [0.5, 1.0])
def test_residuals_fall_linearly(dual_step):
    """The logarithm of each residual has a negative slope, early and late."""
    problem = small()
    method = oe.ConvexNetworkADMM(0.2, dual_step, 1.0, 0, 1.0).resolve(problem)
    state = method.init(problem, problem.start)
    primal, dual = [], []
    for _ in range(1200):
        new = method.step(problem, state)
        u_minus_v, gap = (new.lam - state.lam) / dual_step, (new.nu - state.nu) / dual_step
        primal.append(np.hypot(norm(u_minus_v), norm(gap)))
        dual.append(state.rho * norm(new.x - state.x + problem.adjoint(new.s - state.s)))
        state = new
    for residual in (primal, dual):
        logs = np.log(np.maximum(residual, 1e-14))
        slopes = [np.polyfit(np.arange(400), logs[k : k + 400], 1)[0] for k in (0, 400, 800)]
        assert max(slopes) < -1e-3, slopes
        assert logs[-1] < logs[0] - np.log(1e4)


def test_but_not_on_every_problem_at_a_useful_rate():
    """Ten points on a line: a residual that lost one digit in 50 steps loses none in 800."""
    problem = small(10, 2, 8)
    method = oe.ConvexNetworkADMM(0.2, 1.0, 1.0, 0, 1.0).resolve(problem)
    state = method.init(problem, problem.start)
    dual = []
    for _ in range(1200):
        new = method.step(problem, state)
        dual.append(state.rho * norm(new.x - state.x + problem.adjoint(new.s - state.s)))
        state = new
    logs = np.log(dual)
    assert -1e-3 < np.polyfit(np.arange(800), logs[400:], 1)[0] < 0


def test_no_run_of_adam_beats_the_convex_optimum():
    """Twenty starts of the same width, all patterns present: the lower bound is below them all."""
    problem = small(10, 2, 8)
    state = oe.run(oe.ConvexNetworkADMM(), problem, tol=1e-10, max_iter=20_000).state
    low, high = bracket(problem, state.x, state.rho * state.nu)
    assert high - low < 1e-6 * high
    ends = [trained_network(problem, problem.shape[0], seed, 1500).objective for seed in range(20)]
    assert min(ends) >= low
    assert min(ends) < 1.05 * high  # and Adam is no straw man
    assert max(ends) > 1.001 * min(ends)


def test_with_some_of_the_patterns_a_network_may_be_better():
    """The bound needs all patterns: with one of them, Adam is far below the convex program."""
    problem = small(10, 2, 8)
    few = problem._replace(patterns=sampled_patterns(problem.X, 100, 1).active[:, :1])
    assert trained_network(few, 20, 0, 1500).objective < 0.9 * clarabel(few)[0]


def largest_beta(problem):
    """The least beta at which 0 is optimal: projections of -F' slope onto the cones."""
    slope = fit_slope(problem.outputs(problem.start), problem.y, problem.logistic)
    longest = 0.0
    for active in problem.patterns.T:
        A = (2 * active - 1)[:, None] * problem.X
        for sign in (1.0, -1.0):
            longest = max(longest, nnls(A.T, sign * problem.X.T @ (active * slope))[1])
    return longest


@pytest.mark.parametrize("logistic", [False, True])
def test_above_the_largest_beta_all_groups_are_exactly_zero(logistic):
    problem = small(10, 2, 8, logistic=logistic)
    limit = largest_beta(problem)
    method = oe.ConeAugmentedLagrangian() if logistic else oe.ConvexNetworkADMM()
    above = (
        1.3 if logistic else 1.05
    )  # closer to the limit multipliers settle, and groups die, late
    start = 0.1 * np.random.default_rng(0).standard_normal(problem.shape)

    def groups(beta):
        x = oe.run(method, problem._replace(beta=beta), start, max_iter=400, tol=1e-9).x
        return np.count_nonzero(np.linalg.norm(x, axis=1))

    assert groups(above * limit) == 0
    assert groups(0.8 * limit) > 0


def test_sampled_convex_program_approaches_from_above():
    problem = small(12, 2, 5, 0.2)
    best, _ = clarabel(problem)
    gates = sampled_patterns(problem.X, 3000, 4)
    assert gates.active.shape[1] == problem.patterns.shape[1]
    rng, values = np.random.default_rng(5), []
    drawn = rng.standard_normal((400, 2))
    for number in (5, 50, 400):
        A = random_features(problem.X, drawn[:number])
        lasso = Lasso(problem.beta / len(A), fit_intercept=False, tol=1e-7, max_iter=100_000)
        weights = lasso.fit(A, problem.y).coef_
        values.append(
            oe.problems.L1LeastSquares.from_matrix(A, problem.y, problem.beta).value(weights)
        )
    assert best - 1e-7 <= values[2] <= values[1] <= values[0]
    assert values[2] < 1.01 * best < values[0]


def test_nothing_of_the_size_of_the_dense_system_is_kept():
    problem = sampled(60, 6, 50, 0)
    method = oe.ConvexNetworkADMM().resolve(problem)
    state = method.step(problem, method.init(problem, problem.start))
    n, (rows, d) = len(problem.X), problem.shape
    largest = max(np.size(part) for part in state)
    assert largest == max(n * rows, n * n) < (rows * d) ** 2 / 30
