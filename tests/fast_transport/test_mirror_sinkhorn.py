import cvxpy as cp
import numpy as np
import ot
import pytest

import optedu as oe
from optedu.problems.transport_plans import round_to_polytope
from tests.fast_transport.instances import linear, masses


def states(method, problem, steps):
    method = method.resolve(problem)
    state = method.init(problem, problem.start)
    for _ in range(steps):
        state = method.step(problem, state)
        yield state


def test_each_step_has_one_marginal_exact_and_x_has_both():
    problem = linear()
    for k, state in enumerate(states(oe.MirrorSinkhorn(), problem, 30)):
        rows = np.abs(state.P.sum(1) - problem.a).max()
        columns = np.abs(state.P.sum(0) - problem.b).max()
        assert (columns if k % 2 == 0 else rows) <= 1e-14
        assert (rows if k % 2 == 0 else columns) > 1e-14
        assert np.abs(state.x.sum(1) - problem.a).max() <= 1e-15 * 4
        assert np.abs(state.x.sum(0) - problem.b).max() <= 1e-15 * 4
        assert state.x.min() >= 0


def test_with_one_step_it_is_sinkhorn():
    problem, t = linear(), 0.1
    peer = ot.sinkhorn(problem.a, problem.b, problem.objective.cost, t, stopThr=0.0, numItermax=10,
                       warn=False, warmstart=(np.log(problem.a), np.zeros(7)))  # fmt: skip
    found = list(states(oe.MirrorSinkhorn(1 / t, np.inf), problem, 20))[-1]
    assert np.abs(found.P - peer).max() <= 1e-14
    other = list(states(oe.MirrorSinkhorn(1 / t, 9.0), problem, 20))[-1]
    assert np.abs(other.P - peer).max() > 1e-5


def test_sinkhorn_is_alternating_projection():
    problem, t = linear(), 0.1
    dual = oe.problems.EntropicTransport(problem.objective.cost, problem.a, problem.b, t)
    P = dual.plan(dual.start)
    for k in range(1, 11):
        P = problem.bregman_project(1, problem.bregman_project(0, P))
        x = oe.run(oe.Sinkhorn(), dual, max_iter=k, tol=0.0).x
        assert np.abs(P - dual.plan(x)).max() <= 1e-14


def test_projection_is_nearest_in_relative_entropy():
    problem = linear(4, 3)
    P = np.random.default_rng(1).uniform(0.5, 1.5, (4, 3))
    Q = cp.Variable((4, 3), nonneg=True)
    cp.Problem(cp.Minimize(cp.sum(cp.kl_div(Q, P))), [cp.sum(Q, axis=0) == problem.b]).solve(
        solver="CLARABEL"
    )
    assert np.abs(Q.value - problem.bregman_project(1, P)).max() <= 1e-4


def test_rounding_moves_no_more_than_twice_the_errors():
    rng = np.random.default_rng(2)
    for _ in range(20):
        a, b = masses(rng, 6), masses(rng, 4)
        P = np.outer(a, b) * rng.uniform(0.5, 1.5, (6, 4))
        x = round_to_polytope(P, a, b)
        errors = np.abs(P.sum(1) - a).sum() + np.abs(P.sum(0) - b).sum()
        assert np.abs(x - P).sum() <= 2 * errors
        assert np.abs(x.sum(1) - a).max() <= 1e-15
        assert np.abs(x.sum(0) - b).max() <= 1e-15
    assert np.array_equal(round_to_polytope(x, a, b) > 0, x > 0)


def test_certificate_bounds_the_gap():
    problem = linear()
    best = ot.emd2(problem.a, problem.b, problem.objective.cost)
    for k in (1, 2, 5, 10, 50, 200):
        trace = oe.run(oe.MirrorSinkhorn(), problem, max_iter=k, tol=0.0)
        gap = trace.values[-1] - best
        assert -1e-14 <= gap <= trace.certificate.value + 1e-14
    assert trace.certificate.value <= 3 * gap  # and is not much more


def test_square_agrees_with_cvxpy_and_with_the_semi_dual():
    rng = np.random.default_rng(3)
    C, a, b = rng.uniform(size=(6, 5)), masses(rng, 6), masses(rng, 5)
    problem = oe.problems.TransportPolytope(oe.problems.LinearCost(C, 2.0), a, b)
    trace = oe.run(oe.MirrorSinkhorn(), problem, max_iter=6000, tol=0.0)
    P = cp.Variable((6, 5), nonneg=True)
    objective = cp.sum(cp.multiply(C, P)) + cp.sum_squares(P)
    cp.Problem(cp.Minimize(objective), [cp.sum(P, axis=1) == a, cp.sum(P, axis=0) == b]).solve(
        solver="CLARABEL"
    )
    assert trace.values[-1] == pytest.approx(objective.value, abs=1e-3)
    assert trace.values[-1] - objective.value <= trace.certificate.value + 1e-9
    dual = oe.run(oe.LBFGS(), oe.problems.SparseTransport(C, a, b, 2.0, 6), tol=1e-9)
    assert -dual.values[-1] == pytest.approx(objective.value, abs=1e-7)


def test_sentences():
    with pytest.raises(ValueError, match="decay must be 0 or more"):
        oe.MirrorSinkhorn(decay=-1.0)
    with pytest.raises(ValueError, match="same total"):
        oe.problems.TransportPolytope(
            oe.problems.LinearCost(np.ones((2, 2))), np.ones(2), np.full(2, 2.0)
        )
