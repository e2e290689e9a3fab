"""Model-based steps: each against numerical minimization of its model."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import optedu as oe
from optedu.problems.generators import random_least_squares
from tests.helpers import steps_of
from tests.stochastic.streams import Always

P = oe.problems


def phases(seed, n=12, d=3):
    rng = np.random.default_rng(seed)
    return P.RobustPhaseRetrieval(rng.standard_normal((n, d)), rng.normal(1.0, 1.0, n)), rng


def minimum_along(model, x, direction):
    """The smallest value of a convex model on the line that its minimizer lies on."""
    return minimize_scalar(
        lambda s: model(x + s * direction), bounds=(-4, 4), options={"xatol": 1e-11}
    ).fun


@pytest.mark.parametrize("step_size", [0.03, 0.3, 3.0])
def test_prox_linear_minimizes_the_linearized_term(step_size):
    problem, rng = phases(1)
    method = oe.StochasticProxLinear(step_size).resolve(problem)
    for i in range(12):
        x, a, b = rng.standard_normal(3), problem.A[i], problem.b[i]
        c, slope = (a @ x) ** 2 - b, 2 * (a @ x) * a
        new = method.step(problem, method.init(problem, x, Always(i)), Always(i)).x

        def linearized(u, x=x, c=c, slope=slope):
            return np.abs(c + slope @ (u - x)) + np.sum((u - x) ** 2) / (2 * step_size)

        assert linearized(new) <= minimum_along(linearized, x, a) + 1e-9
        assert linearized(new) < linearized(x)


def test_a_bound_far_below_leaves_a_gradient_step():
    problem = random_least_squares(12, 4, seed=3)
    x0 = np.array([1.0, -2.0, 0.5, 1.0])
    plain = steps_of(oe.StochasticGradient(0.01), problem, x0, 30)
    far = oe.StochasticProxLinear(0.01, 0.0, lower_bound=-np.inf)
    assert (steps_of(far, problem, x0, 30).x == plain.x).all()


def test_a_bound_at_the_minimum_gives_polyak_steps():
    """With one term and a long step the length is (f(x) - f*) / ||g||^2."""
    problem = P.LeastSquares([[2.0, 1.0]], [3.0])
    long = steps_of(oe.StochasticProxLinear(1e9, 0.0), problem, [0.3, -2.0], 25)
    polyak = steps_of(oe.PolyakGradientDescent(), problem, [0.3, -2.0], 25)
    assert long.x == pytest.approx(polyak.x, rel=1e-12)


def test_terms_that_are_flat_are_left_alone():
    problem = P.RobustPhaseRetrieval([[1.0, 0.0]], [4.0])
    for method in (oe.StochasticProxLinear(1.0), oe.StochasticProxLinear(1.0, lower_bound=9.0)):
        assert (steps_of(method, problem, [0.0, 2.0], 3).x == [0.0, 2.0]).all()
    assert (steps_of(oe.StochasticProxLinear(), problem, [2.0, 2.0], 3).x == [2.0, 2.0]).all()


def test_proximal_point_asks_for_decaying_proxes():
    problem, rng = phases(2)
    method = oe.StochasticProximalPoint(0.8, 0.5).resolve(problem)
    state = method.init(problem, rng.standard_normal(3), Always(0))
    for k, i in enumerate((4, 4, 7, 1)):
        expected = problem.component_prox(i, state.x, 0.8 / np.sqrt(k + 1))
        state = method.step(problem, state, Always(i))
        assert (state.x == expected).all()


def test_proximal_point_is_kaczmarz_for_long_steps():
    """The prox of |<a, x>^2 - b| with t at infinity projects onto a hyperplane of its zeros."""
    problem = P.RobustPhaseRetrieval([[3.0, 4.0]], [25.0])
    x = steps_of(oe.StochasticProximalPoint(1e12, 0.0), problem, [2.0, 1.0], 1).x
    assert x == pytest.approx(np.array([2.0, 1.0]) - (10 - 5) / 25 * np.array([3.0, 4.0]), rel=1e-9)
