"""Theorems of bubeck2015 on the methods that exist here; a point x_t there is x_{t-1} here.

Chapters 2 (cutting planes), 3 (gradient methods and lower bounds) and 5 (FISTA, interior points).
"""

import numpy as np
import pytest
from scipy.optimize import linprog
from sklearn import linear_model

import optedu as oe
from optedu.foundations.ellipsoid_method import volume_ratio
from optedu.problems.generators import random_constrained, random_quadratic, random_rotation

T = np.array([1, 2, 5, 10, 50, 200])


def quadratic_and_start(seed, condition=100.0, d=8):
    problem = random_quadratic(d, condition, seed, smoothness=3.0)
    return problem, np.random.default_rng([seed, 1]).normal(0.0, 2.0, d)


def squared_distance(problem, x0):
    return np.sum((x0 - problem.minimizer) ** 2)


def steps(method, problem, x0, n=200):
    return oe.run(method, problem, x0, max_iter=n, tol=0.0, execution="python")


def gaps(trace):
    return trace.values - trace.problem.minimum


def at(column, t):
    """The entries of x_t, t from 1; a run that ended exactly keeps its last."""
    return column[np.minimum(t - 1, len(column) - 1)]


# Chapter 2


@pytest.mark.parametrize("seed", [0, 1])
def test_theorem_2_1_center_of_gravity(seed):
    problem, x0 = quadratic_and_start(seed, d=2)
    radius = np.abs(problem.minimizer - x0).max() + 0.5
    trace = steps(oe.CenterOfGravity(radius), problem, x0, 60)
    corners = [x0 + radius * np.array([a, b]) for a in (-1, 1) for b in (-1, 1)]
    B = max(abs(problem.minimum), *(abs(problem.value(corner)) for corner in corners))
    best = np.minimum.accumulate(gaps(trace))
    assert (best <= 2 * B * (1 - 1 / np.e) ** (trace.iterations / 2) + 1e-13).all()


@pytest.mark.parametrize("n", [2, 3, 5, 20])
def test_lemma_2_3_volume_of_the_ellipsoid(n):
    assert volume_ratio(n) <= np.exp(-1 / (2 * n))
    problem, x0 = quadratic_and_start(n, d=n)
    trace = steps(oe.EllipsoidMethod(9.0), problem, x0, 50)
    volume = np.linalg.slogdet(trace.state.B)[1] - n * np.log(9.0)
    assert volume == pytest.approx(50 * np.log(volume_ratio(n)), rel=1e-8)


@pytest.mark.parametrize("n", [2, 3])
def test_theorem_2_4_ellipsoid(n):
    problem, x0 = quadratic_and_start(n, d=n)
    R = np.linalg.norm(problem.minimizer - x0) + 0.5
    trace = steps(oe.EllipsoidMethod(R), problem, x0)
    directions = np.random.default_rng(0).standard_normal((2000, n))
    sphere = x0 + R * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    B = max(abs(problem.minimum), *(abs(problem.value(x)) for x in sphere))
    best = np.minimum.accumulate(gaps(trace))
    assert (best <= 2 * B * np.exp(-trace.iterations / (2 * n**2)) + 1e-13).all()


# Chapter 3


@pytest.mark.parametrize("t", T)
def test_theorem_3_2_projected_subgradient(t):
    rng = np.random.default_rng(5)
    A = rng.standard_normal((12, 4))
    worst = oe.problems.MaxLinear(np.vstack([A, -A]), rng.standard_normal(24))
    x0, R = worst.minimizer + np.array([0.5, -1.0, 0.3, 0.8]), 2.0
    problem = oe.Problem.from_functions(
        worst.value,
        gradient=worst.gradient,
        project=oe.problems.L2Ball(x0, R).project,
        differentiable=False,
    )
    M = worst.lipschitz
    method = oe.ProjectedGradientDescent(R / (M * np.sqrt(t)))
    trace = steps(method, problem, x0, t)
    average = trace.iterates[:t].mean(axis=0)
    assert worst.value(average) - worst.minimum <= R * M / np.sqrt(t)


