import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_least_squares
from tests.stochastic.examples import states

P = oe.problems
PROBLEM = random_least_squares(12, 4, seed=13)
START = PROBLEM.minimizer + 1.0
METHODS = [oe.IncrementalGradient, oe.RandomReshuffling, oe.ShuffleOnce, oe.GradientBalancing]


class Asked:
    """A finite sum that remembers which terms were asked for."""

    def __init__(self, problem):
        self.problem, self.terms = problem, []
        self.components, self.component_smoothness = problem.components, 1.0

    def component_gradient(self, i, x):
        self.terms.append(int(i))
        return self.problem.component_gradient(i, x)


def orders(method, problem, epochs, seed=0):
    asked = Asked(problem)
    list(states(method, asked, np.zeros(problem.shape), epochs, seed))
    return np.reshape(asked.terms, (epochs, problem.components))


@pytest.mark.parametrize("method", METHODS)
def test_every_epoch_takes_every_term_once(method):
    taken = orders(method(0.01), PROBLEM, 4)
    np.testing.assert_array_equal(np.sort(taken, axis=1), np.tile(np.arange(12), (4, 1)))
    repeats = all(np.array_equal(taken[0], other) for other in taken[1:])
    assert repeats == (method in (oe.IncrementalGradient, oe.ShuffleOnce))


def test_incremental_gradient_takes_them_as_they_stand():
    np.testing.assert_array_equal(orders(oe.IncrementalGradient(0.01), PROBLEM, 1)[0], range(12))


@pytest.mark.parametrize("method", METHODS)
def test_one_term_is_gradient_descent(method):
    problem = P.LogisticRegression([[1.0, 2.0]], [1.0], l2=0.1)
    found = oe.run(method(0.2), problem, [1.0, 1.0], max_iter=20, tol=0)
    plain = oe.run(oe.GradientDescent(0.2), problem, [1.0, 1.0], max_iter=20, tol=0)
    np.testing.assert_allclose(found.iterates, plain.iterates, rtol=1e-13)


def test_an_epoch_is_scikit_learns():
    linear_model = pytest.importorskip("sklearn.linear_model")
    n = PROBLEM.components
    theirs = linear_model.SGDRegressor(
        penalty=None, fit_intercept=False, learning_rate="constant", eta0=0.02, shuffle=False,
        max_iter=3, tol=None,
    ).fit(PROBLEM.A, PROBLEM.b)  # fmt: skip
    ours = oe.run(oe.IncrementalGradient(0.02 / n), PROBLEM, np.zeros(4), max_iter=3, tol=0)
    np.testing.assert_allclose(ours.x, theirs.coef_, rtol=1e-10)


def test_steps_fall_from_epoch_to_epoch():
    problem = P.NoisyQuadratic(np.eye(1), [[0.0], [0.0]])  # x <- (1 - t) x, twice an epoch
    method = oe.RandomReshuffling(0.5, [1.0, 0.5])
    xs = [float(state.x[0]) for state in states(method, problem, np.ones(1), 3)]
    np.testing.assert_allclose(np.divide(xs[1:], xs[:-1]), [0.5**2, 0.75**2, 0.75**2])


def test_balanced_orders_keep_partial_sums_small():
    """With gradients that stay as they are, balancing ends near 1, where chance ends at sqrt(n)."""
    n, rng = 400, np.random.default_rng(0)
    B = rng.choice([-1.0, 1.0], (n, 2))
    B -= B.mean(axis=0)
    problem = P.NoisyQuadratic(np.zeros((2, 2)), B)

    def largest_sum(order):
        return np.linalg.norm(np.cumsum(B[order], axis=0), axis=1).max()

    taken = orders(oe.GradientBalancing(1e-6), problem, 11, seed=1)
    chance = np.median([largest_sum(rng.permutation(n)) for _ in range(50)])
    assert largest_sum(taken[-1]) < 4 < 0.5 * np.sqrt(n) < chance


def test_balancing_as_written_in_the_paper():
    """One epoch by hand: signs of greedy balancing, then plus ones, and minus ones reversed."""
    x, t, n = START, 0.01, PROBLEM.components
    first, second = list(states(oe.GradientBalancing(t), PROBLEM, x, 2, seed=3))[1:]
    order = next(states(oe.GradientBalancing(t), PROBLEM, x, 0, seed=3)).order
    for state, mean in ((first, np.zeros(4)), (second, first.mean)):
        s, plus, minus, gradients = np.zeros(4), [], [], []
        for i in order:
            g = PROBLEM.component_gradient(i, x)
            x = x - t * g
            gradients.append(g)
            up = np.linalg.norm(s + g - mean) <= np.linalg.norm(s - g + mean)
            (plus if up else minus).append(i)
            s = s + (g - mean) if up else s - (g - mean)
        order = plus + minus[::-1]
        np.testing.assert_array_equal(state.order, order)
        np.testing.assert_allclose(state.mean, np.sum(gradients, axis=0) / n)
        np.testing.assert_allclose(state.x, x)
