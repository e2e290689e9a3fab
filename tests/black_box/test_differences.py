"""Differences of values against derivatives, and what rounding leaves of them."""

import numpy as np
import pytest

import optedu as oe
from optedu.black_box.differences import central_differences, forward_differences
from optedu.problems.generators import random_quadratic


class Exponential:
    """f(x) = sum of exp(x_j)."""

    def value(self, x):
        return np.sum(np.exp(x))


X = np.array([0.3, -0.4])


def error(differences, c):
    return np.abs(differences(Exponential(), X, c) - np.exp(X)).max()


@pytest.mark.parametrize(
    ("differences", "order"), [(forward_differences, 1), (central_differences, 2)]
)
def test_order(differences, order):
    errors = [error(differences, c) for c in (1e-2, 1e-3)]
    assert np.log10(errors[0] / errors[1]) == pytest.approx(order, abs=0.02)


def test_central_differences_are_exact_on_quadratics():
    f, x = random_quadratic(5, 20.0, 11), np.linspace(-1, 2, 5)
    assert central_differences(f, x, 0.7) == pytest.approx(f.gradient(x), rel=1e-12)
    forward = forward_differences(f, x, 0.7)
    assert forward == pytest.approx(f.gradient(x) + 0.35 * np.diag(f.A), rel=1e-12)


@pytest.mark.parametrize(
    ("differences", "best"), [(forward_differences, 1e-8), (central_differences, 1e-5)]
)
def test_the_best_length_is_between_rounding_and_truncation(differences, best):
    """Both a hundred times as long and a hundred times as short is ten times worse, and more."""
    assert error(differences, best) < 0.1 * min(
        error(differences, 100 * best), error(differences, best / 100)
    )


@pytest.mark.parametrize("shape", [(3, 2), (6,)])
def test_shapes_are_kept(shape):
    x = np.linspace(-1, 1, 6).reshape(shape)
    assert forward_differences(Exponential(), x, 1e-6).shape == shape
    assert central_differences(Exponential(), x, 1e-6) == pytest.approx(np.exp(x), rel=1e-8)


def test_descent_on_central_differences_is_gradient_descent_on_a_quadratic():
    f, x = random_quadratic(4, 9.0, 2), np.ones(4)
    ours = oe.run(oe.FiniteDifferenceDescent(smoothing=0.3), f, x, max_iter=30, tol=0.0)
    assert np.allclose(
        ours.iterates, oe.run(oe.GradientDescent(), f, x, max_iter=30, tol=0.0).iterates
    )
    assert ours.counts == {"value": 30 * 8}
    forward = oe.run(oe.FiniteDifferenceDescent(central=False), f, x, max_iter=3, tol=0.0)
    assert forward.counts == {"value": 3 * 5}


@pytest.mark.parametrize("name", ["GaussianSmoothing", "ForwardGradient"])
def test_a_missing_constant_is_said(name):
    with pytest.raises(ValueError, match=f"{name} needs step_size: problem.smoothness is unknown"):
        oe.run(getattr(oe, name)(), oe.problems.Rosenbrock(), [0.0, 0.0])
