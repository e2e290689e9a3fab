"""One inequality gives the rate, the length and, with a theorem of learning, the gap."""

import itertools

import numpy as np
import pytest

import optedu as oe
from optedu.foundations.lojasiewicz import (
    gap_bound,
    generalization_bound,
    gradient_flow,
    least_squares_constant,
    length_bound,
    linear_rademacher_bound,
    radius_after_training,
)


def power(p, center=0.0):
    return oe.Problem.from_functions(
        lambda x: np.sum(np.abs(x - center) ** p),
        gradient=lambda x: p * np.abs(x - center) ** (p - 1) * np.sign(x - center),
    )


@pytest.mark.parametrize("p", [3, 4, 6])
def test_powers_attain_the_rate_and_the_length(p):
    start, center, theta = 2.0, 0.7, 1 - 1 / p
    times = np.append(0.0, np.geomspace(1e-3, 1e5, 60))
    flow = gradient_flow(power(p, center), [start], times)
    gap = (start - center) ** p
    bound = gap_bound(gap, p, theta, times)
    np.testing.assert_allclose(flow.values, bound, rtol=2e-5)
    assert not (flow.values <= 0.8 * bound).any()
    late = times > 1e3
    slope = np.polyfit(np.log(times[late]), np.log(flow.values[late]), 1)[0]
    assert slope == pytest.approx(-p / (p - 2), rel=0.01)
    assert (flow.lengths <= length_bound(gap, p, theta)).all()
    assert length_bound(gap, p, theta) == pytest.approx(start - center)
    np.testing.assert_allclose(flow.lengths, start - flow.points[:, 0], atol=1e-7)


@pytest.mark.parametrize(("n", "d"), [(12, 4), (4, 9)])
@pytest.mark.parametrize("seed", [0, 1])
def test_least_squares_obey_the_exponential_bound_at_each_time(n, d, seed):
    rng = np.random.default_rng(seed)
    problem = oe.problems.LeastSquares(rng.standard_normal((n, d)), rng.standard_normal(n))
    start = rng.standard_normal(d)
    c = least_squares_constant(problem.A)
    eigenvalues = np.linalg.eigvalsh(problem.A.T @ problem.A)
    assert c**2 == pytest.approx(2 * eigenvalues[eigenvalues > 1e-9].min(), rel=1e-9)
    times = np.append(0.0, np.geomspace(1e-3, 5.0 / c**2, 60))
    flow = gradient_flow(problem, start, times)
    gaps = flow.values - problem.minimum
    bound = gap_bound(gaps[0], c, 0.5, times)
    assert (gaps <= bound * (1 + 1e-6)).all()
    assert flow.lengths[-1] <= length_bound(gaps[0], c, 0.5)
    assert (np.diff(flow.lengths) > 0).all()
    for x, gap in zip(flow.points, gaps, strict=True):
        assert np.linalg.norm(problem.gradient(x)) >= c * np.sqrt(max(gap, 0)) * (1 - 1e-9)


def test_the_slowest_direction_attains_the_exponential_bound():
    rng = np.random.default_rng(5)
    A = rng.standard_normal((10, 3))
    problem = oe.problems.LeastSquares(A, A @ np.array([1.0, -2.0, 0.5]))
    slowest = np.linalg.eigh(A.T @ A)[1][:, 0]
    c = least_squares_constant(A)
    times = np.linspace(0.0, 4 / c**2, 30)
    flow = gradient_flow(problem, problem.minimizer + 3 * slowest, times)
    bound = gap_bound(flow.values[0], c, 0.5, times)
    np.testing.assert_allclose(flow.values, bound, rtol=1e-6)
    assert not (flow.values[1:] <= 0.8 * bound[1:]).any()
    assert length_bound(flow.values[0], c, 0.5) == pytest.approx(3.0)
    assert flow.lengths[-1] == pytest.approx(3.0 * (1 - np.exp(-2.0)), rel=1e-6)


def test_the_flow_of_a_quadratic_is_the_exponential():
    problem = oe.problems.generators.random_quadratic(4, 20.0, seed=2)
    start = np.ones(4)
    flow = gradient_flow(problem, start, [0.0, 0.5, 3.0])
    lam, Q = np.linalg.eigh(problem.A)
    for t, x in zip(flow.times, flow.points, strict=True):
        exact = problem.minimizer + Q @ (np.exp(-t * lam) * (Q.T @ (start - problem.minimizer)))
        np.testing.assert_allclose(x, exact, atol=1e-8)


