"""Online methods: regret against the best fixed point, bounds that hold and controls that fail."""

import cvxpy as cp
import numpy as np
import pytest
from scipy.optimize import minimize

import optedu as oe
from optedu.mirror.online_newton_step import metric_projection
from optedu.mirror.regret import play, regret, round_losses
from optedu.problems.generators import random_logistic
from tests.helpers import steps_of

P = oe.problems
KS = np.array([1, 2, 5, 10, 50, 200])


def experts(seed, n=200, d=8, kind="drift"):
    """Losses in [0, 1], and the best expert in hindsight."""
    rng = np.random.default_rng(seed)
    if kind == "noise":
        costs = rng.uniform(0, 1, (n, d))
    elif kind == "alternating":
        costs = np.where((np.arange(n)[:, None] + np.arange(d)) % 2, 1.0, 0.0)
    else:
        costs = 0.5 + 0.5 * np.sin(np.arange(n)[:, None] / 20 + rng.uniform(0, 6, d))
    best = np.eye(d)[costs.sum(0).argmin()]
    return P.Mirrored(P.LinearRounds(costs), P.EntropyGeometry(), best, 1.0)


class Played:
    """A game: who played, and the points of all rounds, and of the one after the last."""

    def __init__(self, method, problem, x0, n):
        self.method, self.iterates = method, play(method, problem, x0, n + 1)


def played(method, problem, x0=None, n=200):
    return Played(method, problem, x0, n)


def against_all(problem, trace, n):
    """The largest regret of the first k rounds, against every expert, for each k."""
    points = trace.iterates[:n]
    return np.max([regret(problem, points, e) for e in np.eye(problem.shape[0])], axis=0)


@pytest.mark.parametrize("kind", ["noise", "drift", "alternating"])
@pytest.mark.parametrize("t", [0.05, 0.3, 1.0])
def test_hedge_bound_holds(kind, t):
    for seed in range(3):
        problem = experts(seed, kind=kind)
        trace = played(oe.ExponentiatedGradient(t), problem)
        found = against_all(problem, trace, 200)[KS - 1]
        assert (found <= trace.method.regret_bound(8, KS) + 1e-12).all()


@pytest.mark.parametrize("n", [1, 10, 200])
def test_hedge_with_its_best_step(n):
    t = np.sqrt(8 * np.log(8) / n)
    bound = oe.ExponentiatedGradient(t).regret_bound(8, n)
    assert bound == pytest.approx(np.sqrt(n * np.log(8) / 2))
    problem = experts(1, n, kind="noise")
    trace = played(oe.ExponentiatedGradient(t), problem, n=n)
    assert against_all(problem, trace, n)[-1] <= bound


def test_hedge_bound_is_not_loose_by_more_than_a_small_factor():
    """Negative control: many fair coins, whose maximum is what sqrt(n log(d) / 2) counts."""
    rng, n, d = np.random.default_rng(0), 400, 2000
    costs = rng.integers(0, 2, (n, d)).astype(float)
    problem = P.Mirrored(P.LinearRounds(costs), P.EntropyGeometry())
    t = np.sqrt(8 * np.log(d) / n)
    trace = played(oe.ExponentiatedGradient(t), problem, n=n)
    found = round_losses(problem, trace.iterates[:n]).sum() - costs.sum(0).min()
    bound = trace.method.regret_bound(d, n)
    assert 0.75 * bound < found <= bound


@pytest.mark.parametrize("kind", ["noise", "drift", "alternating"])
@pytest.mark.parametrize("t", [0.05, 0.5])
def test_multiplicative_weights_bound_holds(kind, t):
    for seed in range(3):
        problem = experts(seed, kind=kind)
        costs = problem.objective.costs
        trace = played(oe.MultiplicativeWeights(t), problem)
        for i, e in enumerate(np.eye(8)):
            found = regret(problem, trace.iterates[:200], e)[KS - 1]
            size = np.cumsum(np.abs(costs[:, i]))[KS - 1]
            assert (found <= trace.method.regret_bound(8, size) + 1e-12).all()


