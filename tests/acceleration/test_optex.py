import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

import optedu as oe
from optedu.acceleration.optex import gradient_weights, matern
from tests.acceleration.examples import badly_conditioned, same_path
from tests.helpers import steps_of


def history(seed, n=9, d=3):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal((n, d)), rng.standard_normal(d)


@pytest.mark.parametrize("length_scale", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("noise", [1e-8, 0.1])
def test_estimate_is_that_of_scikit_learn(length_scale, noise):
    for seed in range(3):
        points, gradients, x = history(seed)
        weights = gradient_weights(points, gradients, length_scale, noise)
        reference = GaussianProcessRegressor(
            Matern(length_scale, nu=2.5), alpha=noise, optimizer=None
        ).fit(points, gradients)
        np.testing.assert_allclose(
            matern(points, x, length_scale) @ weights, reference.predict(x[None])[0], atol=1e-6
        )


def test_without_noise_the_estimate_interpolates():
    points, gradients, _ = history(5)
    weights = gradient_weights(points, gradients, 1.0, 1e-12)
    for x, g in zip(points, gradients, strict=True):
        np.testing.assert_allclose(matern(points, x, 1.0) @ weights, g, atol=1e-8)


def test_one_machine_is_gradient_descent():
    problem, x0 = badly_conditioned()
    same_path(oe.OptEx(parallelism=1), oe.GradientDescent(), problem, x0)


def test_exact_estimates_make_n_steps_of_gradient_descent_at_once():
    """Where the history already holds the gradients of the path, the proxies are on it."""
    problem, x0 = badly_conditioned(20.0, d=3)
    path = steps_of(oe.GradientDescent(), problem, x0, 4).iterates
    method = oe.OptEx(parallelism=4, history=4, noise=1e-12).resolve(problem)
    state = method.init(problem, x0)._replace(
        points=path[:4].copy(), gradients=np.array([problem.gradient(x) for x in path[:4]]), count=4
    )
    np.testing.assert_allclose(method.step(problem, state).x, path[4], atol=1e-9)


def test_costs_n_gradients_per_step():
    problem, x0 = badly_conditioned()
    trace = steps_of(oe.OptEx(parallelism=3), problem, x0, 7)
    assert trace.counts == {"gradient": 21}
    assert trace.state.count == 20


def test_history_holds_true_gradients():
    problem, x0 = badly_conditioned()
    state = steps_of(oe.OptEx(parallelism=3, history=10), problem, x0, 7).state
    for point, g in zip(state.points, state.gradients, strict=True):
        np.testing.assert_array_equal(problem.gradient(point), g)


def test_iterates_of_any_shape():
    target = np.arange(6.0).reshape(3, 2)
    problem = oe.Problem.from_functions(
        lambda X: 0.5 * np.sum((X - target) ** 2), gradient=lambda X: X - target, smoothness=2.0
    )
    trace = oe.run(oe.OptEx(), problem, np.zeros((3, 2)))
    np.testing.assert_allclose(trace.x, target, atol=1e-5)


def test_refuses_a_history_that_is_too_short():
    with pytest.raises(ValueError, match="history must be at least parallelism = 4, got 3"):
        oe.OptEx(history=3)
