"""Cubic Newton: its bounds, what attains them, saddles, and the quadratic tail."""

import itertools

import numpy as np
import pytest

import optedu as oe
from optedu.cubic.lazy_theory import cubic_constants
from optedu.problems.generators import random_quadratic, random_rotation
from tests.cubic.examples import all_problems, convex_problems, cube, logistic, states
from tests.helpers import assert_bound_holds, steps_of


def one_dimensional(curvature, slope):
    """Return f = curvature x^2 / 2 + slope |x|^3 / 6 with L = abs(slope)."""
    return oe.Problem.from_functions(
        lambda x: curvature * x[0] ** 2 / 2 + slope * abs(x[0]) ** 3 / 6,
        gradient=lambda x: curvature * x + slope * x * np.abs(x) / 2,
        hessian=lambda x: np.array([[curvature + slope * abs(x[0])]]),
        hessian_lipschitz=abs(slope), shape=(1,),
    )  # fmt: skip


@pytest.mark.parametrize("scale", [1.0, 1.7, 6.0])
def test_each_step_obeys_both_lemmas(scale):
    for problem, x0 in all_problems():
        L = problem.hessian_lipschitz
        D, G = cubic_constants(scale * L, L, 1)
        path = [s.x for s in states(oe.CubicNewton(scale * L), problem, x0, 12)]
        for x, new in itertools.pairwise(path):
            r = np.linalg.norm(new - x)
            fall = problem.value(x) - problem.value(new)
            assert fall >= D * r**3 * (1 - 1e-9) - 1e-13
            assert np.linalg.norm(problem.gradient(new)) <= G * r * r * (1 + 1e-9) + 1e-12


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_saddles_of_one_variable_attain_the_lemmas(scale):
    """At the top of -a x^2 / 2 +- L abs(x)^3 / 6 both constants are exact; 0.8 of them is not."""
    L, a = 1.3, 0.7
    D, G = cubic_constants(scale * L, L, 1)
    method = oe.CubicNewton(scale * L)
    for slope in (L, -L):
        problem = one_dimensional(-a, slope)
        x = list(states(method, problem, [0.0], 1))[1].x
        r = abs(x[0])
        assert r == pytest.approx(2 * a / (scale * L), rel=1e-12)
        if slope > 0:
            fall = -problem.value(x)
            assert fall == pytest.approx(D * r**3, rel=1e-12)
            assert not fall >= D / 0.8 * r**3
        else:
            g = abs(problem.gradient(x)[0])
            assert g == pytest.approx(G * r * r, rel=1e-12)
            assert not g <= 0.8 * G * r * r


def test_gradient_bound_holds_on_convex_and_other_functions():
    for problem, x0 in all_problems():
        if not (getattr(problem, "strong_convexity", None) or 0) > 0:
            assert_bound_holds(steps_of(oe.CubicNewton(), problem, x0), noise=1e-9)


def test_gap_bound_holds_on_strongly_convex_functions():
    for seed in range(3):
        for problem in (logistic(seed), cube(seed, mu=0.3)):
            x0 = problem.minimizer + 2.0
            trace = steps_of(oe.CubicNewton(), problem, x0)
            assert trace.method.guarantee(problem, 1, x0).quantity == "gap"
            assert_bound_holds(trace, noise=1e-9)


def test_inverse_square_bound_with_the_radius_of_the_level_set():
    """On ||x - c||^3 / 3 the level set is a ball: 9 L R^3 / k^2 is stated with the true radius."""
    for seed in range(3):
        problem = cube(seed)
        x0 = problem.minimizer + np.random.default_rng(seed).standard_normal(3)
        R = np.linalg.norm(x0 - problem.minimizer)
        trace = steps_of(oe.CubicNewton(), problem, x0, 60)
        for k in (1, 2, 5, 10, 50):
            assert trace.values[k] <= 9 * 2.0 * R**3 / k**2


def test_strict_saddle_is_left_from_a_point_with_zero_gradient():
    Q = random_rotation(3, 0)
    H = (Q * np.array([-1.0, 0.5, 2.0])) @ Q.T
    problem = oe.Problem.from_functions(
        lambda x: x @ H @ x / 2 + np.sum((x @ x) ** 2) / 4,
        gradient=lambda x: H @ x + (x @ x) * x,
        hessian=lambda x: H + (x @ x) * np.eye(3) + 2 * np.outer(x, x),
        shape=(3,),
    )
    zero = np.zeros(3)
    assert np.linalg.norm(problem.gradient(zero)) == 0
    for method in (oe.CubicNewton(10.0), oe.LazyCubicNewton(1.0, 3)):
        x = list(states(method, problem, zero, 30))[-1].x
        assert problem.value(x) == pytest.approx(-0.25, abs=1e-9)  # -a^2 / 4 with a = 1
        assert np.linalg.eigvalsh(problem.hessian(x))[0] > 0
    for method in (oe.RegularizedNewton(10.0), oe.GradientDescent(0.1)):  # negative control
        assert (list(states(method, problem, zero, 5))[-1].x == 0).all()


def test_one_step_on_quadratics():
    problem = random_quadratic(6, 50.0, seed=1)
    x = list(states(oe.CubicNewton(), problem, np.ones(6), 1))[1].x
    np.testing.assert_allclose(x, problem.minimizer, atol=1e-10)


def test_errors_square_near_the_minimizer():
    for seed in range(3):
        problem = logistic(seed)
        path = [s.x for s in states(oe.CubicNewton(), problem, problem.minimizer + 1.0, 12)]
        errors = np.array([np.linalg.norm(x - problem.minimizer) for x in path])
        use = (errors[:-1] < 0.3) & (errors[1:] > 1e-13)
        exponents = np.log(errors[1:][use] / 1.0) / np.log(errors[:-1][use])
        assert exponents[-1] > 1.6  # 2 in the limit, up to a constant
        worst = problem.hessian_lipschitz * 2 / problem.strong_convexity
        assert (errors[1:][use] <= worst * errors[:-1][use] ** 2).all()


def test_adaptive_decreases_by_the_theory_and_keeps_its_weight_below_twice_the_constant():
    for problem, x0 in all_problems():
        path = list(states(oe.AdaptiveCubicNewton(), problem, x0, 25))
        largest = 2 * max(problem.hessian_lipschitz, 1.0)
        for state, new in itertools.pairwise(path):
            assert largest >= new.M
            assert new.f <= state.f + 1e-12
        assert np.linalg.norm(path[-1].g) < 1e-3 * np.linalg.norm(path[0].g) + 1e-8


def test_adaptive_needs_no_constant_on_rosenbrock_and_survives_a_wrong_first_guess():
    for first in (1e-6, 1.0, 1e6):
        trace = oe.run(
            oe.AdaptiveCubicNewton(first), oe.problems.Rosenbrock(), [-1.2, 1.0], tol=1e-9
        )
        assert trace.status is oe.Status.CONVERGED
        np.testing.assert_allclose(trace.x, [1.0, 1.0], atol=1e-8)


def test_refused_arguments_and_unknown_constants():
    with pytest.raises(ValueError, match="at least 0"):
        oe.CubicNewton(-1.0)
    with pytest.raises(ValueError, match="hessian_lipschitz is unknown"):
        oe.run(oe.CubicNewton(), oe.problems.Rosenbrock(), [0.0, 0.0])


def test_convex_examples_are_convex():
    for problem, x0 in convex_problems():
        assert np.linalg.eigvalsh(problem.hessian(x0))[0] >= -1e-12