def test_an_expert_who_never_loses_makes_the_regret_constant():
    costs = np.random.default_rng(3).uniform(0, 1, (400, 8))
    costs[:, 5] = 0.0
    problem = P.Mirrored(P.LinearRounds(costs), P.EntropyGeometry(), np.eye(8)[5])
    trace = played(oe.MultiplicativeWeights(0.5), problem, n=400)
    total = regret(problem, trace.iterates[:400])
    assert total[-1] <= np.log(8) / 0.5
    assert total[-1] - total[200] < 1e-6


@pytest.mark.parametrize("geometry", ["entropy", "Euclidean", "p-norm"])
@pytest.mark.parametrize("t", [0.02, 0.2])
def test_bounds_of_mirror_descent_and_of_the_leader_hold(geometry, t):
    rng = np.random.default_rng(4)
    costs = rng.uniform(-1, 1, (200, 6)) + rng.uniform(-0.3, 0.3, 6)
    maps = {
        "entropy": (P.EntropyGeometry(), 1.0),
        "Euclidean": (
            P.EuclideanGeometry(P.L2Ball(np.full(6, 0.1))),
            np.linalg.norm(costs, axis=1).max(),
        ),
        "p-norm": (P.PNormGeometry(1.5, 1.0), (np.abs(costs) ** 3).sum(1).max() ** (1 / 3)),
    }
    geometry, M = maps[geometry]
    M = max(M, np.abs(costs).max()) if isinstance(geometry, P.EntropyGeometry) else M
    problem = P.Mirrored(
        P.LinearRounds(costs), geometry, geometry.linear_minimizer(costs.sum(0)), float(M)
    )
    for method in (
        oe.OnlineMirrorDescent(t), oe.FollowTheRegularizedLeader(t, 0.0),
        oe.FollowTheRegularizedLeader(t, 0.5),
    ):  # fmt: skip
        trace = played(method, problem)
        for k in KS:
            u = geometry.linear_minimizer(costs[:k].sum(0))
            found = regret(problem, trace.iterates[:k], u)[-1]
            assert found <= method.regret_bound(problem, k, problem.start, u) + 1e-9
    assert oe.OnlineMirrorDescent(t, 0.5).regret_bound(problem, 1, problem.start, u) is None


def test_four_fifths_of_the_mirror_descent_bound_are_refuted():
    """The same loss in each round, in a ball so large that no projection is met."""
    n, t = 10, 0.1
    c = np.array([0.6, -0.8])
    ball = P.EuclideanGeometry(P.L2Ball(np.zeros(2), 1.0))
    problem = P.Mirrored(P.LinearRounds(np.tile(c, (n, 1))), ball, -c, 1.0)
    trace = played(oe.OnlineMirrorDescent(t), problem, np.zeros(2), n)
    u = -n * t * c
    found = regret(problem, trace.iterates[:n], u)[-1]
    bound = trace.method.regret_bound(problem, n, np.zeros(2), u)
    assert found == pytest.approx(bound - 0.0, rel=0.11)
    assert found > 0.8 * bound


def test_strongly_convex_losses_have_logarithmic_regret():
    """Hazan, Agarwal and Kale, Theorem 1: M^2 (1 + log n) / (2 mu)."""
    rng = np.random.default_rng(5)
    targets, mu = rng.uniform(-0.5, 0.5, (200, 3)), 1.5
    ball = P.EuclideanGeometry(P.L2Ball(np.zeros(3), 1.0))
    problem = P.Mirrored(P.QuadraticRounds(targets, mu), ball)
    trace = played(oe.OnlineMirrorDescent(1 / mu, 1.0), problem, np.zeros(3))
    M = mu + np.linalg.norm(targets, axis=1).max()
    for k in KS:
        u = targets[:k].mean(0) / mu
        found = regret(problem, trace.iterates[:k], u)[-1]
        assert found <= M**2 * (1 + np.log(k)) / (2 * mu) + 1e-12


