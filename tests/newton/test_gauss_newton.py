from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_least_squares, random_logistic
from tests.helpers import steps_of
from tests.newton.examples import distances, orders, start


@oe.problem
class Decay(NamedTuple):
    """Residuals exp(-t_i a) + exp(-t_i b) - y_i: small at the best fit, unless y says otherwise."""

    t: np.ndarray
    y: np.ndarray

    shape = (2,)

    def residual(self, x):
        return np.exp(-self.t * x[0]) + np.exp(-self.t * x[1]) - self.y

    def jacobian(self, x):
        J = np.empty((self.t.size, 2))
        J[:, 0] = -self.t * np.exp(-self.t * x[0])
        J[:, 1] = -self.t * np.exp(-self.t * x[1])
        return J

    def value(self, x):
        r = self.residual(x)
        return 0.5 * (r @ r)

    def gradient(self, x):
        return self.jacobian(x).T @ self.residual(x)

    def hessian(self, x):
        J, r = self.jacobian(x), self.residual(x)
        second = np.array([self.t**2 * np.exp(-self.t * u) @ r for u in x])
        return J.T @ J + np.diag(second)


def decay(noise, seed=0):
    rng = np.random.default_rng(seed)
    t = np.linspace(0.1, 3.0, 25)
    return Decay(t, np.exp(-0.5 * t) + np.exp(-2.0 * t) + noise * rng.standard_normal(25))


def minimizer(problem):
    x = np.array([0.5, 2.0])
    for _ in range(50):
        x = x - np.linalg.solve(problem.hessian(x), problem.gradient(x))
    return x


@pytest.mark.parametrize("method", [oe.GaussNewton(), oe.LevenbergMarquardt(damping=1e-14)])
def test_one_step_on_linear_residuals(method):
    for seed in range(4):
        problem = random_least_squares(20, 6, seed)
        x = steps_of(method, problem, start(6, seed), 1).x
        np.testing.assert_allclose(x, problem.minimizer, atol=1e-9)


def test_the_shortest_step_where_columns_depend():
    A = np.random.default_rng(1).normal(size=(8, 3)) @ np.ones((3, 5))
    problem = oe.problems.LeastSquares(A, np.arange(8.0))
    x0 = start(5, 2)
    x = steps_of(oe.GaussNewton(), problem, x0, 1).x
    expected = x0 - np.linalg.pinv(A) @ (A @ x0 - problem.b)
    np.testing.assert_allclose(x, expected, atol=1e-9)


def test_it_is_newton_without_the_second_derivatives():
    problem, x = decay(0.1), np.array([0.7, 1.6])
    J, r = problem.jacobian(x), problem.residual(x)
    expected = x - np.linalg.solve(J.T @ J, J.T @ r)
    np.testing.assert_allclose(steps_of(oe.GaussNewton(), problem, x, 1).x, expected, rtol=1e-10)


def test_quadratic_without_residuals():
    trace = steps_of(oe.GaussNewton(), decay(0.0), [0.7, 1.6], 8)
    found = orders(distances(trace, np.array([0.5, 2.0])), 1e-13, 1.0)
    assert 1.6 < found[-1] < 2.5


@pytest.mark.parametrize("noise", [0.03, 0.1])
def test_the_linear_rate_is_the_one_that_theory_gives(noise):
    """The largest modulus of an eigenvalue of (J'J)^-1 (J'J - H) at the solution."""
    problem = decay(noise)
    star = minimizer(problem)
    J = problem.jacobian(star)
    M = np.linalg.solve(J.T @ J, J.T @ J - problem.hessian(star))
    rate = np.abs(np.linalg.eigvals(M)).max()
    e = distances(steps_of(oe.GaussNewton(), problem, star + [0.02, -0.03], 40), star)
    e = e[(e > 1e-13) & (e < 1e-3)]
    assert len(e) >= 4
    np.testing.assert_allclose(e[-1] / e[-2], rate, rtol=0.05)


def test_two_steps_on_rosenbrock():
    trace = oe.run(oe.GaussNewton(), oe.problems.Rosenbrock(), [-1.2, 1.0])
    assert trace.iterations[-1] == 2
    assert trace.values[1] > 50 * trace.values[0]


def test_large_residuals_repel():
    """A minimum whose residuals bend so much that the rate exceeds one."""
    lam = -2.0  # r = (x + 1, lam x^2 + x - 1), minimum at 0, error times lam per step
    shaped = oe.Problem.from_functions(
        lambda x: 0.5 * float((x[0] + 1) ** 2 + (lam * x[0] ** 2 + x[0] - 1) ** 2),
        gradient=lambda x: x + 1 + (lam * x**2 + x - 1) * (2 * lam * x + 1),
        residual=lambda x: np.array([x[0] + 1, lam * x[0] ** 2 + x[0] - 1]),
        jacobian=lambda x: np.array([[1.0], [2 * lam * x[0] + 1]]),
    )
    path = steps_of(oe.GaussNewton(), shaped, [1e-3], 5).iterates[:, 0]
    np.testing.assert_allclose(path[1:4] / path[:3], lam, rtol=0.05)
    assert oe.run(oe.LevenbergMarquardt(), shaped, [1e-3], tol=1e-9).success


def test_other_losses_are_refused():
    for method in (oe.GaussNewton(), oe.LevenbergMarquardt()):
        with pytest.raises(ValueError, match="l2 = 0"):
            oe.run(method, random_least_squares(8, 3, 0, l2=0.1), np.zeros(3))
        with pytest.raises(ValueError, match="needs f ="):
            oe.run(method, random_logistic(8, 3, 0, l2=0.0), np.zeros(3))
