"""ADMM in three forms: equivalences, peers, certificates of infeasibility, executors."""

from concurrent.futures import ThreadPoolExecutor

import cvxpy as cp
import distributed
import loky
import numpy as np
import pytest

import optedu as oe
from optedu.splitting.parallel_consensus import consensus_admm
from tests.helpers import steps_of
from tests.splitting.examples import (
    Quadratic,
    agents,
    box_program,
    lines,
    logistic_agents,
    start,
    two_terms,
)
from tests.splitting.test_douglas_rachford import path

P = oe.problems
EXACT = {"solver": cp.CLARABEL, "tol_gap_abs": 1e-11, "tol_gap_rel": 1e-11, "tol_feas": 1e-11}


@pytest.mark.parametrize("relaxation", [1.0, 1.7, 2.0])
@pytest.mark.parametrize("rho", [0.3, 2.0])
def test_admm_is_douglas_rachford(rho, relaxation):
    """With the roles of the terms exchanged, z = x + y / rho."""
    both, x0 = two_terms(), start(5, 1)
    method = oe.ADMM(rho, relaxation)
    state, z = method.init(both, x0), []
    for _ in range(25):
        state = method.step(both, state)
        z.append(state.x + state.y / rho)
    swapped = P.SumOfTwo(both.second, both.first)
    known = path(oe.DouglasRachford(1 / rho, relaxation), swapped, z[0], 24)
    np.testing.assert_allclose(np.array(z), known, rtol=1e-10, atol=1e-12)


def test_admm_is_douglas_rachford_on_the_dual():
    """Its multipliers are those of Douglas-Rachford on f_0*(-y) + f_1*(y), step size rho."""
    both, x0, rho = two_terms(), start(5, 2), 0.8

    class Conjugate:
        def __init__(self, term, sign):
            self.term, self.sign = term, sign

        def value(self, y):
            return np.nan

        def prox(self, y, t):  # Moreau, for y -> f*(sign y)
            return y - self.sign * t * self.term.prox(self.sign * y / t, 1 / t)

    dual = P.SumOfTwo(Conjugate(both.second, 1.0), Conjugate(both.first, -1.0))
    state = oe.ADMM(rho).init(both, x0)
    states = [state := oe.ADMM(rho).step(both, state) for _ in range(20)]
    s = [state.y + rho * state.x for state in states]
    known = path(oe.DouglasRachford(rho), dual, s[0], 19)
    np.testing.assert_allclose(np.array(s), known, rtol=1e-9, atol=1e-11)
    x = path(oe.DouglasRachford(rho), dual, s[0], 19, "x")
    np.testing.assert_allclose([state.y for state in states], x, rtol=1e-9, atol=1e-11)


def test_on_two_lines_its_rate_is_the_cosine():
    problem, meeting = lines(0.5)
    trace = steps_of(oe.ADMM(), problem, start(2, 3), 60)
    errors = np.linalg.norm(trace.iterates - meeting, axis=1)
    assert errors[50] / errors[49] == pytest.approx(np.cos(0.5), rel=0.3)
    assert (errors[50] / errors[20]) ** (1 / 30) == pytest.approx(np.cos(0.5), rel=0.01)


@pytest.mark.parametrize("rho", [4.5e-3, 4.5e5])
def test_balancing_mends_a_bad_penalty(rho):
    """Steps needed: 1729 and more than 3000 without, 22 and 27 with."""
    problem = P.SumOfTwo(Quadratic(np.linspace(1.0, 100.0, 5), 4), P.L1(0.05))
    plain, mended = (
        oe.run(m, problem, start(5, 5), max_iter=3000, tol=1e-9)
        for m in (oe.ADMM(rho), oe.ADMM(rho, balance=40))
    )
    assert mended.success
    assert mended.iterations[-1] < 60
    assert plain.iterations[-1] > 800
    assert 1e-3 < mended.state.rho < 1.0


