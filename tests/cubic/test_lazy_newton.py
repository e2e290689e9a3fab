"""Methods with a lazy Hessian: the lemmas of the chapter, their bounds, and equalities."""

import itertools

import numpy as np
import pytest

import optedu as oe
from optedu.cubic.lazy_theory import (
    CUBIC,
    QUADRATIC,
    cubic_constants,
    regularized_constants,
    staleness,
)
from optedu.problems.generators import random_logistic, random_quadratic
from tests.cubic.examples import all_problems, convex_problems, logistic, states
from tests.helpers import assert_bound_holds, steps_of

PERIODS = (1, 2, 3, 7)


def test_period_one_is_cubic_newton_bit_for_bit():
    for problem, x0 in all_problems():
        L = problem.hessian_lipschitz
        lazy = states(oe.LazyCubicNewton(L, 1), problem, x0, 12)
        plain = states(oe.CubicNewton(6.0 * L), problem, x0, 12)
        for a, b in zip(lazy, plain, strict=True):
            assert a.x.tobytes() == b.x.tobytes()
        lazy = states(oe.LazyRegularizedNewton(L, 1), problem, x0, 12)
        plain = states(oe.RegularizedNewton(3.0 * L), problem, x0, 12)
        for a, b in zip(lazy, plain, strict=True):
            assert a.x.tobytes() == b.x.tobytes()


