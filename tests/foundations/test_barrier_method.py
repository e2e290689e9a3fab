"""The barrier method against HiGHS, its certificate against the true gap, the theorem's rate."""

import numpy as np
import pytest
from scipy.optimize import linprog

import optedu as oe
from optedu.foundations.barrier_method import decrement, strictly_feasible_start

KS = (1, 2, 5, 10, 50, 200)


def random_program(m, d, seed):
    """A bounded program whose optimum is attained, and a strictly feasible point."""
    rng = np.random.default_rng(seed)
    A, x = rng.standard_normal((m, d)), rng.standard_normal(d)
    return oe.problems.LinearProgram(
        -A.T @ rng.uniform(0.1, 1.0, m), A, A @ x + rng.uniform(0.1, 2.0, m)
    ), x


def centered(problem, x, t):
    """The point of the central path at t, by Newton's method."""
    method = oe.BarrierMethod(t=t).resolve(problem)
    state = method.init(problem, x)
    while decrement(state, t) > 1e-10:
        state = method._replace(growth=np.nextafter(1.0, 2.0)).step(problem, state)
    return state.x


@pytest.mark.parametrize(("m", "d"), [(6, 2), (30, 5), (80, 25)])
@pytest.mark.parametrize("growth", [3.0, 10.0, 100.0])
def test_optimum_of_highs(m, d, growth):
    problem, x0 = random_program(m, d, seed=m)
    trace = oe.run(oe.BarrierMethod(growth=growth), problem, x0, tol=1e-8)
    solved = linprog(problem.c, problem.A, problem.b, bounds=(None, None), method="highs")
    assert trace.success
    assert trace.values[-1] == pytest.approx(solved.fun, abs=1e-7)
    assert (problem.A @ trace.x < problem.b).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_certificate_is_a_true_bound_and_comes_from_a_dual_feasible_point(seed):
    problem, x = random_program(20, 4, seed)
    method = oe.BarrierMethod(growth=10.0).resolve(problem)
    state = method.init(problem, x)
    checked = 0
    for _ in range(40):
        gap = method.certificate(problem, state)
        if np.isfinite(gap):
            t = state.t
            slack = problem.b - problem.A @ state.x
            direction = -(t * state.cost_step + state.barrier_step)
            y = (1 / slack + problem.A @ direction / slack**2) / t
            assert (y >= 0).all()
            np.testing.assert_allclose(problem.A.T @ y, -problem.c, atol=1e-6)
            assert gap == pytest.approx(problem.c @ state.x + problem.b @ y, abs=1e-7)
            assert gap >= problem.c @ state.x - problem.minimum - 1e-9
            checked += 1
        state = method.step(problem, state)
    assert checked >= 20


def test_certificate_is_attained_on_a_half_line():
    problem = oe.problems.LinearProgram([2.0], [[-1.0]], [-3.0])
    method = oe.BarrierMethod(t=5.0).resolve(problem)
    x = centered(problem, np.array([10.0]), 5.0)
    gap = method.certificate(problem, method.init(problem, x))
    assert x[0] == pytest.approx(3.0 + 1 / 10, rel=1e-9)
    assert gap == pytest.approx(problem.value(x) - 6.0, rel=1e-9)


def test_far_from_the_path_there_is_no_certificate():
    problem, x = random_program(20, 4, 0)
    method = oe.BarrierMethod(t=1e4).resolve(problem)
    state = method.init(problem, x)
    assert decrement(state, 1e4) > 1
    assert method.certificate(problem, state) == np.inf


@pytest.mark.parametrize("seed", [0, 1])
def test_short_steps_obey_the_theorem(seed):
    problem, x = random_program(15, 3, seed)
    x0 = centered(problem, x, 1.0)
    method = oe.BarrierMethod()
    trace = oe.run(method, problem, x0, max_iter=200, tol=0.0)
    guarantee = trace.guarantee()
    assert guarantee.quantity == "gap"
    for k in KS:
        gap = trace.values[k] - problem.minimum
        assert gap <= guarantee.bound[k]
        assert guarantee.bound[k] <= 2 * 15 * np.exp(-k / (1 + 13 * np.sqrt(15))) * (1 + 1e-12)
    growth = 1 + 1 / (13 * np.sqrt(15))
    assert trace.state.t == pytest.approx(growth**200, rel=1e-10)
    assert decrement(trace.state, trace.state.t) <= 0.25


