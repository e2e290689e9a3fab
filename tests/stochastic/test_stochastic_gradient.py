import itertools

import numpy as np
import pytest

import optedu as oe
from optedu.minibatch import minibatch_gradient
from optedu.problems.generators import random_least_squares, random_quadratic
from optedu.stochastic.schedules import inverse_decay
from tests.stochastic.examples import states

P = oe.problems
NOISY = random_least_squares(12, 4, seed=13)
START = NOISY.minimizer + 1.0


def squared_distances(method, problem, x0, steps, seeds):
    """Return ||x_k - x*||^2 of each seed and k."""
    paths = [
        [state.x for state in states(method, problem, x0, steps, seed=seed)]
        for seed in range(seeds)
    ]
    return np.sum((np.array(paths) - problem.minimizer) ** 2, axis=-1)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_proven_bound_on_the_mean_over_seeds(batch_size):
    """The guarantee is about the mean over all draws: here over 100 seeds, with its error."""
    method = oe.StochasticGradient(batch_size=batch_size).resolve(NOISY)
    found = squared_distances(method, NOISY, START, 200, seeds=100)
    for k in (1, 2, 5, 10, 50, 200):
        stated = method.guarantee(NOISY, k, START)
        assert stated.quantity == "distance"
        error = found[:, k].std() / np.sqrt(len(found))
        assert found[:, k].mean() <= stated.bound**2 + 3 * error


@pytest.mark.parametrize("batch_size", [1, 2])
def test_proven_bound_of_one_step_by_enumeration(batch_size):
    """All n^b draws, no chance involved; with a step twenty times too long the bound is broken."""
    problem = random_least_squares(6, 3, seed=2)
    n, b = problem.components, batch_size
    ceiling = problem.component_smoothness / b + (1 - 1 / b) * problem.smoothness
    batches = np.array(list(itertools.product(range(n), repeat=b)))
    rng = np.random.default_rng(0)

    def holds(t, x):
        ends = [x - t * minibatch_gradient(problem, batch, x) for batch in batches]
        mean = np.mean([np.sum((end - problem.minimizer) ** 2) for end in ends])
        gradients = [problem.component_gradient(i, problem.minimizer) for i in range(n)]
        variance = np.mean([np.sum(g * g) for g in gradients]) / b
        shrunk = (1 - t * problem.strong_convexity) * np.sum((x - problem.minimizer) ** 2)
        return mean <= shrunk + 2 * t**2 * variance

    points = problem.minimizer + 10 * rng.standard_normal((30, 3))
    assert all(holds(t, x) for x in points for t in (0.1 / ceiling, 0.5 / ceiling))
    assert not all(holds(10 / ceiling, x) for x in points)


@pytest.mark.parametrize("batch_size", [1, 2])
def test_bound_from_the_minimizer_is_twice_the_noise(batch_size):
    """There one step is noise only: its mean square is half of the bound, over all draws."""
    problem = random_least_squares(6, 3, seed=2)
    method = oe.StochasticGradient(batch_size=batch_size).resolve(problem)
    batches = list(itertools.product(range(6), repeat=batch_size))
    noise = [minibatch_gradient(problem, batch, problem.minimizer) for batch in batches]
    mean = method.step_size**2 * np.mean(np.sum(np.square(noise), axis=1))
    stated = method.guarantee(problem, 1, problem.minimizer)
    assert stated.bound**2 == pytest.approx(2 * mean)


def test_no_bound_is_stated_for_longer_steps():
    longest = 0.5 / NOISY.component_smoothness
    assert oe.StochasticGradient(longest).resolve(NOISY).guarantee(NOISY, 3, START) is not None
    assert oe.StochasticGradient(1.1 * longest).resolve(NOISY).guarantee(NOISY, 3, START) is None


