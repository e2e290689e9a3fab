import cvxpy as cp
import numpy as np
import pytest
from scipy.optimize import minimize

import optedu as oe
from tests.duality.examples import (
    dual_value,
    inconsistent,
    kkt_errors,
    kkt_errors_of,
    program,
    without_end,
)
from tests.helpers import steps_of

SEEDS = range(4)


def conic(problem):
    x, p = cp.Variable(problem.q.size), problem.equalities
    A, b = problem.A, problem.b
    constraints = [A[:p] @ x == b[:p], A[p:] @ x <= b[p:]]
    objective = cp.Minimize(cp.quad_form(x, cp.psd_wrap(problem.P)) / 2 + problem.q @ x)
    exact = {"tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12}
    cp.Problem(objective, constraints).solve(solver=cp.CLARABEL, **exact)
    return x.value, np.concatenate([c.dual_value for c in constraints])


def schur(problem):
    """Return S = (A P^-1 A')^-1 of the equalities."""
    A = problem.A[: problem.equalities]
    return np.linalg.inv(A @ np.linalg.solve(problem.P, A.T))


@pytest.mark.parametrize("seed", SEEDS)
def test_augmented_lagrangian_finds_the_kkt_pair(seed):
    problem = program(seed)
    trace = oe.run(oe.AugmentedLagrangian(), problem, tol=1e-8, execution="python")
    assert trace.status is oe.Status.CONVERGED
    x, y = trace.x, trace.state.y
    assert kkt_errors_of(problem, x, y).max() <= 1e-7
    peer, prices = conic(problem)
    np.testing.assert_allclose(x, peer, atol=1e-6)
    np.testing.assert_allclose(y, prices, atol=1e-5)
    assert dual_value(problem, y) == pytest.approx(problem.value(x), abs=1e-6)  # strong duality


def test_the_check_of_kkt_pairs_notices_each_part():
    problem = program(0)
    trace = oe.run(oe.AugmentedLagrangian(), problem, tol=1e-9, execution="python")
    x, y, p = trace.x, trace.state.y, problem.equalities
    g, c, J = problem.gradient(x), problem.constraint(x), problem.constraint_jacobian(x)
    free, active = p + int(np.argmin(c[p:])), p + int(np.argmax(y[p:]))
    assert kkt_errors(g + 0.1, c, J, y, p)[0] > 0.09
    assert kkt_errors(g, c + 0.1, J, y, p)[1] > 0.09
    assert kkt_errors(g, c, J, y - 2 * y[active] * (np.arange(y.size) == active), p)[2] > 0.01
    assert kkt_errors(g, c, J, y + (np.arange(y.size) == free), p)[3] > 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_weak_duality_holds_for_all_prices(seed):
    problem, rng = program(seed), np.random.default_rng(seed)
    best = problem.value(conic(problem)[0])
    for _ in range(50):
        y = 3 * rng.normal(size=problem.b.size)
        y[problem.equalities :] = np.abs(y[problem.equalities :])
        assert dual_value(problem, y) <= best + 1e-9


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rho", [0.5, 5.0, 50.0])
def test_multipliers_converge_at_the_exact_rate(seed, rho):
    """y+ - y* = S (rho I + S)^-1 (y - y*), so that the rate is s / (s + rho)."""
    problem = program(seed, inequalities=0)
    S = schur(problem)
    y_star = conic(problem)[1]
    method = oe.AugmentedLagrangian(weight=rho, growth=1.0).resolve(problem)
    state = method.init(problem, problem.start)
    for _ in range(6):
        new = method.step(problem, state)
        left = new.y - y_star
        right = S @ np.linalg.solve(rho * np.eye(2) + S, state.y - y_star)
        np.testing.assert_allclose(left, right, atol=1e-6 * np.abs(y_star).max())
        state = new
    s = np.linalg.eigvalsh(S)[-1]
    v = np.linalg.eigh(S)[1][:, -1]
    start = method.init(problem, problem.start)._replace(y=y_star + v)
    after = method.step(problem, start).y - y_star
    assert np.linalg.norm(after) == pytest.approx(s / (s + rho), abs=1e-5)  # attained
    assert np.linalg.norm(after) > 0.8 * s / (s + rho)


@pytest.mark.parametrize("seed", SEEDS)
def test_violation_of_the_penalty_method_is_the_price_over_the_weight(seed):
    problem = program(seed, inequalities=0)
    S, y_star = schur(problem), conic(problem)[1]
    for rho in (1.0, 10.0, 1e3):
        trace = steps_of(oe.QuadraticPenalty(weight=rho), problem, problem.start, 1)
        c = problem.constraint(trace.x)
        exact = np.linalg.solve(rho * np.eye(2) + S, y_star)
        np.testing.assert_allclose(c, exact, atol=1e-6)
        np.testing.assert_allclose(trace.state.y - y_star, -S @ exact, atol=1e-4)


def test_conditioning_grows_with_the_weight():
    problem = program(1, inequalities=0)
    condition = [
        np.linalg.cond(problem.P + rho * problem.A.T @ problem.A) for rho in 10.0 ** np.arange(2, 9)
    ]
    ratios = np.diff(np.log10(condition))
    np.testing.assert_allclose(ratios, 1.0, atol=0.05)


@pytest.mark.parametrize("name", ["HS6", "HS7", "HS28", "HS39", "HS40", "HS42"])
@pytest.mark.parametrize("kind", [oe.AugmentedLagrangian, oe.QuadraticPenalty])
def test_hock_schittkowski_by_both(name, kind):
    problem = getattr(oe.problems, name)()
    trace = oe.run(kind(), problem, tol=1e-6, max_iter=60, execution="python")
    errors = kkt_errors_of(problem, trace.x, trace.state.y)
    assert errors.max() <= 1e-5
    assert problem.value(trace.x) == pytest.approx(problem.optimum, abs=1e-4)


@pytest.mark.parametrize("name", ["HS6", "HS7", "HS28", "HS39", "HS40", "HS42"])
def test_stored_solutions(name):
    problem = getattr(oe.problems, name)()
    x, y = problem.solution, problem.multipliers
    assert kkt_errors_of(problem, x, y).max() <= 1e-14
    assert problem.value(x) == pytest.approx(problem.optimum, abs=1e-14)
    J, H = problem.constraint_jacobian(x), problem.lagrangian_hessian(x, y)
    Z = np.linalg.svd(J)[2][len(J) :].T
    assert np.linalg.eigvalsh(Z.T @ H @ Z).min(initial=1.0) >= -1e-12
    peer = minimize(problem.value, problem.start, jac=problem.gradient, method="SLSQP",
                    constraints={"type": "eq", "fun": problem.constraint,
                                 "jac": problem.constraint_jacobian},
                    options={"ftol": 1e-14, "maxiter": 500})  # fmt: skip
    assert peer.fun == pytest.approx(problem.optimum, abs=1e-7)


@pytest.mark.parametrize("name", ["HS6", "HS7", "HS28", "HS39", "HS40", "HS42"])
def test_lagrangian_hessian_and_jacobian_by_differences(name):
    problem, rng, h = getattr(oe.problems, name)(), np.random.default_rng(0), 1e-6
    x = problem.start + 0.1 * rng.normal(size=problem.shape)
    y = rng.normal(size=problem.equalities)

    def gradient(x):
        return problem.gradient(x) + problem.constraint_jacobian(x).T @ y

    for u in np.eye(x.size):
        change = (gradient(x + h * u) - gradient(x - h * u)) / (2 * h)
        np.testing.assert_allclose(problem.lagrangian_hessian(x, y) @ u, change, atol=1e-6)
        change = (problem.constraint(x + h * u) - problem.constraint(x - h * u)) / (2 * h)
        np.testing.assert_allclose(problem.constraint_jacobian(x) @ u, change, atol=1e-6)


def test_infeasible_program_ends_with_farkas():
    problem = inconsistent()
    trace = oe.run(oe.AugmentedLagrangian(), problem, [0.3, 0.2], max_iter=50, execution="python")
    assert trace.status is oe.Status.INFEASIBLE
    w = trace.state.dy / np.linalg.norm(trace.state.dy)
    assert np.all(w >= 0)
    np.testing.assert_allclose(problem.A.T @ w, 0.0, atol=1e-8)
    assert problem.b @ w < -0.1  # so A x <= b would give 0 <= <b, w> < 0


def test_inconsistent_equalities_end_with_farkas():
    problem = oe.problems.QuadraticProgram(
        np.eye(2), [1.0, -2.0], [[1.0, 2.0], [2.0, 4.0]], [1.0, 3.0], 2
    )
    trace = oe.run(oe.AugmentedLagrangian(), problem, [0.3, 0.2], max_iter=50, execution="python")
    assert trace.status is oe.Status.INFEASIBLE
    w = trace.state.dy / np.linalg.norm(trace.state.dy)
    np.testing.assert_allclose(problem.A.T @ w, 0.0, atol=1e-7)
    assert abs(problem.b @ w) > 0.1


def test_unbounded_program_ends_with_a_ray():
    problem = without_end()
    trace = oe.run(oe.AugmentedLagrangian(), problem, [0.3, 0.2], max_iter=50, execution="python")
    assert trace.status is oe.Status.UNBOUNDED
    v = trace.state.dx / np.linalg.norm(trace.state.dx)
    assert np.all(problem.A @ v <= 1e-8)
    assert problem.q @ v < -0.1


@pytest.mark.parametrize("seed", range(6))
def test_feasible_programs_get_no_verdict(seed):
    problem = program(seed, lowest=1e-3)
    trace = oe.run(oe.AugmentedLagrangian(), problem, tol=1e-7, max_iter=60, execution="python")
    assert trace.status is oe.Status.CONVERGED


def test_linear_program_of_the_barrier_method():
    A = np.array([[1.0, 2.0], [3.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    problem = oe.problems.LinearProgram([-1.0, -1.2], A, [4.0, 6.0, 0.0, 0.0])
    inside = np.array([0.5, 0.5])
    ends = [
        oe.run(m, problem, inside, tol=1e-7, max_iter=200, execution="python").x
        for m in (oe.AugmentedLagrangian(), oe.QuadraticPenalty(), oe.BarrierMethod(growth=3.0))
    ]
    for x in ends:
        np.testing.assert_allclose(x, problem.minimizer, atol=1e-5)


def test_missing_number_of_equalities_is_one_sentence():
    bare = oe.Problem.from_functions(
        lambda x: x @ x, gradient=lambda x: 2 * x, constraint=lambda x: x[:1],
        constraint_jacobian=lambda x: np.eye(1, 2), lagrangian_hessian=lambda x, y: 2 * np.eye(2),
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"AugmentedLagrangian needs equalities.*Pass"):
        oe.run(oe.AugmentedLagrangian(), bare, [1.0, 1.0])


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((np.eye(2), [1.0], [[1.0, 1.0]], [1.0]), "must have shapes"),
        ((np.array([[1.0, 2.0], [0.0, 1.0]]), [1.0, 1.0], [[1.0, 1.0]], [1.0]), "symmetric"),
        ((np.eye(2), [1.0, 1.0], [[1.0, 1.0]], [1.0], 2), "equalities must be from 0 to 1"),
    ],
)
def test_bad_programs_are_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        oe.problems.QuadraticProgram(*arguments)