def test_gradient_descent_with_small_steps_follows_the_flow():
    rng = np.random.default_rng(6)
    problem = oe.problems.LeastSquares(rng.standard_normal((10, 3)), rng.standard_normal(10))
    c, step = least_squares_constant(problem.A), 0.02 / problem.smoothness
    trace = oe.run(oe.GradientDescent(step), problem, np.zeros(3), max_iter=2000, tol=0.0)
    gaps = trace.values - problem.minimum
    length = np.linalg.norm(np.diff(trace.iterates, axis=0), axis=1).sum()
    assert length <= length_bound(gaps[0], c, 0.5)
    times = step * trace.iterations
    assert (gaps <= gap_bound(gaps[0], c, 0.5, times) + 1e-12).all()


def test_orthogonal_rows_attain_the_rademacher_bound():
    X = 2.0 * np.linalg.qr(np.random.default_rng(7).standard_normal((9, 8)))[0].T
    radius = 1.5
    signs = np.array(list(itertools.product([-1, 1], repeat=8)))
    exact = radius * np.linalg.norm(signs @ X, axis=1).mean() / 8
    assert exact == pytest.approx(linear_rademacher_bound(X, radius), rel=1e-12)
    assert not exact <= 0.8 * linear_rademacher_bound(X, radius)
    Y = np.random.default_rng(8).standard_normal((8, 3))
    spread = radius * np.linalg.norm(signs @ Y, axis=1).mean() / 8
    assert spread <= linear_rademacher_bound(Y, radius)


@pytest.mark.parametrize("seed", range(4))
def test_the_gap_of_a_trained_linear_model_stays_below_the_bound_from_its_length(seed):
    """The gap is real, and between 1 and 3 percent of the bound (measured): a loose bound."""
    rng = np.random.default_rng(seed)
    n, d = 100, 20
    truth = rng.uniform(-1, 1, d) / np.sqrt(d)

    def sample(n):
        X = rng.choice([-1.0, 1.0], (n, d)) / np.sqrt(d)
        return X, X @ truth + rng.choice([-0.5, 0.5], n)

    X, y = sample(n)
    problem = oe.problems.LeastSquares(X, y)
    c = least_squares_constant(X)
    length = length_bound(problem.value(np.zeros(d)) - problem.minimum, c, 0.5)
    trace = oe.run(oe.GradientDescent(), problem, np.zeros(d), max_iter=1000)
    assert trace.success
    travelled = np.linalg.norm(np.diff(trace.iterates, axis=0), axis=1).sum()
    assert np.linalg.norm(trace.x) <= travelled <= length
    radius, delta = radius_after_training(length, unit=1.0, delta=0.05)
    largest_label = np.abs(truth).sum() / np.sqrt(d) + 0.5
    bound = generalization_bound(n, radius, 1.0, radius + largest_label, delta)
    X_new, y_new = sample(20_000)
    gap = np.mean((X_new @ trace.x - y_new) ** 2) - np.mean((X @ trace.x - y) ** 2)
    assert 0.005 * bound < gap <= bound


def test_the_bound_shrinks_like_one_over_the_root_of_n():
    bounds = [generalization_bound(n, 1.0, 1.0, 2.0) for n in (100, 400, 1600)]
    np.testing.assert_allclose(np.divide(bounds[:-1], bounds[1:]), 2.0, rtol=1e-12)


def test_a_length_known_afterwards_costs_little_confidence():
    assert radius_after_training(0.9, 1.0, 0.1)[0] == 1.0
    assert radius_after_training(5.0, 1.0, 0.1)[0] == 8.0
    total = sum(radius_after_training(2.0**j, 1.0, 0.1)[1] for j in range(1000))
    assert 0.099 < total <= 0.1


def test_mistakes_get_a_sentence():
    with pytest.raises(ValueError, match="theta must be at least 1/2"):
        gap_bound(1.0, 1.0, 0.4, 1.0)
    with pytest.raises(ValueError, match="theta must be at least 1/2"):
        length_bound(1.0, 1.0, 1.0)