@pytest.mark.parametrize("rank", [4, 2])
@pytest.mark.parametrize("seed", range(4))
def test_box_program_agrees_with_clarabel_and_kkt(seed, rank):
    program = box_program(seed, rank=rank)
    trace = oe.run(
        oe.QuadraticADMM(balance=100), program, start(4, seed), max_iter=50_000, tol=1e-9
    )
    assert trace.success
    x = cp.Variable(4)
    objective = cp.quad_form(x, cp.psd_wrap(program.P)) / 2 + program.q @ x
    best = cp.Problem(
        cp.Minimize(objective), [program.low <= program.A @ x, program.A @ x <= program.high]
    ).solve(**EXACT)
    assert trace.values[-1] == pytest.approx(best, abs=1e-6 * (1 + abs(best)))
    x, y, Ax = trace.x, trace.state.y, program.A @ trace.x
    np.testing.assert_allclose(program.P @ x + program.q + program.A.T @ y, 0, atol=1e-8)
    assert (Ax <= program.high + 1e-8).all()
    assert (Ax >= program.low - 1e-8).all()
    tight = program.high - program.low < 1e-9
    assert (np.minimum(y, 0)[~tight] * (Ax - program.low)[~tight] > -1e-6).all()
    assert (np.maximum(y, 0)[~tight] * (program.high - Ax)[~tight] < 1e-6).all()


