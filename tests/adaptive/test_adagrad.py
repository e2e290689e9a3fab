import numpy as np
import pytest

import optedu as oe
from optedu.problems.data import diabetes
from optedu.problems.generators import random_least_squares, random_quadratic
from tests.adaptive.examples import fed, gradients, path

X0 = np.array([1.0, -2.0, 3.0, 0.5])


def test_adagrad_divides_by_the_length_of_all_gradients():
    G = gradients(0)
    moves = 0.3 * G / np.sqrt(np.cumsum(G * G, axis=0))
    found = fed(oe.AdaGrad(0.3, offset=0.0), G, X0)
    np.testing.assert_allclose(found, path(X0, moves), rtol=0, atol=1e-12)


def test_adagrad_norm_divides_by_one_length():
    G = gradients(1)
    lengths = np.sqrt(0.2**2 + np.cumsum(np.sum(G * G, axis=1)))
    found = fed(oe.AdaGradNorm(0.3, first_scale=0.2), G, X0)
    np.testing.assert_allclose(found, path(X0, 0.3 * G / lengths[:, None]), rtol=0, atol=1e-12)


def test_adagrad_is_the_mirror_descent_of_the_same_name():
    rounds = oe.problems.LinearRounds([[1.0, -2.0], [0.5, 3.0], [-2.0, 0.1]])
    box = oe.problems.Constrained(rounds, oe.problems.Box([-99.0, -99.0], [99.0, 99.0]))
    mirror = oe.AdaGradMirrorDescent(0.7, components=3)
    state = mirror.init(box, np.zeros(2))
    for _ in range(3):
        state = mirror.step(box, state)
    G = np.array([rounds.component_gradient(i, np.zeros(2)) for i in range(3)])
    found = fed(oe.AdaGrad(0.7, offset=0.0), G, np.zeros(2))[-1]
    np.testing.assert_allclose(found, state.x, rtol=0, atol=1e-14)


@pytest.mark.parametrize("step_size", [0.03, 1.0, 30.0])
@pytest.mark.parametrize("seed", range(3))
def test_regret_of_any_gradients_is_below_the_bound(seed, step_size):
    rng, G = np.random.default_rng(seed), gradients(seed, n=60)
    method = oe.AdaGrad(step_size, offset=0.0)
    points, s = fed(method, G, X0), np.sum(G * G, axis=0)
    for _ in range(10):
        u = X0 + step_size * rng.standard_normal(4)
        regret = np.sum(G * (points[:-1] - u))
        assert regret <= method.regret_bound(s, np.abs(points[:-1] - u).max())


def test_a_constant_gradient_comes_near_the_bound():
    """g = 1 always, against u = -8/3 sqrt(n): the regret is 3/8 of the bound as n grows."""
    n, method = 4000, oe.AdaGrad(1.0, offset=0.0)
    points = fed(method, np.ones((n, 1)), np.zeros(1))
    u = -8 / 3 * np.sqrt(n)
    bound = method.regret_bound([n], np.abs(points - u).max())
    assert 0.35 * bound < np.sum(points[:-1] - u) < bound


@pytest.mark.parametrize("step_size", [0.01, 0.3, 1.0, 10.0])
def test_the_bound_of_adagrad_norm_holds(step_size):
    A, y = diabetes()
    cases = [
        (oe.problems.LeastSquares(A, y / y.std()), np.zeros(A.shape[1])),
        (random_quadratic(5, 30.0, seed=2), np.ones(5)),
        (random_least_squares(12, 4, seed=13), np.ones(4)),
    ]
    for problem, x0 in cases:
        method = oe.AdaGradNorm(step_size)
        trace = oe.run(method, problem, x0, max_iter=200, tol=0.0, execution="python")
        k = np.array([0, 1, 2, 5, 10, 50, 200])
        bound = method.guarantee(problem, k, x0).bound
        assert np.all(np.minimum.accumulate(trace.gradient_norms)[k] <= bound)


def test_the_first_gradient_of_a_parabola_comes_near_the_bound():
    """With first_scale = L h it is L h (2 log 2 + (x_0 / h)^2); the bound times 0.4 fails."""
    problem, x0 = oe.problems.Quadratic([[1.0]], [0.0]), np.array([np.sqrt(2 * np.log(2))])
    method = oe.AdaGradNorm(1.0, first_scale=1.0)
    bound = method.guarantee(problem, np.array([0]), x0).bound[0]
    assert bound == pytest.approx(4 * np.log(2))
    assert 0.4 * bound < x0[0] <= bound


def test_without_a_minimum_there_is_no_bound():
    problem = oe.problems.Rosenbrock()
    assert oe.AdaGradNorm().guarantee(problem, 3, np.zeros(2)) is None
