"""Evolution strategies, consensus and rankings: invariances, exact limits, and reductions."""

import numpy as np
import pytest
import scipy.linalg

import optedu as oe
from optedu.black_box.cmaes import CMAESState, next_generation, roots_of, weights_of
from optedu.black_box.consensus import consensus
from optedu.black_box.populations import best_first, values_of
from optedu.black_box.rank_descent import rank_estimate
from optedu.problems.generators import random_quadratic, random_rotation


def test_best_first_is_a_stable_sort():
    rng = np.random.default_rng(1)
    for size in (1, 2, 9, 30):
        values = rng.integers(0, 6, size).astype(float)
        assert np.array_equal(best_first(values), np.argsort(values, kind="stable"))


@pytest.mark.parametrize(
    "name", ["OnePlusOne", "CMAES", "RankDescent", "NelderMead", "ConsensusHopping"]
)
def test_only_the_order_of_values_matters_except_for_consensus(name):
    f, x = random_quadratic(4, 20.0, 11), np.ones(4)
    grown = oe.Problem.from_functions(lambda x: float(np.exp(0.1 * f.value(x))), shape=(4,))
    options = {"max_iter": 40, "tol": 0.0, "seed": 3, "execution": "python"}
    paths = [oe.run(getattr(oe, name)(), problem, x, **options).iterates for problem in (f, grown)]
    assert np.array_equal(*paths) == (name != "ConsensusHopping")


def generations(f, x, draws, Q, count=30):
    """Return the means of CMA-ES on f(Q x), drawn by Q' times the draws."""
    state = CMAESState(Q.T @ x, 0.7, np.eye(x.size), np.zeros(x.size), np.zeros(x.size), 0)
    means, w = [], weights_of(draws.shape[1])
    for k in range(count):
        root, inverse = roots_of(state.C)
        Y = draws[k] @ Q @ root
        values = np.array([f.value(Q @ (state.x + state.size * y)) for y in Y])
        state = next_generation(state, Y[best_first(values)[: w.size]], w, inverse)
        means.append(Q @ state.x)
    return np.array(means), state


def test_cma_es_does_not_see_a_rotation():
    """The same draws, turned, give the same run, turned; C included."""
    d, rng = 5, np.random.default_rng(2)
    f, x, Q = random_quadratic(d, 1000.0, 3), rng.standard_normal(d), random_rotation(d, 4)
    draws = rng.standard_normal((30, 8, d))
    here, end = generations(f, x, draws, np.eye(d))
    there, turned = generations(f, x, draws, Q)
    assert np.allclose(here, there, rtol=1e-7, atol=1e-9)
    assert np.allclose(Q @ turned.C @ Q.T, end.C, rtol=1e-6)
    assert turned.size == pytest.approx(end.size)


def test_coordinates_are_seen_by_methods_that_poll_the_axes():
    """Negative control: the compass walks differently on the turned function."""
    f, x, Q = random_quadratic(5, 1000.0, 3), np.ones(5), random_rotation(5, 4)
    turned = oe.Problem.from_functions(lambda z: float(f.value(Q @ z)), shape=(5,))
    here = oe.run(oe.CompassSearch(), f, x, max_iter=20, tol=0.0).x
    there = Q @ oe.run(oe.CompassSearch(), turned, Q.T @ x, max_iter=20, tol=0.0).x
    assert not np.allclose(here, there, atol=1e-3)


@pytest.mark.parametrize("long", [False, True])
def test_one_generation_of_cma_es_by_the_formulas_of_the_tutorial(long):
    """The path of the size, where C is the identity; and the halt while it is long."""
    n, rng = 4, np.random.default_rng(8)
    A = rng.standard_normal((n, n))
    C, x, p, w = A @ A.T + np.eye(n), rng.standard_normal(n), rng.standard_normal(n), weights_of(8)
    p_sigma, Y = (30.0 if long else 0.1) * rng.standard_normal(n), 0.3 * rng.standard_normal((4, n))
    new = next_generation(CMAESState(x, 0.7, C, p_sigma, p, 50), Y, w, roots_of(C)[1])
    m = 1 / np.sum(w**2)
    c_sigma, c = (m + 2) / (n + m + 5), (4 + m / n) / (n + 4 + 2 * m / n)
    damping = 1 + 2 * max(0, np.sqrt((m - 1) / (n + 1)) - 1) + c_sigma
    usual = np.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n**2))
    y, inverse_root = w @ Y, np.linalg.inv(scipy.linalg.sqrtm(C).real)
    path = (1 - c_sigma) * p_sigma + np.sqrt(c_sigma * (2 - c_sigma) * m) * inverse_root @ y
    assert new.path_size == pytest.approx(path)
    growth = c_sigma / damping * (np.linalg.norm(path) / usual - 1)
    assert new.size == pytest.approx(0.7 * np.exp(min(1, growth)))
    go = np.linalg.norm(path) / np.sqrt(1 - (1 - c_sigma) ** 102) < (1.4 + 2 / (n + 1)) * usual
    assert go != long
    assert new.path_C == pytest.approx((1 - c) * p + go * np.sqrt(c * (2 - c) * m) * y)
    c_1, c_mu = 2 / ((n + 1.3) ** 2 + m), 2 * (m - 2 + 1 / m) / ((n + 2) ** 2 + m)
    kept = 1 - c_1 - c_mu + (1 - go) * c_1 * c * (2 - c)
    steps = sum(weight * np.outer(row, row) for weight, row in zip(w, Y, strict=True))
    expected = kept * C + c_1 * np.outer(new.path_C, new.path_C) + c_mu * steps
    assert np.allclose(new.C, expected)


