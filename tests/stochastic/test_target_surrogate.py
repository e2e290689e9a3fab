"""Target surrogates: bounds on the loss, and the methods at both ends of the inner steps."""

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_least_squares, random_logistic
from tests.helpers import steps_of
from tests.stochastic.streams import Always

P = oe.problems


def surrogate(problem, x, u, step_size):
    """What the inner steps lower, with all terms."""
    s, J = u - x, problem.jacobian(x)
    return problem.value(x) + problem.gradient(x) @ s + np.mean((J @ s) ** 2) / (2 * step_size)


def test_one_inner_step_is_sgd():
    problem = random_logistic(20, 4, seed=3, l2=0.1)
    x0 = np.array([1.0, -2.0, 0.5, 1.0])
    plain = steps_of(oe.StochasticGradient(0.3, batch_size=5), problem, x0, 20)
    inner = oe.TargetSurrogate(2.0, 1, inner_step_size=0.3, batch_size=5)
    assert steps_of(inner, problem, x0, 20).x == pytest.approx(plain.x, rel=1e-13)


def test_many_inner_steps_are_a_gauss_newton_step():
    """All terms, inner steps to the end: x - step_size (A'A / n)^-1 grad f(x)."""
    problem = random_logistic(20, 4, seed=3, l2=0.0)
    x = np.array([0.3, -0.2, 0.5, 0.1])
    A = problem.A
    new = steps_of(oe.TargetSurrogate(4.0, 3000), problem, x, 1).x
    expected = x - 4.0 * np.linalg.solve(A.T @ A / 20, problem.gradient(x))
    assert new == pytest.approx(expected, rel=1e-8)
    squares = random_least_squares(12, 4, seed=13)
    one = steps_of(oe.TargetSurrogate(1 / 12, 3000), squares, x, 1).x
    assert one == pytest.approx(squares.minimizer, rel=1e-6)


def test_one_term_is_fitted_as_kaczmarz_fits_a_row():
    """Of one term the first inner step is the last: x - eta l' a / ||a||^2."""
    problem = random_least_squares(12, 4, seed=13)
    x = np.array([0.3, -0.2, 0.5, 0.1])
    for steps in (1, 2, 50):
        method = oe.TargetSurrogate(1 / 12, steps, batch_size=1).resolve(problem)
        new = method.step(problem, method.init(problem, x, Always(3)), Always(3)).x
        a, b = problem.A[3], problem.b[3]
        assert new == pytest.approx(x - (a @ x - b) / (a @ a) * a, rel=1e-12)


@pytest.mark.parametrize(
    ("problem", "largest"),
    [(random_logistic(20, 4, seed=3, l2=0.0), 4.0), (random_least_squares(12, 4, 5), 1 / 12)],
)
def test_the_surrogate_is_above_up_to_the_largest_step_and_not_beyond(problem, largest):
    """1 / L of the losses: l'' is at most 1/4 in logistic regression, n in least squares."""
    rng = np.random.default_rng(0)
    broken = 0
    for x, s in zip(rng.normal(0, 0.3, (200, 4)), rng.normal(0, 0.7, (200, 4)), strict=True):
        value = problem.value(x + s)
        assert surrogate(problem, x, x + s, largest) >= value - 1e-12 * (1 + value)
        broken += surrogate(problem, x, x + s, 3 * largest) < value
    assert broken > 50


@pytest.mark.parametrize("inner_steps", [1, 3, 20, 200])
def test_the_loss_never_rises(inner_steps):
    problem = random_logistic(20, 4, seed=3, l2=0.0)
    method = oe.TargetSurrogate(4.0, inner_steps)
    values = steps_of(method, problem, [3.0, -3.0, 2.0, 1.0], 60).values
    assert (np.diff(values) <= 1e-14).all()


def test_a_model_of_more_outputs_is_refused():
    problem = P.SoftmaxRegression(np.eye(3), [0, 1, 2])
    with pytest.raises(ValueError, match="9 outputs and 3 terms"):
        oe.run(oe.TargetSurrogate(), problem)