@pytest.mark.parametrize("m", PERIODS)
def test_one_hessian_serves_m_steps(m):
    for method in (oe.LazyCubicNewton(0.1, m), oe.LazyRegularizedNewton(0.1, m)):
        problem = random_logistic(seed=1)
        trace = oe.run(method, problem, np.ones(5), max_iter=14, tol=0.0)
        steps = trace.iterations[-1]
        assert trace.counts == {"gradient": steps, "hessian": -(-steps // m)}


@pytest.mark.parametrize("m", [1, 2, 3, 10, 100])
def test_staleness_bounds_how_far_the_steps_lead_away(m):
    rng = np.random.default_rng(m)
    assert staleness(m) <= 0.7 * m
    for r in (np.ones(m), rng.exponential(size=m), rng.uniform(size=m) ** 8):
        s = np.concatenate([[0.0], np.cumsum(r)[:-1]])
        assert np.sum(s**3) <= staleness(m) ** 3 * np.sum(r**3) * (1 + 1e-12)
    s = np.arange(m)  # equal steps in one direction attain it
    attained = np.sum(s**3.0) ** (1 / 3) / m ** (1 / 3)
    assert m == 1 or attained >= 0.75 * staleness(m)


def phases(method, problem, x0, m, count):
    path = [s.x for s in states(method, problem, x0, m * count)]
    return [path[i : i + m + 1] for i in range(0, m * count, m)]


@pytest.mark.parametrize("m", PERIODS)
def test_each_phase_of_cubic_steps_obeys_both_lemmas(m):
    for problem, x0 in all_problems():
        L = problem.hessian_lipschitz
        D, G = cubic_constants(6 * m * L, L, m)
        for phase in phases(oe.LazyCubicNewton(L, m), problem, x0, m, 3):
            cubes = sum(np.linalg.norm(b - a) ** 3 for a, b in itertools.pairwise(phase))
            norms = [np.linalg.norm(problem.gradient(x)) for x in phase[1:]]
            fall = problem.value(phase[0]) - problem.value(phase[-1])
            total = sum(g**1.5 for g in norms)
            assert fall >= D * cubes * (1 - 1e-9) - 1e-13
            assert total <= G**1.5 * cubes * (1 + 1e-9) + 1e-13
            assert fall >= CUBIC / np.sqrt(6 * m * L) * total - 1e-13


@pytest.mark.parametrize("m", PERIODS)
def test_each_phase_of_regularized_steps_obeys_both_lemmas(m):
    for problem, x0 in convex_problems():
        L = problem.hessian_lipschitz
        M = 3 * m * L
        D, G = regularized_constants(M, L, m)
        for phase in phases(oe.LazyRegularizedNewton(L, m), problem, x0, m, 3):
            g = [np.linalg.norm(problem.gradient(x)) for x in phase]
            if min(g) < 1e-9:
                continue
            lam = [np.sqrt(M * a) for a in g]
            moved = sum(
                w * np.sum((b - a) ** 2)
                for w, (a, b) in zip(lam, itertools.pairwise(phase), strict=False)
            )
            total = sum(b * b / w for w, b in zip(lam, g[1:], strict=False))
            fall = problem.value(phase[0]) - problem.value(phase[-1])
            assert fall >= D * moved * (1 - 1e-9) - 1e-13
            assert total <= G * G * moved * (1 + 1e-9) + 1e-13
            assert fall >= QUADRATIC * total - 1e-13


def test_the_constants_of_the_adaptive_tests_follow_for_all_periods_and_all_larger_weights():
    for m in (1, 2, 3, 4, 7, 20, 100, 10_000):
        for factor in (1.0, 1.5, 4.0, 100.0):
            M = 6 * m * factor
            D, G = cubic_constants(M, 1.0, m)
            assert CUBIC / np.sqrt(M) <= D / G**1.5
            D, G = regularized_constants(3 * m * factor, 1.0, m)
            assert D / G**2 >= QUADRATIC
    D, G = cubic_constants(6 * 2, 1.0, 2)
    assert not 0.5 / np.sqrt(12) <= D / G**1.5  # negative control: 1/2 is too much to ask
    D, G = cubic_constants(6.0, 1.0, 1)
    assert G**1.5 / D <= 6.3
    assert max((lambda D, G: G**1.5 / D / np.sqrt(m))(*cubic_constants(6 * m, 1, m))
               for m in range(1, 500)) <= 6.3  # fmt: skip


@pytest.mark.parametrize("m", PERIODS)
def test_gradient_bounds_hold(m):
    for problem, x0 in all_problems():
        assert_bound_holds(steps_of(oe.LazyCubicNewton(None, m), problem, x0), noise=1e-9)
    for problem, x0 in convex_problems():
        assert_bound_holds(steps_of(oe.LazyRegularizedNewton(None, m), problem, x0), noise=1e-9)
        if m == 1:
            assert_bound_holds(steps_of(oe.RegularizedNewton(), problem, x0), noise=1e-9)


def test_nothing_is_promised_for_a_constant_that_is_too_small():
    problem = logistic(0)
    method = oe.LazyCubicNewton(0.01 * problem.hessian_lipschitz, 5)
    assert method.guarantee(problem, 3, np.zeros(4)) is None


@pytest.mark.parametrize("m", [1, 3, 8])
def test_adaptive_weights_stay_below_twice_the_theory(m):
    for problem, x0 in all_problems():
        L = problem.hessian_lipschitz
        for state in states(oe.AdaptiveLazyCubicNewton(m), problem, x0, 30):
            assert max(2 * 6 * m * L, 1.0) >= state.M
    for problem, x0 in convex_problems():
        L = problem.hessian_lipschitz
        for state in states(oe.AdaptiveLazyRegularizedNewton(m), problem, x0, 30):
            assert max(2 * 3 * m * L, 1.0) >= state.M


@pytest.mark.parametrize("first", [1e-6, 1.0, 1e4])
def test_adaptive_methods_converge_from_any_first_weight(first):
    problem = logistic(3)
    for cls in (oe.AdaptiveLazyCubicNewton, oe.AdaptiveLazyRegularizedNewton):
        trace = oe.run(cls(4, first), problem, problem.minimizer + 3.0, tol=1e-10, max_iter=400)
        assert trace.status is oe.Status.CONVERGED
        np.testing.assert_allclose(trace.x, problem.minimizer, atol=1e-8)


def test_a_failed_phase_goes_back_to_its_start_and_keeps_the_hessian():
    problem = logistic(0)
    x0 = problem.minimizer + 8.0
    counted = oe.run(
        oe.AdaptiveLazyCubicNewton(5, 1e-9), problem, x0, max_iter=5, tol=0.0, execution="python"
    )
    assert counted.counts["hessian"] == 1
    assert counted.counts["value"] > 6  # some trials were thrown away
    method = oe.AdaptiveLazyCubicNewton(5, 1e-9)
    starts = [s.f_z for s in states(method, problem, x0, 40)]
    assert (np.diff(starts) <= 1e-15).all()
    assert starts[-1] < starts[0]


def test_quadratics_take_one_step_however_old_the_hessian():
    problem = random_quadratic(5, 30.0, seed=2)
    for method in (oe.LazyCubicNewton(), oe.LazyRegularizedNewton()):
        path = list(states(method, problem, np.ones(5), 3))
        for state in path[1:]:
            np.testing.assert_allclose(state.x, problem.minimizer, atol=1e-9)


def test_super_universal_decreases_by_its_test():
    for problem, x0 in convex_problems():
        for exponent in (0.5, 2 / 3, 1.0):
            method = oe.SuperUniversalNewton(1.0, exponent)
            path = list(states(method, problem, x0, 15))
            assert np.linalg.norm(path[-1].g) < 1e-3
            for a, b in itertools.pairwise(path):
                if np.linalg.norm(b.g) > 1e-7:
                    lam = 4 * b.H * np.linalg.norm(a.g) ** exponent
                    fall = problem.value(a.x) - problem.value(b.x)
                    assert fall >= np.sum(b.g**2) / (4 * lam) * (1 - 1e-6) - 1e-14


def test_defaults_and_refusals():
    problem = logistic(0)
    method = oe.LazyCubicNewton().resolve(problem)
    assert method.refresh_period == 4
    assert method.hessian_lipschitz == problem.hessian_lipschitz
    with pytest.raises(ValueError, match="refresh_period must be at least 1"):
        oe.LazyCubicNewton(1.0, 0)
    with pytest.raises(ValueError, match="hessian_lipschitz must be at least 0"):
        oe.LazyRegularizedNewton(-1.0)
    shapeless = oe.Problem.from_functions(lambda x: x @ x, gradient=lambda x: 2 * x)
    with pytest.raises(ValueError, match=r"problem\.shape is unknown"):
        oe.LazyCubicNewton(1.0).resolve(shapeless)
