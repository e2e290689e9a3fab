"""The searches by themselves, on functions of one variable whose answers are known."""

import numpy as np
import pytest

import optedu as oe
from optedu.line_search import EXACT, armijo_step, enough_decrease, ratio, wolfe_step


def line(value, slope):
    """Return a problem in one dimension whose oracle calls are recorded."""
    seen = []

    def evaluate(x):
        seen.append(float(x[0]))
        return value(float(x[0]))

    problem = oe.Problem.from_functions(evaluate, gradient=lambda x: np.array([slope(float(x[0]))]))
    return problem, seen


def search(value, slope, first, decrease, curvature):
    problem, seen = line(value, slope)
    x = np.zeros(1)
    p = -np.sign(slope(0.0)) * np.ones(1)
    t, x_new, f_new, g_new = wolfe_step(
        problem, x, value(0.0), np.array([slope(0.0)]), p, first, decrease, curvature
    )
    assert x_new[0] == t * p[0]
    assert (f_new, g_new[0]) == (value(x_new[0]), slope(x_new[0]))
    return t, len(seen)


CONVEX = {
    "quadratic": (lambda x: (x - 3.0) ** 2, lambda x: 2 * (x - 3.0), 3.0),
    "quartic": (lambda x: (x - 2.0) ** 4, lambda x: 4 * (x - 2.0) ** 3, 2.0),
    "exponential": (lambda x: np.exp(x) - 5 * x, lambda x: np.exp(x) - 5, np.log(5)),
    "nearly a kink": (
        lambda x: np.hypot(x - 1.0, 1e-3),
        lambda x: (x - 1.0) / np.hypot(x - 1.0, 1e-3),
        1.0,
    ),
}


@pytest.mark.parametrize("name", CONVEX)
@pytest.mark.parametrize("first", [1e-6, 0.5, 1e5])
def test_exact_search_finds_the_minimum(name, first):
    value, slope, minimizer = CONVEX[name]
    with np.errstate(all="ignore"):
        t, trials = search(value, slope, first, 0.0, EXACT)
    assert abs(slope(t)) <= EXACT * abs(slope(0.0))
    assert t == pytest.approx(minimizer, rel=1e-3 if name == "quartic" else 1e-9)
    assert trials <= 60


def test_a_quadratic_takes_two_trials():
    value, slope, _ = CONVEX["quadratic"]
    for first in (0.7, 2.0, 20.0):
        assert search(value, slope, first, 0.0, EXACT)[1] == 2


@pytest.mark.parametrize("first", np.geomspace(1e-3, 1e2, 11))
@pytest.mark.parametrize(("decrease", "curvature"), [(1e-4, 0.1), (0.2, 0.3), (0.4, 0.9)])
def test_strong_wolfe_without_convexity(first, decrease, curvature):
    def value(x):
        return 0.1 * x**2 - x + 0.3 * np.cos(11 * x)

    def slope(x):
        return 0.2 * x - 1 - 3.3 * np.sin(11 * x)

    t, _ = search(value, slope, first, decrease, curvature)
    assert value(t) <= value(0.0) + decrease * t * slope(0.0)
    assert abs(slope(t)) <= curvature * abs(slope(0.0))
    assert t > 0


def test_a_direction_that_ascends_gives_no_step():
    value, slope, _ = CONVEX["quadratic"]
    problem, seen = line(value, slope)
    x, g = np.zeros(1), np.array([slope(0.0)])
    t, same, f, _ = wolfe_step(problem, x, value(0.0), g, g, 1.0, 1e-4, 0.5)
    assert (t, f, seen) == (0.0, value(0.0), [])
    assert same is x


def test_values_that_overflow_are_steps_too_long():
    t, _ = search(
        lambda x: np.exp(min(x, 1e3)) - 5 * x if x < 700 else np.nan,
        lambda x: np.exp(min(x, 700.0)) - 5 if x < 700 else np.nan,
        1e4, 1e-4, 0.1,
    )  # fmt: skip
    assert abs(np.exp(t) - 5) <= 0.4


def test_armijo_shrinks_just_as_often_as_it_must():
    value, slope, _ = CONVEX["quadratic"]
    problem, seen = line(value, slope)
    x, g = np.zeros(1), np.array([slope(0.0)])
    t, x_new, f_new = armijo_step(problem, x, value(0.0), g, -g, 8.0, 0.25, 0.5)
    # phi(t) = (6 t - 3)^2 <= 9 - 9 t holds up to t = 3/4: three times half of 8 is 1, four 1/2.
    assert (t, x_new[0], f_new) == (0.5, 3.0, 0.0)
    assert seen == [48.0, 24.0, 12.0, 6.0, 3.0]


def test_armijo_gives_up_where_nothing_decreases():
    problem, _ = line(lambda x: abs(x), lambda x: 1.0)  # the slope is wrong on the left
    t, x, f = armijo_step(problem, np.zeros(1), 0.0, np.ones(1), -np.ones(1), 1.0, 0.5, 0.5)
    assert (t, x[0], f) == (0.0, 0.0, 0.0)


def test_where_values_drown_in_rounding_slopes_decide():
    # phi(t) = 1e8 + (t - 1)^2 / 2e8: no double can tell phi(0.9) from phi(0).
    assert 1e8 + 0.5e-8 == 1e8
    assert enough_decrease(1e8, 1e8, -1e-8, -1e-9, 0.9, 0.1)
    assert not enough_decrease(1e8, 1e8, -1e-8, 0.9e-8, 1.9, 0.1)
    assert not enough_decrease(1.0, 0.99, -1.0, -0.5, 0.5, 0.1)
    assert enough_decrease(1.0, 0.94, -1.0, 0.9, 0.5, 0.1)


def test_ratio_by_zero_is_zero():
    assert ratio(3.0, 0.0) == 0.0
    assert ratio(3.0, 2.0) == 1.5


@pytest.mark.parametrize("method", [oe.BFGS(), oe.LBFGS(), oe.PolakRibiere(curvature=0.1)])
def test_the_last_bit_of_the_start_decides_nothing(method):
    """A search that compares a halved bracket with half of it takes another path for each bit."""
    rosenbrock = oe.problems.Rosenbrock()
    path = oe.run(method, rosenbrock, [-1.2, 1.0], max_iter=20, tol=0.0).iterates
    for ulps in (-2, -1, 1, 2):
        start = np.array([-1.2 * (1 + ulps * 2.0**-52), 1.0])
        other = oe.run(method, rosenbrock, start, max_iter=20, tol=0.0).iterates
        np.testing.assert_allclose(other, path, atol=1e-6)