def test_size_of_the_ball():
    """With one Hessian for all terms each eigendirection has the variance t s^2 / (l (2 - t l))."""
    rng = np.random.default_rng(3)
    problem = P.NoisyQuadratic(random_quadratic(2, 4.0, 5).A, 3 * rng.standard_normal((20, 2)))
    values, vectors = np.linalg.eigh(problem.A)
    noise = ((problem.B - problem.B.mean(axis=0)) @ vectors).var(axis=0)
    t = 0.3 / problem.smoothness
    paths = np.array(
        [
            [state.x for state in states(oe.StochasticGradient(t), problem, None, 4000, seed)]
            for seed in range(6)
        ]
    )[:, 200:]
    squares = ((paths - problem.minimizer) @ vectors) ** 2
    expected = t * noise / (values * (2 - t * values))
    by_seed = squares.mean(axis=1)
    error = by_seed.std(axis=0, ddof=1) / np.sqrt(len(by_seed))
    assert np.all(np.abs(by_seed.mean(axis=0) - expected) <= 5 * error)
    assert np.all(error <= 0.06 * expected)


def test_steps_follow_the_schedule_and_the_last_factor_stays():
    problem = P.NoisyQuadratic(np.eye(1), [[0.0]])  # one term: x+ = (1 - t) x
    method = oe.StochasticGradient(0.5, [1.0, 0.5, 0.2])
    xs = [float(state.x[0]) for state in states(method, problem, np.ones(1), 5)]
    np.testing.assert_allclose(np.divide(xs[1:], xs[:-1]), 1 - np.array([0.5, 0.25, 0.1, 0.1, 0.1]))


def test_one_term_is_gradient_descent():
    problem = P.LogisticRegression([[1.0, 2.0]], [1.0], l2=0.1)
    stochastic = oe.run(oe.StochasticGradient(0.2), problem, [1.0, 1.0], max_iter=20, tol=0)
    plain = oe.run(oe.GradientDescent(0.2), problem, [1.0, 1.0], max_iter=20, tol=0)
    np.testing.assert_allclose(stochastic.iterates, plain.iterates, rtol=1e-13)


def test_falling_steps_leave_the_ball():
    """Steps of order 1 / k: the gap falls like 1 / k, where equal steps stop."""
    method = oe.StochasticGradient().resolve(NOISY)
    mu, t = NOISY.strong_convexity, method.step_size
    falling = method._replace(schedule=inverse_decay(4000, delay=2 / (mu * t)))

    def mean_gap(m):
        paths = [
            oe.run(m, NOISY, START, max_iter=4000, tol=0, seed=seed, record_every=4000)
            for seed in range(4)
        ]
        return np.mean([path.values[-1] for path in paths]) - NOISY.minimum

    assert mean_gap(falling) < 0.4 * mean_gap(method)
    bound = falling.guarantee(NOISY, np.array([1000, 4000]), START).bound
    assert bound[1] ** 2 < 0.35 * bound[0] ** 2


def test_subgradients_find_a_median():
    rng = np.random.default_rng(4)
    b = np.append(rng.standard_normal(40), [50.0] * 9)  # outliers, which a mean would follow
    problem = P.AbsoluteDeviations(np.ones((49, 1)), b)
    method = oe.StochasticGradient(0.5 / 49, inverse_decay(3000, power=0.5))
    found = oe.run(method, problem, [10.0], max_iter=3000, tol=0).x
    median = np.median(b)
    assert problem.value(found) < 1.01 * problem.value(np.array([median]))
    assert abs(found[0] - median) < 0.3 < abs(np.mean(b) - median)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"step_size": 0.0}, "step_size must be positive"),
        ({"batch_size": 0}, "batch_size must be positive"),
        ({"schedule": [[1.0]]}, "schedule must be a vector"),
        ({"schedule": [1.0, -0.5]}, "must not be negative, got -0.5"),
    ],
)
def test_nonsense_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        oe.StochasticGradient(**arguments)


def test_unknown_smoothness_asks_for_a_step_size():
    problem = P.AbsoluteDeviations(np.ones((3, 1)), [0.0, 1.0, 2.0])
    with pytest.raises(ValueError, match=r"needs step_size: problem\.component_smoothness"):
        oe.run(oe.StochasticGradient(), problem)
