from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_least_squares, random_logistic
from tests.curvature.examples import one_step, softmax


@pytest.mark.parametrize("seed", range(3))
def test_is_newton_for_exponential_families(seed):
    rng = np.random.default_rng(seed)
    for problem in (
        random_least_squares(12, 4, seed=seed),
        random_logistic(30, 4, seed=seed, l2=0.05),
        softmax(seed=seed, l2=0.1),
    ):
        x = rng.standard_normal(problem.shape)
        newton = np.linalg.solve(problem.hessian(x), problem.gradient(x).ravel())
        moved = x - one_step(oe.NaturalGradient(), problem, x)
        np.testing.assert_allclose(moved.ravel(), newton, rtol=1e-10, atol=1e-12)


def test_large_damping_is_gradient_descent():
    problem = random_logistic(30, 4, seed=1)
    x = np.ones(4)
    moved = x - one_step(oe.NaturalGradient(1e8, 1e8), problem, x)
    np.testing.assert_allclose(moved, problem.gradient(x), rtol=1e-7)


class Reparameterized(NamedTuple):
    """A model in the coordinates y, x = y + 0.1 M tanh(y): the chain rule, and nothing else."""

    inner: object
    M: np.ndarray

    def map(self, y):
        return y + 0.1 * self.M @ np.tanh(y)

    def slope(self, y):
        return np.eye(y.size) + 0.1 * self.M / np.cosh(y) ** 2

    def gradient(self, y):
        return self.slope(y).T @ self.inner.gradient(self.map(y))

    def fisher(self, y):
        return self.slope(y).T @ self.inner.fisher(self.map(y)) @ self.slope(y)


@pytest.mark.parametrize("seed", range(3))
def test_reparameterization_changes_a_step_to_second_order_only(seed):
    """Halving the step divides the difference by four; gradient descent's only by two."""
    rng = np.random.default_rng(seed)
    problem = random_logistic(30, 4, seed=seed)
    other, y = Reparameterized(problem, rng.standard_normal((4, 4))), rng.standard_normal(4)
    x = other.map(y)

    def difference(t, natural):
        if natural:
            method = oe.NaturalGradient(t)
            return np.linalg.norm(
                one_step(method, problem, x) - other.map(one_step(method, other, y))
            )
        return np.linalg.norm(x - t * problem.gradient(x) - other.map(y - t * other.gradient(y)))

    for natural, order in ((True, 2), (False, 1)):
        sizes = [difference(t, natural) for t in (1e-3, 5e-4)]
        assert np.log2(sizes[0] / sizes[1]) == pytest.approx(order, abs=0.05)


def test_linear_reparameterization_changes_nothing():
    problem = random_logistic(30, 4, seed=2)
    S = np.random.default_rng(2).standard_normal((4, 4))
    turned = problem._replace(A=problem.A @ S, l2=0.0)
    plain, y = problem._replace(l2=0.0), np.full(4, 0.1)
    for _ in range(3):
        x = one_step(oe.NaturalGradient(), plain, S @ y)
        y = one_step(oe.NaturalGradient(), turned, y)
        np.testing.assert_allclose(x, S @ y, rtol=1e-9)


def test_refuses_a_negative_damping():
    with pytest.raises(ValueError, match="damping must be at least 0"):
        oe.NaturalGradient(damping=-1.0)