def test_leader_of_linear_losses_is_dual_averaging():
    rng = np.random.default_rng(6)
    c = rng.normal(size=6)
    one = P.Mirrored(P.LinearRounds(c[None]), P.EntropyGeometry())
    for decay in (0.0, 0.5):
        online = played(oe.FollowTheRegularizedLeader(0.3, decay), one, n=40)
        offline = played(oe.DualAveraging(0.3, decay, False), one, n=40)
        np.testing.assert_array_equal(online.iterates, offline.iterates)


def test_leader_is_the_argmin():
    rng = np.random.default_rng(7)
    costs, x0 = rng.normal(size=(9, 4)), rng.dirichlet(np.ones(4))
    problem = P.Mirrored(P.LinearRounds(costs), P.EntropyGeometry())
    trace = played(oe.FollowTheRegularizedLeader(0.4, 0.5), problem, x0, 9)
    for k in (1, 4, 9):
        u = cp.Variable(4)
        t = 0.4 / np.sqrt(k + 1)
        cp.Problem(
            cp.Minimize(costs[:k].sum(0) @ u * t + cp.sum(cp.kl_div(u, x0))), [cp.sum(u) == 1]
        ).solve(solver=cp.CLARABEL)
        np.testing.assert_allclose(trace.iterates[k], u.value, atol=2e-4)


def test_leader_without_a_regularizer_is_led_by_the_nose():
    """Losses that turn round: the leader loses n/2, every fixed point only a constant."""
    n = 200
    costs = np.zeros((n, 2))
    costs[0] = 0.5, 0.0
    costs[1::2] = 0.0, 1.0
    costs[2::2] = 1.0, 0.0
    problem = P.Mirrored(P.LinearRounds(costs), P.EntropyGeometry(), [0.5, 0.5])
    wild = played(oe.FollowTheRegularizedLeader(1e6, 0.0), problem, n=n)
    calm = played(oe.FollowTheRegularizedLeader(0.5, 0.5), problem, n=n)
    assert regret(problem, wild.iterates[:n])[-1] > 0.45 * n
    assert regret(problem, calm.iterates[:n])[-1] < 0.1 * n


def portfolio(seed=0, n=60, d=3):
    rng = np.random.default_rng(seed)
    returns = np.exp(rng.normal(0.0, 0.1, (n, d)))
    return P.Constrained(P.Portfolio(returns), P.Simplex())


def best_portfolio(returns):
    x = cp.Variable(returns.shape[1])
    cp.Problem(cp.Maximize(cp.sum(cp.log(returns @ x))), [cp.sum(x) == 1, x >= 0]).solve(
        solver=cp.CLARABEL
    )
    u = np.maximum(x.value, 0)
    return u / u.sum()


@pytest.mark.parametrize("seed", [0, 1])
def test_bound_of_the_online_newton_step_holds(seed):
    problem = portfolio(seed)
    returns, n, d = problem.objective.returns, 60, 3
    R = np.sqrt(2)
    M = (np.linalg.norm(returns, axis=1) / returns.min(axis=1)).max()
    gamma = 0.5 * min(1 / (4 * M * R), 1.0)
    method = oe.OnlineNewtonStep(1 / gamma, 1 / (gamma * R) ** 2)
    trace = played(method, problem, np.full(d, 1 / d), n)
    u = best_portfolio(returns)
    for k in (1, 2, 5, 10, 50):
        u = best_portfolio(returns[:k])
        found = regret(problem, trace.iterates[:k], u)[-1]
        A = 1 / (gamma * R) ** 2 * np.eye(d) + sum(
            np.outer(g, g)
            for g in (problem.component_gradient(i, trace.iterates[i]) for i in range(k))
        )
        bound = trace.method.regret_bound(A, R)
        assert found <= bound
        said = d / (2 * gamma) * np.log(1 + k * M**2 * (gamma * R) ** 2 / d) + 1 / (2 * gamma)
        assert bound <= said * (1 + 1e-12)