@pytest.mark.parametrize("seed", [0, 1])
def test_theorem_3_3_gradient_descent(seed):
    problem, x0 = quadratic_and_start(seed)
    trace = steps(oe.GradientDescent(), problem, x0)
    bound = 2 * problem.smoothness * squared_distance(problem, x0) / (T[1:] - 1)
    assert (at(gaps(trace), T[1:]) <= bound).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_theorems_3_7_and_3_10_projected_gradient_descent(seed):
    problem = random_constrained(oe.problems.L2Ball(np.full(6, 0.3), 0.8), 6, 50.0, seed)
    x0 = problem.project(np.random.default_rng([seed, 1]).normal(0.0, 2.0, 6))
    trace = steps(oe.ProjectedGradientDescent(), problem, x0)
    L, mu = problem.smoothness, problem.strong_convexity
    R2, gap = squared_distance(problem, x0), gaps(trace)
    assert (at(gap, T) <= (3 * L * R2 + gap[0]) / T + 1e-13).all()
    distances = np.sum((trace.iterates - problem.minimizer) ** 2, axis=1)
    assert (distances <= np.exp(-trace.iterations * mu / L) * R2 + 1e-15).all()


@pytest.mark.parametrize("condition", [2.0, 30.0, 1000.0])
def test_theorem_3_12_gradient_descent_with_the_long_step(condition):
    problem, x0 = quadratic_and_start(3, condition)
    L, mu = problem.smoothness, problem.strong_convexity
    trace = steps(oe.GradientDescent(2 / (L + mu)), problem, x0)
    rate = np.exp(-4 * trace.iterations / (L / mu + 1))
    bound = L / 2 * rate * squared_distance(problem, x0)
    assert (gaps(trace) <= bound * (1 + 1e-9) + 1e-13).all()


@pytest.mark.parametrize("t", T)
def test_theorem_3_13_is_attained_no_subgradient_method_is_faster(t):
    R, M = 2.0, 3.0
    slope, mu = M * np.sqrt(t) / (1 + np.sqrt(t)), M / (R * (1 + np.sqrt(t)))
    problem = oe.problems.NesterovNonsmooth(k=int(t), d=int(t) + 3, slope=slope, mu=mu)
    bound = R * M / (2 * (1 + np.sqrt(t)))
    assert np.linalg.norm(problem.minimizer) == pytest.approx(R)
    for method in (
        oe.SubgradientMethod(R / (M * np.sqrt(t)), 0.0),
        oe.SubgradientMethod(R / M, 0.5),
        oe.SubgradientMethod(1e-3, 0.0),
    ):
        trace = steps(method, problem, np.zeros(t + 3), t - 1)
        best = gaps(trace).min()
        assert best == pytest.approx(bound, rel=1e-12)
        assert not best <= 0.8 * bound


@pytest.mark.parametrize("t", [2, 5, 10, 50])
def test_theorem_3_14_no_gradient_method_is_faster(t):
    L = 2.5
    problem = oe.problems.NesterovWorst(L, k=2 * t + 1, d=2 * t + 4)
    bound = 3 * L / 32 * np.sum(problem.minimizer**2) / (t + 1) ** 2
    methods = (
        oe.GradientDescent(),
        oe.GradientDescent(1.9 / L),
        oe.NesterovAcceleration(),
        oe.HeavyBall(1 / L, 0.7),
        oe.ConjugateGradient(),
        oe.ExactLineSearchDescent(),
    )
    best = [gaps(steps(m, problem, problem.start, t - 1)).min() for m in methods]
    assert min(best) >= bound
    # Conjugate gradients are the best of their kind: what is left is L/8 (1/t - 1/(2t + 2)).
    assert min(best) == pytest.approx(L / 8 * (1 / t - 1 / (2 * t + 2)), rel=1e-9)


@pytest.mark.parametrize("t", [1, 2, 5, 10, 50])
def test_theorem_3_15_no_gradient_method_is_faster_under_strong_convexity(t):
    L, mu = 3.0, 0.03
    problem = oe.problems.NesterovWorstStronglyConvex(L, mu, d=4 * t + 120)
    q = (np.sqrt(L / mu) - 1) / (np.sqrt(L / mu) + 1)
    bound = mu / 2 * q ** (2 * (t - 1)) * np.sum(problem.minimizer**2)
    for method in (oe.GradientDescent(), oe.NesterovStronglyConvex(), oe.ConjugateGradient()):
        assert gaps(steps(method, problem, problem.start, t - 1))[-1] >= bound * (1 - 1e-9)


