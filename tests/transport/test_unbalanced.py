"""Transport between unequal masses, against POT, conic duality and its limits."""

import cvxpy as cp
import numpy as np
import ot
import pytest

import optedu as oe

pytestmark = pytest.mark.filterwarnings("ignore:If reg_type = entropy")


def instance(t=0.3, rho=0.8, seed=0, n=4, m=6):
    rng = np.random.default_rng(seed)
    C = 2 * rng.random((n, m)) - 0.2
    return oe.problems.UnbalancedTransport(C, rng.random(n) + 0.2, rng.random(m) + 0.2, t, rho)


def solve(problem, tol=1e-11):
    trace = oe.run(oe.Sinkhorn(), problem, tol=tol, max_iter=20_000, execution="python")
    assert trace.success
    return trace


def divergence(p, a):
    return np.sum(p * np.log(p / a) - p + a)


def primal(P, problem):
    C, a, b, t, rho = problem
    entropy = t * np.sum(P * (np.log(P) - 1))
    return np.sum(C * P) + entropy + rho * (divergence(P.sum(1), a) + divergence(P.sum(0), b))


@pytest.mark.parametrize(("t", "rho"), [(0.3, 0.8), (0.1, 0.05), (0.05, 3.0)])
def test_it_is_pots(t, rho):
    problem = instance(t, rho)
    P = problem.plan(solve(problem).x)
    C, a, b = problem.cost, problem.a, problem.b
    theirs = ot.unbalanced.sinkhorn_unbalanced(
        a, b, C, t, rho, reg_type="entropy", stopThr=1e-13, numItermax=100_000
    )
    np.testing.assert_allclose(P, theirs, rtol=0, atol=1e-9)
    # with POT's other entropy, KL(P | a b'), the cost is C - t log(a b')
    moved = problem._replace(cost=C - t * np.log(np.outer(a, b)))
    theirs = ot.unbalanced.sinkhorn_unbalanced(
        a, b, C, t, rho, reg_type="kl", stopThr=1e-13, numItermax=100_000
    )
    np.testing.assert_allclose(moved.plan(solve(moved).x), theirs, rtol=0, atol=1e-9)


def test_value_and_plan_are_dual():
    """At the solution the primal is minus the dual; elsewhere it lies above: weak duality."""
    problem = instance()
    x = solve(problem).x
    assert primal(problem.plan(x), problem) == pytest.approx(-problem.value(x), abs=1e-10)
    rng = np.random.default_rng(1)
    for _ in range(20):
        P, z = rng.random((4, 6)), rng.normal(size=10)
        assert primal(P, problem) > -problem.value(z)


def test_the_optimum_is_that_of_a_conic_solver():
    problem = instance(0.2, 0.5, seed=2, n=3, m=3)
    C, a, b, t, rho = problem
    P = cp.Variable((3, 3))
    penalty = cp.sum(cp.kl_div(cp.sum(P, axis=1), a)) + cp.sum(cp.kl_div(cp.sum(P, axis=0), b))
    objective = cp.sum(cp.multiply(C, P)) - t * cp.sum(cp.entr(P) + P) + rho * penalty
    least = cp.Problem(cp.Minimize(objective)).solve(solver="CLARABEL")
    assert -problem.value(solve(problem).x) == pytest.approx(least, abs=1e-7)


@pytest.mark.parametrize("rho", [1e2, 1e4, 1e6])
def test_a_high_price_keeps_the_masses(rho):
    rng = np.random.default_rng(3)
    C, a, b = rng.random((4, 5)), rng.random(4) + 0.2, rng.random(5) + 0.2
    a, b = a / a.sum(), b / b.sum()
    balanced = oe.problems.EntropicTransport(C, a, b, 0.5)
    P = balanced.plan(solve(balanced).x)
    problem = oe.problems.UnbalancedTransport(C, a, b, 0.5, rho)
    trace = oe.run(oe.DampedNewton(), problem, tol=1e-9, max_iter=50)
    error = np.abs(problem.plan(trace.x) - P).max() * rho
    assert error < 0.2  # 0.0896 at each of the three prices
    if rho == 1e2:
        assert error > 0.01


def test_a_low_price_destroys_what_is_dear():
    """With rho near 0 nothing is kept unless it is free: the plan tends to exp(-C / t)."""
    problem = instance(0.5, 1e-7)
    np.testing.assert_allclose(
        problem.plan(solve(problem).x), np.exp(-problem.cost / 0.5), rtol=1e-4
    )


def test_rounds_contract_by_the_exponent_squared():
    """Each block's map is a mean with the factor rho / (rho + t): two of them, its square."""
    t, rho = 0.3, 0.8
    problem = instance(t, rho)
    x = solve(problem, 1e-13).x
    rng, n = np.random.default_rng(5), problem.a.size
    z = x + rng.normal(size=x.size)
    for _ in range(8):
        before = np.abs(z - x)[n:].max()
        z = problem.soft_transform(1, problem.soft_transform(0, z, t), t)
        assert np.abs(z - x)[n:].max() <= (rho / (rho + t)) ** 2 * before + 1e-12


@pytest.mark.parametrize(
    ("change", "words"),
    [({"penalty": 0.0}, "penalty"), ({"regularization": -1.0}, "regularization"),
     ({"a": [0.1, 0.0, 1.0, 1.0]}, "a must be positive")],
)  # fmt: skip
def test_what_cannot_be(change, words):
    fields = {**instance()._asdict(), **change}
    with pytest.raises(ValueError, match=words):
        oe.problems.UnbalancedTransport(**fields)
