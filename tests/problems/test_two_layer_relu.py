"""The nonconvex network: its value, its gradient where there is one, and its scalings."""

import numpy as np
import pytest

import optedu as oe
from optedu.convex_networks.networks import Network


def network(logistic=False, beta=0.3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((9, 3))
    y = np.sign(rng.standard_normal(9)) if logistic else rng.standard_normal(9)
    return oe.problems.TwoLayerReLU(X, y, 4, beta, logistic)


@pytest.mark.parametrize("logistic", [False, True])
def test_gradient_is_the_slope_and_value_is_that_of_the_network(logistic):
    problem = network(logistic)
    x = np.random.default_rng(1).standard_normal(problem.shape)
    g, h = problem.gradient(x), 1e-6
    for i in np.ndindex(*problem.shape):
        e = np.zeros(problem.shape)
        e[i] = h
        slope = (problem.value(x + e) - problem.value(x - e)) / (2 * h)
        assert g[i] == pytest.approx(slope, abs=1e-7)
    convex = oe.problems.ConvexReLU(problem.X, problem.y, np.ones((9, 1)), problem.beta, logistic)
    assert problem.value(x) == pytest.approx(Network(x[:, :3], x[:, 3]).objective(convex))


def test_a_unit_may_be_rescaled_and_the_decay_is_least_when_both_layers_are_alike():
    problem = network(beta=0.0)
    x = np.random.default_rng(2).standard_normal(problem.shape)
    scaled = np.hstack([3.0 * x[:, :3], x[:, 3:] / 3.0])
    assert problem.value(scaled) == pytest.approx(problem.value(x))
    decayed = problem._replace(beta=0.5)
    factor = np.sqrt(np.abs(x[:, 3:]) / np.linalg.norm(x[:, :3], axis=1, keepdims=True))
    level = np.hstack([factor * x[:, :3], x[:, 3:] / factor])
    assert decayed.value(level) <= min(decayed.value(x), decayed.value(scaled))


def test_zero_is_stationary_and_not_a_minimum():
    problem = network(beta=0.01)
    assert not problem.gradient(np.zeros(problem.shape)).any()
    run = oe.run(oe.GradientDescent(0.02), problem, problem.start, max_iter=500)
    assert run.values[-1] < problem.value(np.zeros(problem.shape))


def test_bad_data_is_refused():
    X = np.eye(2)
    with pytest.raises(ValueError, match="TwoLayerReLU: units must be at least 1, got 0"):
        oe.problems.TwoLayerReLU(X, np.ones(2), 0)
    with pytest.raises(ValueError, match=r"y must hold -1 and \+1, got 0.0 at index 1"):
        oe.problems.TwoLayerReLU(X, [1.0, 0.0], logistic=True)
    with pytest.raises(ValueError, match="beta must be at least 0"):
        oe.problems.TwoLayerReLU(X, np.ones(2), beta=-1.0)
