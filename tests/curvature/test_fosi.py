import numpy as np
import pytest
from scipy.sparse.linalg import eigsh

import optedu as oe
from optedu.problems.generators import quadratic_with_spectrum, random_logistic, random_quadratic


def first(method, problem, x0, seed=0):
    """Return the resolved method and its state after one step."""
    method, rng = method.resolve(problem), np.random.default_rng(seed)
    return method, method.step(problem, method.init(problem, x0, rng), rng)


@pytest.mark.parametrize("seed", range(4))
def test_with_all_eigenvectors_one_step_is_newtons(seed):
    problem = random_quadratic(6, 1e3, seed)
    method = oe.FOSI(newton_step=1.0, largest=6)
    x0 = np.random.default_rng(seed).standard_normal(6)
    _, state = first(method, problem, x0, seed)
    np.testing.assert_allclose(state.x, problem.minimizer, rtol=1e-8, atol=1e-9)


def test_without_eigenvectors_it_is_gradient_descent_bit_for_bit():
    for problem, d in ((random_quadratic(5, 30.0, 1), 5), (random_logistic(20, 4, 3), 4)):
        runs = [
            oe.run(method, problem, np.ones(d), max_iter=50, tol=0.0, execution="python")
            for method in (oe.FOSI(largest=0), oe.GradientDescent())
        ]
        np.testing.assert_array_equal(runs[0].iterates, runs[1].iterates)


def test_without_eigenvectors_and_with_momentum_it_is_heavy_ball():
    problem = random_quadratic(5, 30.0, 1)
    h = 1 / problem.smoothness
    runs = [
        oe.run(method, problem, np.ones(5), max_iter=50, tol=0.0, execution="python")
        for method in (oe.FOSI(h, 0.7, largest=0), oe.HeavyBall(h, 0.7))
    ]
    np.testing.assert_allclose(runs[0].iterates, runs[1].iterates, rtol=1e-11, atol=1e-12)


def test_with_momentum_too_the_newton_part_is_heavy_ball_on_each_eigenvector():
    problem = quadratic_with_spectrum([1.0, 2.0, 50.0, 80.0], 2)
    method = oe.FOSI(0.1, 0.5, newton_step=0.3, largest_scaling=1.0).resolve(problem)
    values, U = np.linalg.eigh(problem.A)
    steps = np.array([0.1 * values[0], 0.1 * values[1], 0.3, 0.3])
    rng = np.random.default_rng(0)
    state = method.init(problem, np.ones(4), rng)
    e_old = e = U.T @ (np.ones(4) - problem.minimizer)
    for _ in range(20):
        state = method.step(problem, state, rng)
        e, e_old = (1 - steps) * e + 0.5 * (e - e_old), e
        np.testing.assert_allclose(U.T @ (state.x - problem.minimizer), e, rtol=1e-8, atol=1e-8)


def test_eigenpairs_are_those_of_numpy_and_scipy():
    problem = quadratic_with_spectrum(np.r_[np.linspace(1, 2, 25), 20.0, 50.0, -5.0], 3)
    _, state = first(oe.FOSI(0.01, largest=2, smallest=1), problem, np.ones(28))
    values, U = np.linalg.eigh(problem.A)
    by_scipy = np.append(eigsh(problem.A, 1, which="SA")[0], np.sort(eigsh(problem.A, 2)[0]))
    np.testing.assert_allclose(state.curvatures, np.abs(values[[0, -2, -1]]), rtol=1e-6)
    np.testing.assert_allclose(state.curvatures, np.abs(by_scipy), rtol=1e-6)
    np.testing.assert_allclose(np.abs(np.sum(state.V * U[:, [0, -2, -1]].T, axis=1)), 1, atol=1e-6)


def test_the_two_parts_are_orthogonal_and_add_up():
    problem = random_logistic(40, 8, seed=1, l2=0.01)
    x0 = np.random.default_rng(2).standard_normal(8)
    method, state = first(oe.FOSI(newton_step=0.4, largest=2, smallest=1), problem, x0)
    g, move = problem.gradient(x0), x0 - state.x
    inside = state.V.T @ (state.V @ move)
    newton = 0.4 * state.V.T @ ((state.V @ g) / state.curvatures)
    np.testing.assert_allclose(inside, newton, atol=1e-12)
    rest = g - state.V.T @ (state.V @ g)
    np.testing.assert_allclose(move - inside, state.scaling * method.step_size * rest, atol=1e-12)
    assert abs(inside @ (move - inside)) < 1e-12 * (move @ move)


@pytest.mark.parametrize("bulk", [(1.0, 4.0), (0.5, 8.0)])
def test_rate_is_that_of_the_spectrum_that_is_left(bulk):
    """Outliers 1e3 and 3e3 vanish: measured factor per step (K - 1) / (K + 1), K = max / min."""
    low, high = bulk
    problem = quadratic_with_spectrum([*np.linspace(low, high, 6), 1e3, 3e3], 4)
    K = high / low
    method = oe.FOSI(2 / (low + high), newton_step=1.0, largest_scaling=1.0)
    trace = oe.run(method, problem, np.ones(8), max_iter=60, tol=0.0, execution="python")
    distances = np.linalg.norm(trace.iterates - problem.minimizer, axis=1)
    measured = (distances[40] / distances[20]) ** (1 / 20)
    predicted = (K - 1) / (K + 1)
    assert abs(measured - predicted) < 0.01 * predicted
    whole = 3e3 / low
    assert measured < 0.9 * (whole - 1) / (whole + 1)


def test_scaling_is_the_ratio_of_the_largest_curvatures_between_its_bounds():
    for top, expected in ((20.0, 2.0), (1000.0, 3.0)):
        problem = quadratic_with_spectrum([1.0, 2.0, 10.0, top], 1)
        _, state = first(oe.FOSI(0.01, largest=2), problem, np.ones(4))
        np.testing.assert_allclose(state.scaling, expected, rtol=1e-6)


def test_a_saddle_is_left_along_its_negative_curvature():
    """f = x^2 - y^2: Newton's method would go to the saddle."""
    saddle = oe.problems.Quadratic(np.diag([2.0, -2.0]), np.zeros(2))
    method = oe.FOSI(0.1, newton_step=0.5, largest=0, smallest=1)
    trace = oe.run(method, saddle, [1.0, 1e-6], max_iter=60, tol=0.0)
    np.testing.assert_allclose(np.diff(np.log(trace.iterates[:, 1])), np.log(1.5), rtol=1e-6)
    assert abs(trace.iterates[-1, 0]) < 1e-4 < 1.0 < trace.iterates[-1, 1]


def test_products_are_spent_only_at_a_refresh():
    problem = random_quadratic(40, 1e3, seed=5)
    trace = oe.run(oe.FOSI(refresh=10), problem, np.ones(40), max_iter=25, tol=0.0)
    assert trace.counts == {"gradient": 25, "hessian_product": 3 * 8}


def test_fewer_eigenpairs_than_asked_for_do_no_harm():
    """A multiple of the identity has a Krylov space of one dimension."""
    problem = oe.problems.Quadratic(3.0 * np.eye(4), np.ones(4))
    trace = oe.run(oe.FOSI(largest=3), problem, np.zeros(4), max_iter=500, tol=1e-10)
    assert trace.success


def test_refuses_bad_numbers():
    for bad in ({"largest": -1}, {"smallest": -2}, {"refresh": 0}, {"momentum": 1.0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            oe.FOSI(**bad)
