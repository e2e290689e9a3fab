import numpy as np
import pytest
from scipy.optimize import minimize

import optedu as oe
from optedu.convex_networks.networks import Network, network_of
from optedu.optimal_networks.solve import solve
from optedu.optimal_networks.stationary import patterns_of, stationarity, with_patterns
from tests.optimal_networks.examples import program


def walls(network, X):
    size = np.linalg.norm(network.hidden, axis=1) * np.linalg.norm(X, axis=1)[:, None]
    return int(np.sum(np.abs(X @ network.hidden.T) <= 1e-9 * size))


def descend(problem, start):
    """Return the network to which BFGS on the nonconvex objective leads."""
    h, d = start.hidden.shape

    def unpack(w):
        return Network(w[: h * d].reshape(h, d), w[h * d :])

    def objective(w):
        net = unpack(w)
        t = problem.X @ net.hidden.T
        slope = np.maximum(t, 0) @ net.output - problem.y
        by_hidden = ((t > 0) * slope[:, None]).T @ problem.X * net.output[:, None]
        by_output = np.maximum(t, 0).T @ slope
        g = np.concatenate([by_hidden.ravel(), by_output]) + problem.beta * w
        return net.objective(problem), g

    w = np.concatenate([start.hidden.ravel(), start.output])
    for _ in range(3):
        w = minimize(objective, w, jac=True, method="BFGS", options={"gtol": 1e-10}).x
    return unpack(w)


@pytest.mark.parametrize("seed", range(4))
def test_optimal_networks_are_stationary(seed):
    problem = program(oe.problems.ConvexReLU, seed)
    assert stationarity(network_of(solve(problem).x), problem) <= 1e-7


def test_programs_with_some_patterns_give_stationary_points_off_the_walls():
    """On a wall the cone may be what holds the unit back, and the network is not stationary."""
    inside, held = 0, 0
    for seed in range(10):
        problem = program(oe.problems.ConvexReLU, seed)
        for i in range(problem.patterns.shape[1]):
            part = with_patterns(problem, [i])
            network = network_of(solve(part).x)
            if not len(network.output):
                continue
            off = stationarity(network, problem)
            if walls(network, problem.X) == 0:
                inside += 1
                assert off <= 1e-7
            elif off > 1e-2:
                held += 1
    assert inside >= 5
    assert held >= 20


def test_every_differentiable_stationary_point_comes_from_its_own_patterns():
    count, above = 0, 0
    for seed in range(30):
        problem = program(oe.problems.ConvexReLU, seed % 4)
        rng = np.random.default_rng(seed)
        found = descend(problem, Network(rng.standard_normal((2, 2)), rng.standard_normal(2)))
        alive = np.abs(found.output) > 1e-6
        network = Network(found.hidden[alive], found.output[alive])
        if not alive.any() or walls(network, problem.X) or stationarity(network, problem) > 1e-6:
            continue
        part = problem._replace(patterns=patterns_of(network, problem.X))
        best = part.value(solve(part).x)
        assert network.objective(problem) == pytest.approx(best, rel=1e-6)
        count += 1
        above += best > problem.value(solve(problem).x) + 1e-4
    assert count >= 3
    assert above >= 1  # some of them are not the global minimum


def test_stationarity_notices_a_move():
    problem = program(oe.problems.ConvexReLU, 0)
    network = network_of(solve(problem).x)
    other = Network(network.hidden * 1.01, network.output)
    assert stationarity(other, problem) > 1e-3
    turned = Network(network.hidden + 0.01, network.output)
    assert stationarity(turned, problem) > 1e-3