def test_one_step_from_the_equations():
    """The cached inverse gives the minimizer of the augmented Lagrangian, computed by solve."""
    program, x0 = box_program(), start(4, 6)
    method = oe.QuadraticADMM(0.7, relaxation=1.0, balance=0)
    state = method.init(program, x0)
    for _ in range(5):
        new = method.step(program, state)
        P_, A, s, rho = program.P, program.A, state.e, 0.7
        x = np.linalg.solve(
            P_ + s * np.eye(4) + rho * A.T @ A,
            s * state.x - program.q + A.T @ (rho * state.z - state.y),
        )
        np.testing.assert_allclose(new.x, x, rtol=1e-9)
        z = np.clip(A @ x + state.y / rho, program.low, program.high)
        np.testing.assert_allclose(new.z, z, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(new.y, state.y + rho * (A @ x - z), rtol=1e-9, atol=1e-9)
        state = new


def stiff_box(scale, length=1.0):
    """A rotated quadratic of condition 1000 over a box, times `scale`, in units of `length`."""
    rng = np.random.default_rng(3)
    Q = np.linalg.qr(rng.standard_normal((30, 30)))[0]
    A = scale * (Q * np.geomspace(1e-3, 1.0, 30)) @ Q.T / length**2
    P_ = (A + A.T) / 2
    q, bound = scale * rng.standard_normal(30) / length, 0.5 * length * np.ones(30)
    return P.BoxProgram(P_, q, np.eye(30), -bound, bound)


def steps_to(method, program, scale=1.0, length=1.0):
    """The steps until the KKT residual is 1e-7 in the units of the problem."""
    state = method.init(program, np.zeros(30))
    while state.k < 3000:
        state = method.step(program, state)
        slope = program.P @ state.x + program.q + state.y
        outside = program.A @ state.x - state.z
        if np.abs(slope).max() <= 1e-7 * scale / length and np.abs(outside).max() <= 1e-7 * length:
            break
    return state.k, state.rho * length**2 / scale


def test_another_unit_of_the_objective_or_of_the_variables_takes_the_same_steps():
    cases = [(s, c) for s in (1.0, 1e3, 1e-3) for c in (1.0, 30.0)]
    found = [steps_to(oe.QuadraticADMM(), stiff_box(s, c), s, c) for s, c in cases]
    counts = [k for k, _ in found]
    assert max(counts) <= 90  # measured: 77 in all units
    assert max(counts) - min(counts) <= 1
    rhos = [rho for _, rho in found]
    assert max(rhos) <= min(rhos) * (1 + 1e-6)
    fixed = oe.QuadraticADMM(penalty=1.0, balance=0)
    assert steps_to(fixed, stiff_box(1.0))[0] >= 1.5 * counts[0]  # measured 139
    for scale in (1e3, 1e-3):
        assert steps_to(fixed, stiff_box(scale), scale)[0] == 3000


def test_penalty_changes_by_the_root_of_the_ratio_of_relative_residuals():
    program, x = stiff_box(1.0), np.zeros(30)
    method = oe.QuadraticADMM(penalty=7.0)
    state = method.init(program, x)
    for _ in range(24):
        state = method.step(program, state)
        assert state.rho == 7.0
    state = method.step(program, state)
    x, y, z = state.x, state.y, state.z
    norm = np.linalg.norm
    primal = norm(x - z) / max(norm(x), norm(z))
    Px = program.P @ x
    dual = norm(Px + program.q + y) / max(norm(Px), norm(y), norm(program.q))
    assert state.rho == pytest.approx(7.0 * np.sqrt(primal / dual), rel=1e-6)
    assert not 0.5 < state.rho / 7.0 < 2.0
    H = program.P + state.e * np.eye(30)
    np.testing.assert_allclose(state.inverse @ (H + state.rho * np.eye(30)), np.eye(30), atol=1e-9)
    first = oe.QuadraticADMM().init(program, np.zeros(30)).rho
    assert first == pytest.approx(np.trace(program.P) / 30)


def infeasible_program(seed):
    """Rows that sum to zero, with bounds that say they sum to less: no x."""
    program = box_program(seed)
    A = np.vstack([program.A, -program.A[1:3].sum(axis=0)])
    low = np.append(program.low, 1.0 - program.low[1:3].sum())
    return P.BoxProgram(program.P, program.q, A, low, np.append(program.high, 1e20))


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_infeasible_programs_come_with_a_farkas_certificate(seed, linear):
    program = infeasible_program(seed)
    if linear:
        program = program._replace(P=np.zeros((4, 4)))
    trace = oe.run(oe.QuadraticADMM(), program, start(4, seed), max_iter=20_000)
    assert trace.status is oe.Status.INFEASIBLE
    w = trace.state.dy / np.linalg.norm(trace.state.dy)
    assert np.linalg.norm(program.A.T @ w) < 1e-5
    support = np.where(w > 0, program.high, program.low) @ w  # max of <w, c> over the box
    assert support < -1e6 * np.linalg.norm(program.A.T @ w)
    x = cp.Variable(4)
    told = cp.Problem(
        cp.Minimize(program.q @ x),
        [program.low <= program.A @ x, program.A @ x <= program.high],
    )
    told.solve(solver=cp.CLARABEL)
    assert "infeasible" in told.status


@pytest.mark.parametrize("seed", range(4))
def test_unbounded_programs_come_with_a_direction(seed):
    rng = np.random.default_rng(seed)
    d = rng.standard_normal(4)
    d /= np.linalg.norm(d)
    off = np.eye(4) - np.outer(d, d)
    A = np.vstack([rng.standard_normal((3, 4)) @ off, -d])
    root = rng.standard_normal((2, 4)) @ off
    program = P.BoxProgram(root.T @ root, -d, A, np.append(-np.ones(3), -1e20), np.ones(4))
    trace = oe.run(oe.QuadraticADMM(), program, start(4, seed), max_iter=20_000)
    assert trace.status is oe.Status.UNBOUNDED
    u = trace.state.dx / np.linalg.norm(trace.state.dx)
    assert program.q @ u < -0.5
    assert np.linalg.norm(program.P @ u) < 1e-7
    assert np.abs(A[:3] @ u).max() < 1e-7
    assert A[3] @ u < 0


@pytest.mark.parametrize("seed", range(6))
def test_no_verdict_on_feasible_programs(seed):
    """A linear program with a solution is never called infeasible or unbounded."""
    program = box_program(seed)._replace(P=np.zeros((4, 4)))
    box = np.vstack([program.A, np.eye(4)])
    low, high = np.append(program.low, -50 * np.ones(4)), np.append(program.high, 50 * np.ones(4))
    program = P.BoxProgram(program.P, program.q, box, low, high)
    trace = oe.run(oe.QuadraticADMM(), program, start(4, seed), max_iter=5000, tol=1e-7)
    assert trace.status in (oe.Status.CONVERGED, oe.Status.MAX_ITER)


def test_consensus_agrees_with_all_data_at_once():
    problem = agents()
    trace = oe.run(oe.ConsensusADMM(4.0), problem, start(3, 7), max_iter=5000, tol=1e-10)
    A, b = problem.A.reshape(-1, 3), problem.b.ravel()
    np.testing.assert_allclose(trace.x, np.linalg.lstsq(A, b, rcond=None)[0], atol=1e-9)
    np.testing.assert_allclose(trace.state.Y.sum(axis=0), 0, atol=1e-9)
    for i in range(4):
        g = problem.A[i].T @ (problem.A[i] @ trace.x - problem.b[i])
        np.testing.assert_allclose(g, -trace.state.Y[i], atol=1e-8)


def test_consensus_logistic_agrees_with_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    problem = logistic_agents()
    trace = oe.run(oe.ConsensusADMM(), problem, start(3, 8), max_iter=5000, tol=1e-10)
    C = 1 / (problem.l2 * problem.components)
    known = LogisticRegression(C=C, fit_intercept=False, tol=1e-13, solver="newton-cg")
    known.fit(problem.A.reshape(-1, 3), problem.y.ravel())
    np.testing.assert_allclose(trace.x, known.coef_[0], atol=1e-6)


def test_prox_of_a_logistic_term_is_stationary():
    problem = logistic_agents()
    for t in (1e-3, 1.0, 1e3):
        for scale in (1.0, 100.0):
            x = scale * start(3, 9)
            u = problem.component_prox(1, x, t)
            p = 1 / (1 + np.exp(problem.y[1] * (problem.A[1] @ u)))
            g = problem.l2 * u - problem.A[1].T @ (problem.y[1] * p) + (u - x) / t
            assert np.linalg.norm(g) <= 1e-9 * (1 + np.linalg.norm(x) / t)


def test_two_agents_are_two_blocks():
    """Consensus between two is ADMM between x's product space and its diagonal: same limit."""
    problem = agents(n=2)
    both = P.SumOfTwo(*(Agent(problem, i) for i in range(2)))
    one = oe.run(oe.ConsensusADMM(), problem, start(3, 10), max_iter=5000, tol=1e-10)
    two = oe.run(oe.ADMM(), both, start(3, 10), max_iter=5000, tol=1e-10)
    np.testing.assert_allclose(one.x, two.x, atol=1e-8)


class Agent:
    """One agent's term."""

    def __init__(self, problem, i):
        self.problem, self.i = problem, i

    def value(self, x):
        return self.problem.component_value(self.i, x)

    def prox(self, x, t):
        return self.problem.component_prox(self.i, x, t)


@pytest.fixture(scope="module")
def dask():
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        yield client.get_executor()


@pytest.mark.parametrize("kind", ["threads", "loky", "dask"])
def test_any_executor_gives_the_sequential_numbers(kind, request):
    problem, x0 = logistic_agents(), start(3, 11)
    method = oe.ConsensusADMM(30.0, balance=10)
    known = steps_of(method, problem, x0, 12).state
    if kind == "threads":
        with ThreadPoolExecutor(3) as pool:
            found = consensus_admm(problem, x0, pool, method=method, max_iter=12)
    else:
        pool = loky.get_reusable_executor(2) if kind == "loky" else request.getfixturevalue("dask")
        found = consensus_admm(problem, x0, pool, method=method, max_iter=12)
    for one, other in zip(found, known, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_parallel_run_stops_when_agents_agree():
    with ThreadPoolExecutor(2) as pool:
        state = consensus_admm(agents(), start(3, 12), pool, max_iter=5000, tol=1e-9)
    assert state.k < 5000
    assert np.linalg.norm(state.local - state.x) <= 1e-9


def test_three_blocks_diverge():
    """The example of chen2016: one Gauss-Seidel sweep over three blocks has spectral radius > 1."""
    A = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 2.0], [1.0, 2.0, 2.0]])

    def sweep(state):
        x, y = state[:3].copy(), state[3:]
        for j in range(3):
            a = A[:, j]
            x[j] = -a @ (A @ x - a * x[j] + y) / (a @ a)
        return np.concatenate([x, y + A @ x])

    matrix = np.column_stack([sweep(e) for e in np.eye(6)])
    radius = np.abs(np.linalg.eigvals(matrix)).max()
    assert radius == pytest.approx(1.0278, abs=5e-5)
