"""ADMM for convex networks: the linear solve, reductions, edges, the random-block version."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.convex_networks.networks import network_of
from optedu.convex_networks.pieces import inner_inverse, outer_spectrum, woodbury_solve
from optedu.convex_networks.random_block_admm import random_descent
from tests.convex_networks.examples import clarabel, cones, gated, sampled, small


def matrices(problem):
    """Return the matrices F and G that are never formed."""
    m, n = problem.patterns.shape[1], len(problem.X)
    half = np.concatenate([problem.patterns[:, [i]] * problem.X for i in range(m)], axis=1)
    d = problem.X.shape[1]
    G = np.zeros((2 * m * n, 2 * m * d))
    for i, signs in enumerate(problem.signs().T):
        G[i * n : (i + 1) * n, i * d : (i + 1) * d] = signs[:, None] * problem.X
    order = np.arange(2 * m * n).reshape(2 * m, n).T.ravel()  # the row, then the pattern
    return np.concatenate((half, -half), axis=1), G[order]


def dense_step(problem, F, G, v, s, lam, nu, rho, dual_step):
    """One step of Algorithm 3.1 of bai2023 with the dense (2 P d)^2 system."""
    system = np.eye(v.size) + F.T @ F / rho + G.T @ G
    u = np.linalg.solve(system, F.T @ problem.y / rho + v - lam + G.T @ (s - nu))
    rows = (u + lam).reshape(problem.shape)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    v = (np.maximum(1 - problem.beta / (rho * lengths), 0) * rows).ravel()
    s = np.maximum(G @ u + nu, 0)
    return v, s, lam + dual_step * (u - v), nu + dual_step * (G @ u - s)


@pytest.mark.parametrize(("rho", "weight"), [(0.01, 1.0), (1.0, 1.0), (30.0, 1.0), (1.0, 0.2)])
def test_woodbury_solve_is_the_dense_solve(rho, weight):
    problem = sampled(15, 3, 12, 3)
    F, G = matrices(problem)
    C = inner_inverse(problem.X, weight)
    e, Q = outer_spectrum(problem.X, problem.patterns, C)
    R = np.random.default_rng(0).standard_normal(problem.shape)
    dense = np.linalg.solve(weight * np.eye(R.size) + F.T @ F / rho + G.T @ G, R.ravel())
    found = woodbury_solve(problem.X, problem.patterns, C, e, Q, R, rho)
    np.testing.assert_allclose(found.ravel(), dense, rtol=0, atol=1e-10 / min(rho, 1.0))
    wrong = woodbury_solve(problem.X, problem.patterns, C, 0.5 * e, Q, R, rho)
    assert np.abs(wrong.ravel() - dense).max() > 1e-4


def test_oracles_are_products_with_the_matrices():
    problem = sampled(10, 3, 6, 4)
    F, G = matrices(problem)
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal(problem.shape), rng.standard_normal(len(G))
    np.testing.assert_allclose(problem.linear_map(x), G @ x.ravel(), atol=1e-12)
    np.testing.assert_allclose(problem.adjoint(y).ravel(), G.T @ y, atol=1e-12)
    np.testing.assert_allclose(problem.outputs(x), F @ x.ravel(), atol=1e-12)
    assert abs(problem.linear_norm - np.linalg.norm(G, 2)) < 1e-10
    assert abs(problem.smoothness - np.linalg.norm(F, 2) ** 2) < 1e-9


@pytest.mark.parametrize("dual_step", [0.3, 1.0, 1.5])
def test_steps_are_those_of_the_paper(dual_step):
    problem, rho = small(7, 2, 9), 0.4
    F, G = matrices(problem)
    v, s = np.zeros(F.shape[1]), np.zeros(len(G))
    lam, nu = 0 * v, 0 * s
    method = oe.ConvexNetworkADMM(rho, dual_step, 1.0, 0, 1.0).resolve(problem)
    state = method.init(problem, problem.start)
    for _ in range(30):
        v, s, lam, nu = dense_step(problem, F, G, v, s, lam, nu, rho, dual_step)
        state = method.step(problem, state)
        np.testing.assert_allclose(state.x.ravel(), v, rtol=0, atol=1e-9)
        np.testing.assert_allclose(state.s, s, rtol=0, atol=1e-9)
        np.testing.assert_allclose(state.nu, nu, rtol=0, atol=1e-9)


class TwoTerms:
    """The splitting as a sum of two terms of z = (u, q): the loss on q = G u; norms and cones."""

    def __init__(self, problem):
        self.problem, self.size = problem, np.prod(problem.shape)
        self.F, self.G = matrices(problem)

    def value(self, z):
        return self.problem.value(z[: self.size].reshape(self.problem.shape))

    def component_prox(self, i, z, t):
        u, q = z[: self.size], z[self.size :]
        if i == 0:
            system = np.eye(u.size) + t * self.F.T @ self.F + self.G.T @ self.G
            u = np.linalg.solve(system, t * self.F.T @ self.problem.y + u + self.G.T @ q)
            return np.append(u, self.G @ u)
        rows = self.problem.prox(u.reshape(self.problem.shape), t)
        return np.append(rows.ravel(), np.maximum(q, 0.0))


@pytest.mark.parametrize("relaxation", [1.0, 1.6])
def test_it_is_admm_on_two_terms(relaxation):
    problem, rho = small(7, 2, 9), 0.4
    two = TwoTerms(problem)
    general = oe.ADMM(rho, relaxation)
    state = general.init(two, np.zeros(two.size + len(two.G)))
    own = oe.ConvexNetworkADMM(rho, 1.0, relaxation, 0, 1.0).resolve(problem)
    mine = own.init(problem, problem.start)
    other = own._replace(dual_step=0.9).init(problem, problem.start)
    for _ in range(40):
        state = general.step(two, state)
        mine = own.step(problem, mine)
        other = own._replace(dual_step=0.9).step(problem, other)
        expected = np.append(mine.x.ravel(), mine.s)
        np.testing.assert_allclose(state.x, expected, rtol=0, atol=1e-9)
        multipliers = rho * np.append(mine.lam.ravel(), mine.nu)
        np.testing.assert_allclose(state.y, multipliers, rtol=0, atol=1e-9)
    assert np.abs(state.x[: two.size] - other.x.ravel()).max() > 1e-6


def test_relaxation_and_balance_help():
    problem = sampled(40, 4, 30, 1, 2.0)

    def error(**options):
        method = oe.ConvexNetworkADMM(**options)
        return oe.run(method, problem, max_iter=600, tol=0.0).certificate.value

    assert error() < error(relaxation=1.0)
    assert error(penalty=100.0) < 0.2 * error(penalty=100.0, balance=0)


def test_a_change_of_the_penalty_keeps_the_multipliers():
    problem = small(10, 2, 8)
    method = oe.ConvexNetworkADMM(200.0).resolve(problem)
    fixed = method._replace(balance=0)
    state = other = method.init(problem, problem.start)
    for _ in range(10):
        state, other = method.step(problem, state), fixed.step(problem, other)
    assert state.rho < other.rho
    np.testing.assert_allclose(state.rho * state.nu, other.rho * other.nu, rtol=0, atol=1e-9)


def test_the_penalty_is_what_multipliers_and_copies_moved_by():
    """After steps 10, 20 and 40 and no other, by a factor of ten at most."""
    problem = small(10, 2, 8)
    method = oe.ConvexNetworkADMM(balance=45).resolve(problem)
    states = [method.init(problem, problem.start)]
    for _ in range(90):
        states.append(method.step(problem, states[-1]))
    changed = [k for k in range(1, 91) if states[k].rho != states[k - 1].rho]
    assert changed == [10, 20, 40]
    root = np.sqrt(method.weight)
    for first, last in ((0, 10), (10, 20), (20, 40)):
        a, b = states[first], states[last]
        copies = [root * (b.x - a.x), b.s - a.s]
        pulls = [root * (b.rho * b.lam - a.rho * a.lam), b.rho * b.nu - a.rho * a.nu]
        D, M = (np.sqrt(sum(np.sum(part**2) for part in parts)) for parts in (copies, pulls))
        before = states[last - 1].rho
        assert b.rho == pytest.approx(np.clip(M / D, 0.1 * before, 10 * before), rel=1e-9)


@pytest.mark.parametrize("factor", [0.05, 20.0])
def test_units_of_data_and_of_targets_do_not_change_the_path(factor):
    """X c with beta c, and y c with beta c: the same outputs, and the same penalties."""
    problem = small(10, 2, 8)
    X, y = factor * problem.X, factor * problem.y
    beta = factor * problem.beta

    def run(instance, **options):
        state = oe.run(oe.ConvexNetworkADMM(**options), instance, max_iter=100, tol=0.0).state
        return instance.outputs(state.x), state.rho

    outputs, rho = run(problem)
    for scale, instance in (
        (1.0, problem._replace(X=X, beta=beta)),
        (factor, problem._replace(y=y, beta=beta)),
    ):
        found, penalty = run(instance)
        np.testing.assert_allclose(found, scale * outputs, rtol=0, atol=1e-7 * scale)
        assert penalty == pytest.approx(rho, rel=1e-6)
    other, _ = run(problem._replace(X=X, beta=beta), weight=1.0)
    assert np.abs(other - outputs).max() > 1e-3


def steps_to_a_network(problem, best, method, most=1500):
    """Steps until the network is within 1e-4 of the minimum and says what its point says."""
    method = method.resolve(problem)
    state = method.init(problem, problem.start)
    for k in range(1, most + 1):
        state = method.step(problem, state)
        if k % 5 == 0:
            value, network = problem.value(state.x), network_of(state.x).objective(problem)
            if network <= (1 + 1e-4) * best and abs(value - network) <= 1e-4 * best:
                return k
    return most


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1])
def test_the_rule_is_within_twice_the_best_penalty(share):
    """Steps to 1e-4 by the rule, and with penalties on a grid, kept. Measured: 325, 280 and 305
    to 230, 245 and 215; by residual balancing of weight 1 it was 765, 355 and 665."""
    problem = sampled(40, 4, 30, 1)
    slopes = problem.patterns.T * problem.y @ problem.X
    problem = problem._replace(beta=share * float(np.linalg.norm(slopes, axis=1).max()))
    best, _ = clarabel(problem)
    found = steps_to_a_network(problem, best, oe.ConvexNetworkADMM())
    kept = min(
        steps_to_a_network(problem, best, oe.ConvexNetworkADMM(rho, balance=0), 2 * found)
        for rho in (0.03, 0.1, 0.3, 1.0, 3.0)
    )
    assert found <= 2 * kept


def test_solution_is_a_fixed_point():
    problem = small(10, 2, 8)
    method = oe.ConvexNetworkADMM(balance=400)
    trace = oe.run(method, problem, tol=1e-11, max_iter=20_000)
    after = method.resolve(problem).step(problem, trace.state)
    assert np.abs(after.x - trace.x).max() < 1e-9


def test_groups_die_exactly():
    problem = sampled(40, 4, 30, 1, 2.0)
    x = oe.run(oe.ConvexNetworkADMM(), problem, max_iter=2000, tol=0.0).x
    lengths = np.linalg.norm(x, axis=1)
    assert 0 < np.count_nonzero(lengths) < 0.5 * len(x)


@pytest.mark.parametrize("cls", [oe.ConvexNetworkADMM, oe.RandomBlockADMM])
def test_refusals(cls):
    with pytest.raises(ValueError, match=r"the loss is logistic\. Use ConeAugmentedLagrangian"):
        oe.run(cls(), small(6, 2, 0, logistic=True))
    with pytest.raises(ValueError, match=r"needs X: problem\.X is unknown"):
        oe.run(cls(), oe.problems.FusedLasso(np.eye(2), np.ones(2), 0.1, 0.1), np.zeros(2))
    with pytest.raises(ValueError, match="penalty must be positive, got 0"):
        cls(penalty=0.0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"dual_step": 1.7}, "dual_step must be at least 0.0 and below 1.6"),
        ({"dual_step": 0.0}, "dual_step must be positive"),
        ({"relaxation": 2.1}, "relaxation"),
        ({"balance": -1}, "balance"),
        ({"weight": 0.0}, "weight must be positive"),
    ],
)
def test_steps_out_of_range(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        oe.ConvexNetworkADMM(**options)


def lagrangian(problem, F, G, u, target, rho):
    r = F @ u - problem.y
    return r @ r / 2 + rho / 2 * (u @ u + (G @ u) @ (G @ u)) - rho * u @ target


def test_random_descent_keeps_the_outputs_and_falls_to_the_solve():
    problem, rho = small(6, 2, 5), 0.7
    F, G = matrices(problem)
    rng = np.random.default_rng(2)
    u, target = rng.standard_normal(problem.shape), rng.standard_normal(problem.shape)
    gram, right = problem.X.T @ problem.X, (F.T @ problem.y).reshape(problem.shape)
    args = (problem.X, problem.patterns, gram)
    values = [lagrangian(problem, F, G, u.ravel(), target.ravel(), rho)]
    first = u.copy()
    for _ in range(5):
        new, z = random_descent(*args, u, F @ u.ravel(), right, target, rho, 4, rng)
        np.testing.assert_allclose(z, F @ new.ravel(), rtol=0, atol=1e-11)
        values.append(lagrangian(problem, F, G, new.ravel(), target.ravel(), rho))
        u = new
    assert (np.diff(values) < 0).all()
    far, _ = random_descent(*args, first, F @ first.ravel(), right, target, rho, 4000, rng)
    exact = np.linalg.solve(
        F.T @ F + rho * (np.eye(u.size) + G.T @ G), right.ravel() + rho * target.ravel()
    )
    np.testing.assert_allclose(far.ravel(), exact, rtol=0, atol=1e-5)


def test_one_update_is_the_best_step_along_the_gradient():
    problem, rho = small(6, 2, 5), 0.7
    F, G = matrices(problem)
    rng = np.random.default_rng(3)
    u, target = rng.standard_normal(problem.shape), rng.standard_normal(problem.shape)
    gram, right = problem.X.T @ problem.X, (F.T @ problem.y).reshape(problem.shape)
    new, _ = random_descent(
        problem.X, problem.patterns, gram, u, F @ u.ravel(), right, target, rho, 1, rng
    )
    moved = np.flatnonzero(np.any(new != u, axis=1))
    m = problem.patterns.shape[1]
    assert len(moved) == 2
    assert moved[1] - moved[0] == m
    slope = F.T @ (F @ u.ravel() - problem.y) + rho * (u.ravel() + G.T @ (G @ u.ravel()))
    slope = (slope - rho * target.ravel()).reshape(u.shape)[moved]
    step = (u - new)[moved]
    assert abs(np.sum(step * slope) - np.linalg.norm(step) * np.linalg.norm(slope)) < 1e-10
    best = lagrangian(problem, F, G, new.ravel(), target.ravel(), rho)
    for t in (0.9, 1.1):
        other = u + t * (new - u)
        assert lagrangian(problem, F, G, other.ravel(), target.ravel(), rho) > best


def test_random_blocks_follow_the_exact_method():
    problem = small(8, 2, 3, 0.3)
    best, _ = clarabel(problem)
    exact = oe.run(oe.ConvexNetworkADMM(1.0, 1.0, 1.0, 0, 1.0), problem, max_iter=8, tol=0.0)
    many = oe.RandomBlockADMM(1.0, 1200)
    near = oe.run(many, problem, max_iter=8, tol=0.0, seed=1)
    np.testing.assert_allclose(near.x, exact.x, rtol=0, atol=1e-4)
    few = oe.run(oe.RandomBlockADMM(), problem, max_iter=300, tol=0.0, seed=1)
    assert problem.value(few.x) - best < 1e-2 * best
    assert cones(problem, few.x) < 1e-2


@pytest.mark.parametrize("logistic", [False, True])
def test_augmented_lagrangian_reaches_the_optimum(logistic):
    problem = small(8, 2, 3, 0.3, logistic)
    best, _ = clarabel(problem)
    method = oe.ConeAugmentedLagrangian(inner=30)
    trace = oe.run(method, problem, max_iter=1500, tol=1e-6)
    assert abs(problem.value(trace.x) - best) < 1e-4 * best
    assert cones(problem, trace.x) < 1e-4
    assert (trace.state.y <= 0).all()


def test_one_inner_step_is_a_step_of_the_linearized_method():
    problem = small(8, 2, 3, 0.3)
    method = oe.ConeAugmentedLagrangian(0.5, 1, 0.01)
    rng = np.random.default_rng(4)
    x = rng.standard_normal(problem.shape)
    y = -rng.random(problem.linear_map(x).size)
    new = method.step(problem, method.init(problem, x)._replace(y=y))
    pull = problem.adjoint(np.minimum(y + 0.5 * problem.linear_map(x), 0))
    expected = problem.prox(x - 0.01 * (problem.gradient(x) + pull), 0.01)
    np.testing.assert_allclose(new.x, expected, rtol=0, atol=1e-13)
    multipliers = np.minimum(y + 0.5 * problem.linear_map(expected), 0)
    np.testing.assert_allclose(new.y, multipliers, rtol=0, atol=1e-13)


def test_search_and_restart_together_need_the_fewest_steps():
    """In gradients it is no more than a draw: each step has a trial, which costs one more."""
    problem = gated(sampled(20, 3, 15, 1, 0.5))
    runs = {
        cls.__name__: oe.run(cls(), problem, max_iter=6000, tol=1e-8)
        for cls in (oe.SearchingRestartedFISTA, oe.RestartedFISTA, oe.FISTA)
    }
    steps = {name: run.iterations[-1] for name, run in runs.items()}
    assert steps["SearchingRestartedFISTA"] < 0.8 * steps["RestartedFISTA"]
    assert steps["RestartedFISTA"] < 0.8 * steps["FISTA"]
    gradients = {name: run.counts["gradient"] for name, run in runs.items()}
    assert gradients["SearchingRestartedFISTA"] > steps["SearchingRestartedFISTA"]


def test_search_grows_the_step_again():
    problem = gated(sampled(40, 4, 30, 1, 0.5))
    start = 1e-3 / problem.smoothness
    grown = oe.run(oe.SearchingRestartedFISTA(start), problem, max_iter=100, tol=0.0)
    kept = oe.run(oe.SearchingRestartedFISTA(start, grow=1.0), problem, max_iter=100, tol=0.0)
    assert grown.state.step_size > 100 * start
    assert kept.state.step_size == start


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"first_step": 0.0}, "first_step must be positive"),
        ({"shrink": 1.0}, "shrink"),
        ({"grow": 0.5}, "grow must be at least 1"),
        ({"slack": 0.5}, "slack must be at least 1"),
    ],
)
def test_search_refuses_factors_out_of_range(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        oe.SearchingRestartedFISTA(**options)