def test_inequality_behind_the_newton_step():
    """f(u) >= f(x) + <g, u - x> + gamma/2 <g, u - x>^2; with 8 gamma it fails."""
    rng = np.random.default_rng(8)
    returns = np.exp(rng.normal(0.0, 0.5, (50, 3)))
    f = P.Portfolio(returns)
    M, R = (np.linalg.norm(returns, axis=1) / returns.min(axis=1)).max(), np.sqrt(2)
    gamma = 0.5 * min(1 / (4 * M * R), 1.0)

    def fails(gamma):
        count = 0
        for i in range(50):
            x, u = rng.dirichlet(np.full(3, 0.3), 2)
            slope = f.component_gradient(i, x) @ (u - x)
            low = f.component_value(i, x) + slope + gamma / 2 * slope**2
            count += f.component_value(i, u) < low - 1e-12
        return count

    assert fails(gamma) == 0
    assert fails(8.0) > 0


def test_metric_projection_against_scipy():
    rng = np.random.default_rng(9)
    problem = portfolio()
    for _ in range(3):
        B = rng.standard_normal((3, 3))
        A, y = B @ B.T + 0.05 * np.eye(3), 2 * rng.standard_normal(3)
        u = metric_projection(problem, y, A, np.full(3, 1 / 3))
        peer = minimize(
            lambda v, A=A, y=y: (v - y) @ A @ (v - y), np.full(3, 1 / 3),
            jac=lambda v, A=A, y=y: 2 * A @ (v - y), bounds=[(0, 1)] * 3,
            constraints={"type": "eq", "fun": lambda v: v.sum() - 1}, options={"ftol": 1e-15},
        )  # fmt: skip
        assert (u - y) @ A @ (u - y) <= peer.fun + 1e-10
        np.testing.assert_allclose(u, peer.x, atol=1e-5)


def test_bound_of_adagrad_holds():
    problem = P.Constrained(random_logistic(200, 4, seed=1, l2=0.0), P.Box(-np.ones(4), np.ones(4)))
    for t in (0.3, 2 / np.sqrt(2)):
        method, x0 = oe.AdaGradMirrorDescent(t), np.array([0.9, -0.8, 0.3, 0.1])
        trace = played(method, problem, x0)
        points = trace.iterates
        for k in KS:
            squares = sum(problem.component_gradient(i, points[i]) ** 2 for i in range(k))
            bound = method.regret_bound(squares, 2.0)
            for u in (np.ones(4), -np.ones(4), np.zeros(4), points[-1]):
                assert regret(problem, points[:k], u)[-1] <= bound
            if t > 1:
                assert bound == pytest.approx(np.sqrt(2) * 2 * np.sqrt(squares).sum())


def test_adagrad_does_not_see_the_scale_of_a_coordinate():
    rng = np.random.default_rng(10)
    costs, scale = rng.normal(size=(50, 3)), np.array([1.0, 100.0, 1e-4])
    box = P.Box(np.full(3, -5.0), np.full(3, 5.0))
    one, other = (
        played(oe.AdaGradMirrorDescent(0.4), P.Constrained(P.LinearRounds(c), box), np.zeros(3), 50)
        for c in (costs, costs * scale)
    )
    np.testing.assert_allclose(one.iterates, other.iterates, atol=1e-12)


def test_a_game_is_a_run():
    problem = experts(2)
    for method in (oe.ExponentiatedGradient(0.2), oe.FollowTheRegularizedLeader()):
        trace = steps_of(method, problem, problem.start, 50)
        np.testing.assert_array_equal(play(method, problem, rounds=51), trace.iterates)


def test_regret_needs_somebody_to_compare_with():
    problem = P.Mirrored(P.LinearRounds(np.ones((2, 2))), P.EntropyGeometry())
    with pytest.raises(ValueError, match="comparator"):
        regret(problem, [np.full(2, 0.5)])
    nameless = oe.Problem.from_functions(
        lambda x: 0.0, gradient=lambda x: x, component_gradient=lambda i, x: x,
        project=lambda x: x, shape=(2,),
    )  # fmt: skip
    with pytest.raises(ValueError, match="components is unknown"):
        oe.run(oe.AdaGradMirrorDescent(), nameless, [0.5, 0.5])
