import numpy as np
import pytest

import optedu as oe
from optedu.newton.truncated_conjugate_gradient import next_forcing, truncated_conjugate_gradient
from optedu.newton.trust_region_subproblem import trust_region_step
from optedu.problems.generators import random_logistic, random_quadratic, random_rotation
from tests.newton.examples import distances, double_well, ridge_logistic, start


def indefinite(seed, d=8):
    rng = np.random.default_rng(seed)
    Q, w = random_rotation(d, rng), rng.normal(size=d)
    A = (Q * w) @ Q.T
    return oe.problems.Quadratic((A + A.T) / 2, rng.normal(size=d)), rng.normal(size=d)


@pytest.mark.parametrize("seed", range(5))
def test_without_a_limit_it_solves_the_system(seed):
    problem = random_quadratic(7, 50.0, seed)
    g = problem.gradient(start(7, seed))
    p, decrease, bad = truncated_conjugate_gradient(problem, g, g, 1e-12, np.inf)
    np.testing.assert_allclose(problem.A @ p, -g, atol=1e-10)
    assert decrease == pytest.approx(-(g @ p + 0.5 * p @ problem.A @ p), rel=1e-9)
    assert not bad


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("accuracy", [0.5, 0.1, 1e-3])
def test_the_residual_is_as_small_as_asked(seed, accuracy):
    problem = random_quadratic(20, 1e3, seed)
    g = problem.gradient(start(20, seed))
    p, _, _ = truncated_conjugate_gradient(problem, g, g, accuracy * np.linalg.norm(g), np.inf)
    assert np.linalg.norm(problem.A @ p + g) <= accuracy * np.linalg.norm(g)


@pytest.mark.parametrize("seed", range(20))
def test_negative_curvature_is_an_exit_with_descent(seed):
    problem, x = indefinite(seed)
    g = problem.gradient(x)
    p, _, bad = truncated_conjugate_gradient(problem, x, g, 0.0, np.inf)
    assert bad
    assert g @ p < 0


@pytest.mark.parametrize("seed", range(20))
def test_in_a_ball_at_least_the_cauchy_step_and_at_most_the_exact_one(seed):
    problem, x = indefinite(seed)
    g, radius = problem.gradient(x), np.random.default_rng(seed).uniform(0.05, 3.0)
    p, decrease, _ = truncated_conjugate_gradient(problem, x, g, 1e-10, radius)
    assert np.linalg.norm(p) <= radius * (1 + 1e-12)
    assert decrease == pytest.approx(-(g @ p + 0.5 * p @ problem.A @ p), rel=1e-9)
    norm, curvature = np.linalg.norm(g), g @ problem.A @ g
    t = radius / norm if curvature <= 0 else min(radius / norm, norm**2 / curvature)
    assert decrease >= t * norm**2 - 0.5 * t**2 * curvature - 1e-12
    exact, _ = trust_region_step(*np.linalg.eigh(problem.A), g, radius)
    assert decrease <= -(g @ exact + 0.5 * exact @ problem.A @ exact) + 1e-12


@pytest.mark.parametrize("seed", range(20))
def test_half_of_the_possible_decrease_on_convex_models(seed):
    problem = random_quadratic(6, 1e3, seed)
    g = problem.gradient(start(6, seed))
    radius = np.random.default_rng(seed).uniform(0.01, 3.0)
    _, decrease, _ = truncated_conjugate_gradient(problem, g, g, 1e-14, radius)
    exact, _ = trust_region_step(*np.linalg.eigh(problem.A), g, radius)
    assert decrease >= 0.5 * -(g @ exact + 0.5 * exact @ problem.A @ exact)


def test_forcing():
    assert next_forcing(0.1, 1.0, 0.1) == pytest.approx(0.009)
    assert next_forcing(0.5, 1.0, 0.1) == pytest.approx(0.9 * 0.25)
    assert next_forcing(0.5, 1.0, 5.0) == 0.5
    assert next_forcing(0.5, 0.0, 0.0) == pytest.approx(0.225)


@pytest.mark.parametrize("method", [oe.NewtonCG(), oe.SteihaugTrustRegion()])
def test_the_tail_is_superlinear(method):
    found = []
    for seed in range(6):
        problem, minimizer = ridge_logistic(seed, n=60, d=10)
        trace = oe.run(method, problem, minimizer + start(10, seed), tol=1e-14)
        e = distances(trace, minimizer)
        e = e[e > 1e-15]
        found.append(e[-1] / e[-2])
    assert np.median(found) < 1e-2, found


def test_inner_work_grows_towards_the_end():
    problem = random_logistic(200, 30, 5, l2=1e-3)
    trace = oe.run(oe.NewtonCG(), problem, np.zeros(30), tol=1e-12)
    products = np.diff(trace.calls["hessian_product"])
    assert products[0] <= 3
    assert products[-1] >= 3 * products[0]
    assert products.sum() < 30 * len(products)


def test_no_hessian_is_ever_formed():
    for method in (oe.NewtonCG(), oe.SteihaugTrustRegion()):
        assert "hessian" not in method.needs
        assert "hessian_product" in method.needs


@pytest.mark.parametrize("method", [oe.NewtonCG(), oe.SteihaugTrustRegion()])
def test_not_convex(method):
    problem, saddle = double_well()
    trace = oe.run(method, problem, saddle + 1e-2 * start(4, 1), tol=1e-10)
    assert trace.success
    assert trace.values[-1] < 1e-15


def test_matrices_as_iterates():
    A, y = oe.problems.data.iris(intercept=True)
    problem = oe.problems.SoftmaxRegression(A, y, 0.01)
    for method in (oe.NewtonCG(), oe.SteihaugTrustRegion(), oe.LBFGS(), oe.BFGS()):
        trace = oe.run(method, problem, np.zeros(problem.shape), tol=1e-9)
        assert trace.success
        assert trace.x.shape == (5, 3)


@pytest.mark.parametrize("seed", range(3))
def test_linear_convergence_of_steihaug_at_the_wall_is_still_descent(seed):
    problem, x0 = ridge_logistic(seed)[0], start(5, seed, 50.0)
    trace = oe.run(oe.SteihaugTrustRegion(0.1), problem, x0, tol=1e-10)
    assert trace.success
    assert np.all(np.diff(trace.values) <= 1e-14)
