import numpy as np
import pytest
from scipy.sparse.linalg import gmres

import optedu as oe
from optedu.problems.generators import random_logistic, random_rotation
from tests.acceleration.examples import badly_conditioned, same_path
from tests.helpers import steps_of


def linear_map(seed, d=8):
    """Return T x = M x + c, M not symmetric, of norm 0.95, and a start."""
    rng = np.random.default_rng(seed)
    M = random_rotation(d, rng) @ np.diag(rng.uniform(0.2, 0.95, d)) @ random_rotation(d, rng)
    return oe.problems.AffineMap(M, rng.standard_normal(d)), rng.standard_normal(d)


def gmres_iterates(A, b, x0, steps):
    return [
        x0,
        *(
            gmres(A, b, x0, rtol=0, atol=1e-300, restart=k, maxiter=1)[0]
            for k in range(1, steps + 1)
        ),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_linear_map_is_a_step_from_gmres(seed):
    problem, x0 = linear_map(seed)
    trace = steps_of(oe.AndersonAcceleration(memory=20), problem, x0, 6)
    reference = gmres_iterates(np.eye(8) - problem.M, problem.c, x0, 5)
    for k in range(6):
        np.testing.assert_allclose(trace.iterates[k + 1], problem.operator(reference[k]), atol=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_quadratic_is_a_gradient_step_from_gmres(seed):
    problem, x0 = badly_conditioned(20.0, d=8, seed=seed)
    trace = steps_of(oe.AndersonGradientDescent(memory=20), problem, x0, 6)
    h = trace.method.step_size
    reference = gmres_iterates(problem.A, problem.b, x0, 5)
    for k in range(6):
        np.testing.assert_allclose(
            trace.iterates[k + 1], reference[k] - h * problem.gradient(reference[k]), atol=1e-7
        )


def test_linear_map_ends_after_d_steps():
    problem, x0 = linear_map(7)
    trace = steps_of(oe.AndersonAcceleration(memory=20), problem, x0, 10)
    assert trace.gradient_norms[9] < 1e-9
    assert steps_of(oe.FixedPointIteration(1.0), problem, x0, 10).gradient_norms[9] > 1e-3


def test_no_memory_is_the_plain_iteration():
    problem, x0 = linear_map(1)
    same_path(oe.AndersonAcceleration(0), oe.FixedPointIteration(1.0), problem, x0)
    same_path(oe.AndersonAcceleration(0, 0.4), oe.FixedPointIteration(0.4), problem, x0)
    problem, x0 = badly_conditioned()
    same_path(oe.AndersonGradientDescent(memory=0), oe.GradientDescent(), problem, x0)


def test_memory_one_is_the_secant_method_in_one_dimension():
    problem = oe.Problem.from_functions(operator=np.cos)
    trace = steps_of(oe.AndersonAcceleration(1), problem, np.array([1.0]), 6)
    x = [1.0, np.cos(1.0)]
    for _ in range(5):
        r = [np.cos(z) - z for z in x[-2:]]
        x.append(x[-1] - r[1] * (x[-1] - x[-2]) / (r[1] - r[0]))
    np.testing.assert_allclose(trace.iterates[:, 0], x[:7], rtol=0, atol=1e-9)


def test_iterates_of_any_shape():
    M = random_rotation(3, 2) * 0.9
    problem = oe.Problem.from_functions(operator=lambda X: M @ X + 1.0)
    trace = oe.run(oe.AndersonAcceleration(), problem, np.zeros((3, 2)), tol=1e-10)
    assert trace.success
    np.testing.assert_allclose(trace.x, np.linalg.solve(np.eye(3) - M, np.ones((3, 2))), atol=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_five_times_fewer_steps_than_gradient_descent_on_logistic_regression(seed):
    problem = random_logistic(60, 8, seed, l2=1e-3)
    steps = [
        oe.run(m, problem, np.zeros(8), max_iter=20_000, tol=1e-8).iterations[-1]
        for m in (oe.AndersonGradientDescent(), oe.GradientDescent())
    ]
    assert 5 * steps[0] < steps[1]


def test_refuses_a_negative_memory():
    with pytest.raises(ValueError, match="memory must be 0 or more, got -1"):
        oe.AndersonAcceleration(-1)
    with pytest.raises(ValueError, match="memory must be 0 or more, got -1"):
        oe.AndersonGradientDescent(memory=-1)
