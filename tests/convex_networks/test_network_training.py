"""Baselines on the network itself, and networks for several classes."""

import numpy as np
import pytest

import optedu as oe
from optedu.convex_networks.network_training import stochastic_network
from optedu.convex_networks.networks import Network
from optedu.convex_networks.one_against_rest import one_against_rest
from optedu.problems.activation_patterns import sampled_patterns


def parabola(units=6, beta=0.01):
    X = np.c_[np.linspace(-1, 1, 11), np.ones(11)]
    return oe.problems.TwoLayerReLU(X, X[:, 0] ** 2, units, beta)


def test_with_all_rows_plain_steps_are_gradient_descent():
    problem = parabola()._replace(seed=3)
    network = stochastic_network(problem, "sgd", 3, steps=2, step_size=0.1, batch=99)
    x = problem.start
    x = x - 0.1 * problem.gradient(x)
    x = x - 0.05 * problem.gradient(x)
    assert np.c_[network.hidden, network.output] == pytest.approx(x, rel=1e-12)


@pytest.mark.parametrize(("rule", "step"), [("adam", 0.02), ("sgd", 0.02)])
def test_both_rules_train_and_repeat_themselves(rule, step):
    problem = parabola()
    first, again, other = (
        stochastic_network(problem, rule, seed, step_size=step, batch=4) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.hidden, again.hidden)
    assert not np.array_equal(first.hidden, other.hidden)
    convex = oe.problems.ConvexReLU(problem.X, problem.y, np.ones((11, 1)), problem.beta)
    untrained = problem._replace(seed=1).start
    assert first.objective(convex) < 0.3 * Network(untrained[:, :2], untrained[:, 2]).objective(
        convex
    )


def test_another_rule_is_refused():
    with pytest.raises(ValueError, match="rule must be one of"):
        stochastic_network(parabola(), "rmsprop")


def test_classes_share_gates_and_each_program_is_solved():
    rng = np.random.default_rng(0)
    centers = np.array([[2.0, 0.0], [-1.0, 1.7], [-1.0, -1.7]])
    labels = np.arange(30) % 3
    X = np.c_[centers[labels] + 0.3 * rng.standard_normal((30, 2)), np.ones(30)]
    patterns, seen = sampled_patterns(X, 20, 1), []

    def solve(problem):
        seen.append(problem)
        return oe.run(oe.RestartedFISTA(), problem, max_iter=500).x

    classifier = one_against_rest(X, labels, patterns, 0.1, solve)
    assert (classifier.classes(X) == labels).all()
    assert classifier.weights.shape == (3, patterns.active.shape[1], 3)
    for k, problem in enumerate(seen):
        assert classifier.scores(X)[:, k] == pytest.approx(problem.outputs(classifier.weights[k]))
        assert np.array_equal(problem.y > 0, labels == k)
