"""Closed forms, extreme margins, and the constructions that textbooks prove things with."""

import warnings

import numpy as np
import pytest
from scipy.special import expit, logsumexp

import optedu as oe
from optedu.problems.generators import (
    quadratic_with_spectrum,
    random_composite,
    random_constrained,
    random_lasso,
    random_least_squares,
    random_logistic,
    random_quadratic,
    random_rotation,
)

P = oe.problems
MARGINS = np.array([-1e308, -1e5, -800.0, -745.0, -40.0, -1e-9, 0.0, 1e-9, 40.0, 745.0, 1e5, 1e308])


def test_log_loss_is_exact_at_every_margin_and_silent():
    x = np.ones(1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for margin in MARGINS:
            for y in (-1.0, 1.0):
                problem = P.LogisticRegression([[y * margin]], [y], l2=0.0)
                slope = -expit(-margin) * y * (y * margin)
                assert problem.value(x) == pytest.approx(np.logaddexp(0, -margin), rel=1e-15)
                assert problem.component_value(0, x) == problem.value(x)
                assert problem.gradient(x)[0] == pytest.approx(slope, rel=1e-14, abs=1e-300)
                assert problem.component_gradient(0, x) == pytest.approx(problem.gradient(x))
                assert 0.0 <= problem.hessian(x)[0, 0] <= 0.25 * min(abs(margin), 1.0) ** 2 + 1e-300


def test_softmax_is_exact_at_extreme_scores_and_silent():
    rng = np.random.default_rng(0)
    A, y = rng.standard_normal((6, 3)), np.array([0, 1, 2, 2, 1, 0])
    x = rng.standard_normal((3, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for scale in (1e-3, 1.0, 1e3, 1e300):
            problem = P.SoftmaxRegression(scale * A, y, l2=0.0)
            scores = scale * A @ x
            losses = logsumexp(scores, axis=1) - scores[np.arange(6), y]
            assert problem.value(x) == pytest.approx(losses.mean(), rel=1e-13)
            assert np.abs(problem.gradient(x)).max() <= scale * np.abs(A).sum()


def test_softmax_of_two_classes_is_logistic_regression():
    rng = np.random.default_rng(1)
    A, y = rng.standard_normal((7, 3)), np.array([0, 1, 1, 0, 1, 0, 1])
    x = rng.standard_normal(3)
    logistic = P.LogisticRegression(A, 2 * y - 1, l2=0.0)
    softmax = P.SoftmaxRegression(A, y, l2=0.0)
    X = np.column_stack([0 * x, x])
    assert softmax.value(X) == pytest.approx(logistic.value(x), rel=1e-13)
    assert softmax.gradient(X)[:, 1] == pytest.approx(logistic.gradient(x), rel=1e-12)


def test_log_sum_exp_lies_above_the_maximum_by_mu_log_n_at_most():
    rng = np.random.default_rng(2)
    A, b, x = rng.standard_normal((8, 3)), rng.standard_normal(8), rng.standard_normal(3)
    for mu in (1e-300, 1e-6, 1.0, 1e6):
        above = P.LogSumExp(A, b, mu).value(x) - (A @ x - b).max()
        assert -1e-9 * mu <= above <= mu * np.log(8) * (1 + 1e-9)
    problem = P.LogSumExp(A, b, 0.5)
    assert problem.value(x) == pytest.approx(0.5 * logsumexp((A @ x - b) / 0.5), rel=1e-14)


def test_huber_of_a_norm_is_a_norm_of_hubers_in_one_dimension():
    x = np.array([2.3])
    assert P.HuberNorm(1.0, 0.5, [0.0]).value(x) == pytest.approx(
        P.HuberRegression([[1.0]], [0.0], 0.5).value(x)
    )
    limit = P.HuberRegression([[1.0]], [0.0], 1e9)
    assert limit.value(x) == pytest.approx(P.LeastSquares([[1.0]], [0.0]).value(x))


@pytest.mark.parametrize("k", [1, 2, 5, 10, 50, 200])
def test_huber_norm_is_where_gradient_descent_attains_its_bound(k):
    R, L = 1.7, 3.0
    u = np.random.default_rng(k).standard_normal(4)
    center = np.random.default_rng(k + 1).standard_normal(4)
    problem = P.HuberNorm(L, R / (2 * k + 1), center)
    x = center + R * u / np.linalg.norm(u)
    for _ in range(k):
        x = x - problem.gradient(x) / L
    bound = L * R**2 / (4 * k + 2)
    assert problem.value(x) == pytest.approx(bound, rel=1e-12)
    assert problem.value(x) > 0.8 * bound


def test_norms_of_extreme_entries():
    problem = P.HuberNorm(1.0, 1e-3, np.zeros(3))
    for scale in (1e-320, 1e-200, 1e200, 1e307):
        x = scale * np.array([2.0, -1.0, 2.0])
        assert P.L2().value(x) == pytest.approx(3 * scale, rel=1e-2 if scale < 1e-300 else 1e-14)
        assert np.linalg.norm(problem.gradient(x)) <= 1e-3 * (1 + 1e-12)


@pytest.mark.parametrize(("k", "d"), [(1, 1), (1, 3), (4, 9), (9, 9)])
def test_nesterov_worst_hides_one_coordinate_per_gradient(k, d):
    problem = P.NesterovWorst(2.0, k, d)
    x = problem.start
    for j in range(1, k + 1):
        x = x - problem.gradient(x) / problem.smoothness
        assert np.count_nonzero(x) == j
    assert np.abs(problem.gradient(problem.minimizer)).max() < 1e-15
    largest = np.linalg.eigvalsh(problem.hessian(x))[-1]
    assert largest == pytest.approx(2.0 * np.cos(np.pi / (2 * k + 2)) ** 2)


@pytest.mark.parametrize("d", [1, 2, 7, 40])
def test_nesterov_worst_strongly_convex_keeps_the_infinite_chain(d):
    problem = P.NesterovWorstStronglyConvex(40.0, 0.7, d)
    root = np.sqrt(40.0 / 0.7)
    q = (root - 1) / (root + 1)
    assert problem.minimizer == pytest.approx(q ** np.arange(1, d + 1))
    assert np.abs(problem.gradient(problem.minimizer)).max() < 1e-13
    eigenvalues = np.linalg.eigvalsh(problem.hessian(problem.start))
    assert eigenvalues[0] >= 0.7 * (1 - 1e-12)
    assert eigenvalues[-1] <= 40.0 * (1 + 1e-12)


def test_nesterov_nonsmooth_hides_one_coordinate_per_subgradient():
    problem = P.NesterovNonsmooth(5, 8)
    x = problem.start
    for j in range(1, 6):
        x = x - 0.1 * problem.gradient(x)
        assert np.count_nonzero(x) == j


def test_maximum_unbounded_below_has_no_minimum():
    problem = P.MaxLinear([[1.0, 0.0], [0.5, 0.1]], [0.0, 1.0])
    assert problem.minimum is None
    assert problem.minimizer is None


def test_heavy_ball_with_polyak_s_constants_cycles():
    problem = P.HeavyBallCycle()
    x = previous = problem.start
    for _ in range(300):
        x, previous = x - problem.gradient(x) / 9 + 4 / 9 * (x - previous), x
    cycle = np.array([792, -2208, 2592]) / 1225
    assert np.abs(cycle - x).min() < 1e-10


def test_quasar_root_is_quasar_convex_and_not_convex():
    problem = P.QuasarConvexRoot()
    for t in np.linspace(-5, 5, 401):
        x = np.array([t])
        line = problem.value(x) + problem.gradient(x) @ (0 - x) / problem.quasar_convexity
        assert problem.minimum >= line - 1e-15
    half = [P.QuasarConvexRoot().value(np.array([t])) for t in (1.0, 2.0, 3.0)]
    assert half[1] > (half[0] + half[2]) / 2


@pytest.mark.parametrize("d", [1, 2, 8])
def test_random_rotation_is_orthogonal_and_from_its_seed(d):
    Q = random_rotation(d, seed=3)
    assert pytest.approx(np.eye(d), abs=1e-14) == Q.T @ Q
    assert np.array_equal(Q, random_rotation(d, seed=3))
    assert not np.array_equal(Q, random_rotation(d, seed=4)) or d == 1


def test_random_quadratic_has_the_asked_constants_and_is_neither_centered_nor_aligned():
    problem = random_quadratic(8, 1e3, seed=5, smoothness=4.0)
    eigenvalues = np.linalg.eigvalsh(problem.A)
    assert eigenvalues == pytest.approx(4.0 * 1e3 ** -np.linspace(1, 0, 8), rel=1e-10)
    assert (problem.A != 0).all()
    assert np.linalg.norm(problem.minimizer) > 0.5
    given = quadratic_with_spectrum([1.0, 2.0], minimizer=[3.0, -4.0])
    assert given.minimizer == pytest.approx([3.0, -4.0])


@pytest.mark.parametrize("make", [
    lambda seed: random_lasso(9, 40.0, seed, weight=0.8),
    lambda seed: random_composite(P.LInfinity(1.5), 9, 40.0, seed),
    lambda seed: random_constrained(P.Simplex(), 9, 40.0, seed),
    lambda seed: random_constrained(P.L2Ball(np.ones(9)), 9, 40.0, seed),
])  # fmt: skip
def test_generated_solutions_satisfy_their_optimality_condition(make):
    for seed in range(3):
        problem = make(seed)
        x = problem.solution
        step = x - problem.gradient(x)
        back = problem.project(step) if hasattr(problem, "project") else problem.prox(step, 1.0)
        assert back == pytest.approx(x, abs=1e-13)
        assert problem.minimum == problem.value(x)
    assert make(0).solution is not None
    assert not np.array_equal(make(0).solution, make(1).solution)


def test_generated_data_comes_from_its_seed():
    assert np.array_equal(random_least_squares(seed=1).A, random_least_squares(seed=1).A)
    assert set(random_logistic(seed=2).y) == {-1.0, 1.0}


def test_least_squares_minimizer_is_of_least_norm():
    rng = np.random.default_rng(6)
    A = rng.standard_normal((3, 6))
    problem = P.LeastSquares(A, rng.standard_normal(3))
    x = problem.minimizer
    assert problem.minimum == pytest.approx(0.0, abs=1e-28)
    assert x == pytest.approx(A.T @ np.linalg.solve(A @ A.T, problem.b))
    dependent = P.LeastSquares(np.ones((4, 2)), np.arange(4.0))
    assert dependent.strong_convexity == 0.0
    assert dependent.minimizer == pytest.approx([0.75, 0.75])
