import numpy as np
import pytest

import optedu as oe
from optedu.gradient.gradient_descent import exact_rate
from tests.gradient.examples import (
    bent,
    line_quadratic,
    smooth_convex,
    strongly_convex,
    without_convexity,
)
from tests.helpers import (
    KS,
    assert_bound_holds,
    assert_bound_is_attained,
    measured_and_bound,
    steps_of,
)


@pytest.mark.parametrize("scale", [0.3, 1.0, 1.5, 1.99])
def test_bound_holds(scale):
    for problem, x0 in [*smooth_convex(), *strongly_convex()]:
        assert_bound_holds(steps_of(oe.GradientDescent(scale / problem.smoothness), problem, x0))


@pytest.mark.parametrize("k", KS)
def test_huber_function_attains_the_bound(k):
    L, R = 3.0, 2.0
    for d in (1, 4):
        direction = np.linspace(1.0, 2.0, d)
        center = np.arange(d) - 0.6
        problem = oe.problems.HuberNorm(L, R / (2 * k + 1), center)
        x0 = center + R * direction / np.linalg.norm(direction)
        trace = steps_of(oe.GradientDescent(1 / L), problem, x0, k)
        assert_bound_is_attained(trace, k)
        assert trace.values[-1] == pytest.approx(L * R**2 / (4 * k + 2), rel=1e-9)


@pytest.mark.parametrize("k", [1, 2, 5, 10])
def test_strongly_convex_bound_is_attained_by_a_bent_quadratic(k):
    L, mu, R, h = 4.0, 0.5, 1.5, 0.2
    a = (1 - h * mu) ** k
    kink = a**2 * R / (1 + (1 - a**2) * (L - mu) / mu)
    problem = bent(L, mu, kink, [0.3, -0.2])
    x0 = problem.minimizer + R * np.array([0.6, -0.8])
    assert_bound_is_attained(steps_of(oe.GradientDescent(h), problem, x0, k), k)


@pytest.mark.parametrize("k", [1, 2, 5, 10])
def test_long_steps_are_slowest_on_a_quadratic(k):
    problem = line_quadratic(2.5)
    trace = steps_of(oe.GradientDescent(1.95 / 2.5), problem, [3.0], k)
    assert_bound_is_attained(trace, k)


def test_the_rate_in_closed_form_is_the_sum_of_the_theorem():
    for a, b, k in [(0.7, 0.1, 4), (1.0, 0.0, 3), (1.7, 0.4, 2), (1.3, 1e-9, 5), (1.2, 1.1, 3)]:
        terms = sum((1 - b) ** -i for i in range(1, 2 * k + 1))
        slow = 1 / (1 + a * terms)
        assert exact_rate(a, b, k) == pytest.approx(max(slow, (1 - a) ** (2 * k)), rel=1e-7)


def test_distance_contracts_as_on_the_worst_quadratic():
    for problem, x0 in strongly_convex():
        L, mu = problem.smoothness, problem.strong_convexity
        for h in (0.4 / L, 1 / L, 2 / (L + mu), 1.9 / L):
            trace = steps_of(oe.GradientDescent(h), problem, x0, 50)
            distance = np.linalg.norm(trace.iterates - problem.minimizer, axis=1)
            rate = max(abs(1 - h * L), abs(1 - h * mu))
            assert (distance[1:] <= rate * distance[:-1] * (1 + 1e-9) + 1e-12).all()


def test_without_convexity_the_smallest_gradient_is_bounded():
    problem, x0 = without_convexity()
    for h in (0.2, 0.5, 0.9):
        trace = steps_of(oe.GradientDescent(h), problem, x0)
        assert trace.guarantee().quantity == "best_gradient_norm"
        assert_bound_holds(trace)


@pytest.mark.parametrize("k", KS)
def test_a_slope_that_flattens_late_all_but_attains_the_bound_without_convexity(k):
    L, h = 2.0, 0.05
    huber = oe.problems.HuberNorm(L, 1 / L, [0.3])
    problem = oe.Problem.from_functions(
        huber.value, gradient=huber.gradient, smoothness=L, minimum=0.0
    )
    trace = steps_of(oe.GradientDescent(h), problem, [0.3 + 1 / L + h * k], k)
    measured, bound = measured_and_bound(trace, [k])
    assert 0.8 * bound[0] < measured[0] <= bound[0]


def test_no_guarantee_for_steps_beyond_two_over_L():
    problem = line_quadratic(2.0)
    assert oe.GradientDescent(1.01).guarantee(problem, 3, np.ones(1)) is None


def test_step_2_1_over_L_diverges_with_a_hint():
    problem = line_quadratic(2.0)
    trace = oe.run(oe.GradientDescent(2.1 / 2.0), problem, [1.0], max_iter=500)
    assert trace.status is oe.Status.DIVERGED
    assert "2/L" in trace.message


def test_on_a_quadratic_the_error_is_the_power_of_the_iteration_matrix():
    problem, x0 = next(iter(strongly_convex()))
    h = 1.3 / problem.smoothness
    trace = steps_of(oe.GradientDescent(h), problem, x0, 25)
    M = np.linalg.matrix_power(np.eye(x0.size) - h * problem.A, 25)
    expected = problem.minimizer + M @ (x0 - problem.minimizer)
    np.testing.assert_allclose(trace.x, expected, rtol=1e-10)