def test_cma_es_learns_the_inverse_hessian():
    """The condition number of C^(1/2) H C^(1/2) falls from 10 000 below 30."""
    f = random_quadratic(4, 1e4, 11)
    for seed in range(3):
        method, rng = oe.CMAES(1.0), np.random.default_rng(seed)
        state = method.init(f, np.ones(4), rng)
        for _ in range(150):
            state = method.step(f, state, rng)
        curvatures = np.linalg.eigvals(state.C @ f.A).real
        assert curvatures.max() / curvatures.min() < 30


def test_cma_es_needs_few_values_where_the_one_plus_one_needs_many():
    f = random_quadratic(5, 1e4, 11)
    start = f.minimizer + 1.0
    needed = {}
    for name, method in (("CMA", oe.CMAES(0.5)), ("one", oe.OnePlusOne(0.5))):
        counts = []
        for seed in range(3):
            trace = oe.run(method, f, start, max_iter=30_000, tol=1e-4, seed=seed)
            assert trace.success
            counts.append(trace.counts["value"])
        needed[name] = np.median(counts)
    assert 5 * needed["CMA"] < needed["one"]


def test_one_in_five_keeps_the_size():
    """On ||x||^2 the size follows the distance, so a little fewer than one in five are kept."""
    f = oe.problems.Quadratic(np.eye(10), np.zeros(10))
    trace = oe.run(oe.OnePlusOne(), f, np.ones(10), max_iter=2000, tol=0.0, seed=2)
    kept = np.mean(np.diff(trace.values[200:]) < 0)
    rate = np.log(trace.values[200] / trace.values[-1]) / 2 / 1800  # of the distance, per step
    assert rate > 0.01
    assert kept == pytest.approx(0.2 - rate / (1.25 * np.log(1.5)), abs=0.005)
    assert np.all(np.diff(trace.values) <= 0)


def test_consensus_limits():
    rng = np.random.default_rng(5)
    points, values = rng.standard_normal((9, 3)), rng.standard_normal(9) * 100
    assert consensus(points, values, 1e-12) == pytest.approx(points.mean(axis=0))
    assert consensus(points, values, 1e6) == pytest.approx(points[np.argmin(values)])
    assert consensus(points, values - 1e5, 0.7) == pytest.approx(consensus(points, values, 0.7))


def test_consensus_hopping_is_a_gradient_step_on_a_line_and_a_proximal_step_on_a_bowl():
    """Means over a cloud of 400 000 points, four standard errors."""
    alpha, size, x = 2.0, 0.4, np.array([0.7, -0.2])
    t, rng = alpha * size**2, np.random.default_rng(6)
    points = x + size * rng.standard_normal((400_000, 2))
    b = np.array([1.0, -0.5])
    line = consensus(points, points @ b, alpha)
    assert line == pytest.approx(x - t * b, abs=5e-3)
    h = np.array([3.0, 0.5])
    bowl = consensus(points, 0.5 * (points**2) @ h, alpha)
    assert bowl == pytest.approx(x / (1 + t * h), abs=5e-3)
    assert bowl != pytest.approx(x * (1 - t * h), abs=5e-2)


def test_a_cloud_that_moves_all_the_way_hops():
    """With drift * time = 1 and hardly any noise every particle is at the consensus."""
    f = oe.problems.Rastrigin()
    method = oe.ConsensusBased(1.0, population=20, drift=1.0, time=1.0, noise=1e-12)
    rng = np.random.default_rng(1)
    state = method.init(f, np.ones(2), rng)
    c = consensus(state.cloud, values_of(f, state.cloud, state.x), method.alpha)
    after = method.step(f, state, rng)
    assert after.x == pytest.approx(c)
    assert after.cloud == pytest.approx(np.tile(c, (20, 1)))


@pytest.mark.parametrize("top", [1, 3, 6])
def test_the_rank_estimate_is_the_mean_over_known_pairs(top):
    rng = np.random.default_rng(8)
    u, values = rng.standard_normal((6, 4)), rng.standard_normal(6)
    order = np.argsort(values)
    known = [(i, j) for a, i in enumerate(order) for j in order[a + 1 :] if a < top]
    assert len(known) == top * 6 - top * (top + 1) // 2
    expected = np.mean([u[j] - u[i] for i, j in known], axis=0)
    assert rank_estimate(u, order, top) == pytest.approx(expected)


def test_two_points_give_the_sign_of_a_difference():
    f, x = random_quadratic(4, 9.0, 2), np.ones(4)
    trace = oe.run(oe.RankDescent(0.1, 0.01, 2), f, x, max_iter=1, tol=0.0, seed=7)
    u = np.random.default_rng(7).standard_normal((2, 4))
    difference = f.value(x + 0.01 * u[1]) - f.value(x + 0.01 * u[0])
    assert trace.x == pytest.approx(x - 0.1 * np.sign(difference) * (u[1] - u[0]))


def test_wrong_arguments_are_refused():
    for make, words in (
        (lambda: oe.CMAES(population=3), "CMAES: population must be at least 4"),
        (lambda: oe.OnePlusOne(growth=1.0), "OnePlusOne: growth must be above 1"),
        (lambda: oe.RankDescent(population=1), "RankDescent: population must be at least 2"),
        (lambda: oe.RankDescent(population=4, top=5), "top must be from 0 to the population 4"),
        (lambda: oe.SPSA(delay=-1.0), "SPSA: delay must be at least 0"),
    ):
        with pytest.raises(ValueError, match=words):
            make()