@pytest.mark.parametrize("condition", [10.0, 400.0])
def test_theorem_3_18_acceleration_under_strong_convexity(condition):
    problem, x0 = quadratic_and_start(4, condition)
    L, mu = problem.smoothness, problem.strong_convexity
    trace = steps(oe.NesterovStronglyConvex(), problem, x0)
    bound = (L + mu) / 2 * squared_distance(problem, x0)
    rate = np.exp(-trace.iterations * np.sqrt(mu / L))
    assert (gaps(trace) <= bound * rate + 1e-13).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_theorem_3_19_acceleration(seed):
    problem, x0 = quadratic_and_start(seed, 1e4)
    trace = steps(oe.NesterovAcceleration(), problem, x0)
    bound = 2 * problem.smoothness * squared_distance(problem, x0) / T**2
    assert (at(gaps(trace), T) <= bound).all()


def slope(trace, first, last):
    k = np.arange(first, last)
    return np.polyfit(np.log(k), np.log(gaps(trace)[first:last]), 1)[0]


@pytest.mark.parametrize("seed", [0, 1])
def test_slopes_on_a_spectrum_without_a_scale(seed):
    """Eigenvalues at all scales and equal errors: gradient descent shows 1/t, Nesterov 1/t^2."""
    d, rng = 60, np.random.default_rng(seed)
    Q, spectrum = random_rotation(d, rng), 1e9 ** -np.linspace(0, 1, d)
    A = (Q * spectrum) @ Q.T
    minimizer = Q @ rng.choice([-1.0, 1.0], d)
    problem = oe.problems.Quadratic((A + A.T) / 2, A @ minimizer)
    x0 = np.zeros(d)
    assert slope(steps(oe.GradientDescent(), problem, x0, 1000), 10, 1000) == pytest.approx(
        -1.0, abs=0.1
    )
    assert slope(steps(oe.NesterovAcceleration(), problem, x0, 1000), 10, 1000) == pytest.approx(
        -2.0, abs=0.2
    )


# Chapter 5


def test_fista_finds_the_lasso_of_scikit_learn():
    lasso = linear_model.Lasso
    rng = np.random.default_rng(3)
    n, d, weight = 50, 15, 3.0
    A = rng.standard_normal((n, d)) @ (np.eye(d) + 0.4 * random_rotation(d, rng))
    b = A @ np.where(np.arange(d) < 5, 1.0, 0.0) + 0.2 * rng.standard_normal(n)
    problem = oe.problems.Composite(oe.problems.LeastSquares(A, b), oe.problems.L1(weight))
    trace = oe.run(oe.FISTA(), problem, np.zeros(d), max_iter=3000, tol=1e-10)
    reference = lasso(alpha=weight / n, fit_intercept=False, tol=1e-13, max_iter=100_000).fit(A, b)
    np.testing.assert_allclose(trace.x, reference.coef_, atol=1e-9)
    solved = problem._replace(solution=reference.coef_)
    again = steps(oe.FISTA(), solved, np.zeros(d))
    bound = 2 * problem.smoothness * np.sum(reference.coef_**2) / (again.iterations[1:] + 1) ** 2
    assert (gaps(again)[1:] <= bound).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_interior_points_agree_with_highs_and_obey_theorem_5_9(seed):
    rng = np.random.default_rng(seed)
    m, d = 25, 6
    A, inside = rng.standard_normal((m, d)), rng.standard_normal(d)
    b = A @ inside + rng.uniform(0.1, 2.0, m)
    c = -A.T @ (1 / (b - A @ inside))  # inside is the point of the central path at t = 1
    problem = oe.problems.LinearProgram(c, A, b)
    solved = linprog(c, A, b, bounds=(None, None), method="highs")
    fast = oe.run(oe.BarrierMethod(growth=10.0), problem, inside, tol=1e-9)
    assert fast.success
    assert fast.values[-1] == pytest.approx(solved.fun, abs=1e-6)
    slow = steps(oe.BarrierMethod(), problem, inside)
    bound = 2 * m * np.exp(-slow.iterations / (1 + 13 * np.sqrt(m)))
    assert (slow.values - solved.fun <= bound).all()
    assert slow.state.t == pytest.approx((1 + 1 / (13 * np.sqrt(m))) ** 200)