def test_the_gap_on_the_path_of_a_simplex_corner_is_nu_over_t_so_smaller_bounds_fail():
    # min sum(x), x >= 0: on the path x_i = 1/t, the gap is d/t = nu/t, half of the bound 2 nu/t.
    d = 12
    problem = oe.problems.LinearProgram(np.ones(d), -np.eye(d), np.zeros(d))
    trace = oe.run(oe.BarrierMethod(), problem, np.ones(d), max_iter=200, tol=0.0)
    ratio = trace.values / trace.guarantee().bound
    assert (ratio <= 1).all()
    for k in KS:
        assert not trace.values[k] <= 0.8 * 0.5 * trace.guarantee().bound[k]


def test_guarantee_is_silent_where_the_theorem_is():
    problem, x = random_program(15, 3, 0)
    assert oe.BarrierMethod(growth=10.0).resolve(problem).guarantee(problem, 1, x) is None
    assert oe.BarrierMethod(t=1e5).resolve(problem).guarantee(problem, 1, x) is None


def test_one_hessian_per_step():
    problem, x = random_program(15, 3, 0)
    trace = oe.run(oe.BarrierMethod(growth=5.0), problem, x, max_iter=20, tol=0.0)
    assert trace.counts["barrier_hessian"] == trace.counts["gradient"] == 21


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_start_is_found_wherever_the_set_lies(seed):
    problem, _ = random_program(20, 4, seed)
    shifted = problem._replace(b=problem.b + problem.A @ (50.0 * np.ones(4)))
    start = strictly_feasible_start(shifted)
    assert (problem.A @ start < shifted.b).all()
    trace = oe.run(oe.BarrierMethod(growth=10.0), shifted, start, tol=1e-8)
    assert trace.values[-1] == pytest.approx(problem.minimum + 50.0 * problem.c.sum(), abs=1e-6)


def test_an_empty_set_is_proved_empty():
    empty = oe.problems.LinearProgram([1.0], [[1.0], [-1.0]], [1.0, -1.5])
    with pytest.raises(ValueError, match="no strictly feasible point"):
        strictly_feasible_start(empty)
    flat = oe.problems.LinearProgram([1.0], [[1.0], [-1.0]], [1.0, -1.0])
    with pytest.raises(ValueError, match="no strictly feasible point"):
        strictly_feasible_start(flat)
    assert empty.minimum is None


def test_barrier_derivatives():
    problem, x = random_program(9, 3, 2)
    step = 1e-6
    for e in np.eye(3):
        difference = (problem.barrier(x + step * e) - problem.barrier(x - step * e)) / (2 * step)
        assert difference == pytest.approx(problem.barrier_gradient(x) @ e, rel=1e-6, abs=1e-6)
        turned = (
            problem.barrier_gradient(x + step * e) - problem.barrier_gradient(x - step * e)
        ) / (2 * step)
        np.testing.assert_allclose(turned, problem.barrier_hessian(x) @ e, rtol=1e-5, atol=1e-5)
    assert problem.barrier(x + 1e6 * problem.A[0]) == np.inf


def test_mistakes_get_a_sentence():
    problem, _ = random_program(9, 3, 2)
    with pytest.raises(ValueError, match="strictly feasible"):
        oe.run(oe.BarrierMethod(), problem, 1e6 * problem.A[0])
    with pytest.raises(ValueError, match="growth must be above 1"):
        oe.BarrierMethod(growth=1.0)
    with pytest.raises(ValueError, match="t must be positive"):
        oe.BarrierMethod(t=0.0)
    with pytest.raises(TypeError, match="barrier"):
        oe.run(oe.BarrierMethod(), oe.problems.Quadratic(np.eye(2), np.zeros(2)), np.zeros(2))
    with pytest.raises(ValueError, match="rank"):
        oe.problems.LinearProgram([1.0, 1.0], [[1.0, 0.0]], [1.0])
    with pytest.raises(ValueError, match="does not fit"):
        oe.problems.LinearProgram([1.0, 1.0, 1.0], np.eye(2), [1.0, 1.0])
    with pytest.raises(ValueError, match="b must have shape"):
        oe.problems.LinearProgram([1.0, 1.0], np.eye(2), [1.0])
