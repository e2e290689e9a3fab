"""Bai, Gautam and Sojoudi: adversarial training of a two-layer network as a convex program."""

import cvxpy as cp
import numpy as np
import pytest

import optedu as oe
from optedu.convex_networks.networks import network_of
from optedu.problems.activation_patterns import sampled_patterns
from optedu.problems.robust_convex_relu import robust_patterns

RADIUS, BETA = 0.1, 0.5


def data(n=18, seed=1):
    """Two half-moons with a column of ones, which an attack does not move."""
    rng = np.random.default_rng(seed)
    side, t = np.arange(n) % 2, np.pi * rng.random(n)
    upper, lower = np.c_[np.cos(t), np.sin(t)], np.c_[1 - np.cos(t), 0.4 - np.sin(t)]
    points = np.where(side[:, None] == 0, upper, lower) + 0.05 * rng.standard_normal((n, 2))
    return np.hstack([points - points.mean(axis=0), np.ones((n, 1))]), 1.0 - 2 * side


def trained(problem, steps=4000):
    graph = oe.problems.GraphForm.of(problem)
    return graph.point(oe.run(oe.ADMM(0.1, 1.8), graph, max_iter=steps, tol=1e-9).x)


@pytest.fixture(scope="module")
def robust():
    X, y = data()
    radius = np.array([RADIUS, RADIUS, 0.0])
    patterns = robust_patterns(X, radius, 4000, seed=3).active
    problem = oe.problems.RobustConvexReLU(X, y, patterns, radius, BETA)
    return problem, trained(problem)


def plain():
    """Without attack, on fewer points."""
    X, y = data(12)
    patterns = sampled_patterns(X, 25, 3).active
    return oe.problems.RobustConvexReLU(X, y, patterns, np.zeros(3), 0.2)


def clarabel(problem):
    """Return the minimum by an interior point method, from the program as it is printed."""
    (n, d), P = problem.X.shape, problem.patterns.shape[1]
    V, W = cp.Variable((P, d)), cp.Variable((P, d))
    S = problem.patterns @ (V - W)
    margins = cp.multiply(problem.y, cp.sum(cp.multiply(problem.X, S), axis=1))
    loss = cp.sum(cp.pos(1 - margins + cp.abs(S) @ problem.radius))
    norms = cp.sum(cp.norm(V, axis=1)) + cp.sum(cp.norm(W, axis=1))
    signs, ones = 2 * problem.patterns - 1, np.ones((n, 1))
    cones = [
        cp.multiply(signs, problem.X @ U.T)
        >= ones @ cp.reshape(cp.abs(U) @ problem.radius, (1, P), order="C")
        for U in (V, W)
    ]
    program = cp.Problem(cp.Minimize(loss + problem.beta * norms), cones)
    program.solve(solver=cp.CLARABEL, tol_gap_abs=1e-9, tol_gap_rel=1e-9, tol_feas=1e-9)
    return program.value, np.concatenate([V.value, W.value])


def attacks(count, seed):
    rng = np.random.default_rng(seed)
    moves = RADIUS * rng.uniform(-1, 1, (count, 1, 3))
    moves[:, :, 2] = 0.0
    return moves


def corners():
    signs = np.array([[i, j, 0.0] for i in (-1, 1) for j in (-1, 1)])
    return RADIUS * signs[:, None, :]


def hinge(network, X, y):
    return np.maximum(1 - y * network.outputs(X), 0.0)


def test_the_optimum_is_that_of_an_interior_point_method(robust):
    for problem, x in (robust, (plain(), trained(plain()))):
        assert problem.value(x) == pytest.approx(clarabel(problem)[0], rel=1e-6)
        n, d = problem.X.shape
        assert problem.linear_map(x)[n * d :].min() >= -1e-6


def test_the_worst_loss_of_the_network_is_what_the_program_says(robust):
    """The attack by the sign of the gradient is the worst: all corners say so, row by row."""
    problem, x = robust
    network = network_of(problem.weights(x), 1e-7)
    said = np.maximum(1 - problem.margins(x), 0.0)
    worst = np.max([hinge(network, problem.X + move, problem.y) for move in corners()], axis=0)
    assert worst == pytest.approx(said, abs=1e-5)
    sign = -problem.y[:, None] * problem.radius * np.sign(problem.row_weights(x))
    assert hinge(network, problem.X + sign, problem.y) == pytest.approx(said, abs=1e-5)
    drawn = [hinge(network, problem.X + m, problem.y).max() for m in attacks(10_000, 4)]
    assert max(drawn) <= said.max() + 1e-5


def test_no_attack_changes_a_unit(robust):
    problem, x = robust
    hidden = network_of(problem.weights(x), 1e-4).hidden
    active = problem.X @ hidden.T > 0
    for move in np.concatenate([corners(), attacks(500, 5)]):
        heights = (problem.X + move) @ hidden.T
        assert (((heights > 0) == active) | (np.abs(heights) <= 1e-3)).all()


def test_the_network_that_knew_of_no_attack_is_broken_by_it(robust):
    """Clean, both fit; attacked, one does not: the sums of worst losses, measured 2.5 and 0."""
    attack, worst = robust[0]._replace(beta=0.02), {}
    free = sampled_patterns(attack.X, 30, 3).active
    calm = attack._replace(patterns=free, radius=np.zeros(3))
    for name, problem in {"robust": attack, "plain": calm}.items():
        network = network_of(clarabel(problem)[1], 1e-6)
        losses = [hinge(network, problem.X + move, problem.y) for move in corners()]
        worst[name] = np.max(losses, axis=0).sum()
        print(name, hinge(network, problem.X, problem.y).sum(), worst[name])
        assert hinge(network, problem.X, problem.y).sum() <= 0.5
    assert worst["plain"] > 2 * worst["robust"]


def test_robustness_costs(robust):
    """With the same patterns the minimum rises with the radius, from that without attack on."""
    problem, x = robust
    values = [clarabel(problem._replace(radius=s * problem.radius))[0] for s in (0.0, 0.5, 1.0)]
    assert values[0] < values[1] < values[2]
    assert values[2] == pytest.approx(problem.value(x), rel=1e-6)


def test_patterns_that_an_attack_can_change_have_no_unit():
    X, _ = data()
    radius = np.array([RADIUS, RADIUS, 0.0])
    drawn = sampled_patterns(X, 40, 3)
    safe = {column.tobytes() for column in robust_patterns(X, radius, 4000, 3).active.T}
    gates = drawn.gates
    kept = np.abs(X @ gates.T).min(axis=0) >= np.abs(gates) @ radius
    assert {drawn.active[:, i].tobytes() for i in np.flatnonzero(kept)} <= safe
    with pytest.raises(ValueError, match="robust_patterns: none of the"):
        robust_patterns(X[:, :2], 10 * radius[:2], 50)
