import numpy as np
import ot
import pytest

import optedu as oe
from optedu.fast_transport.sparse_plan import (
    dual_point,
    dual_search,
    entries_from,
    largest_entries,
    sinkhorn_round,
    solve_bordered,
)
from tests.fast_transport.instances import entropic, matching

METHODS = [oe.SinkhornNewtonSparse(rounds=5), oe.SafeSparseNewton()]


def sparse(P, entries):
    S = np.zeros_like(P)
    S[entries[1], entries[2]] = entries[3]
    return S


def bordered(D, S):
    return np.diag(D) + np.block(
        [[np.zeros((len(S), len(S))), S], [S.T, np.zeros((S.shape[1], S.shape[1]))]]
    )


def test_largest_entries_are_those_of_a_sort():
    P = np.random.default_rng(1).uniform(size=(13, 8)) ** 9
    for count in (1, 5, 40, 104, 200):
        values = np.sort(largest_entries(P, count)[3])
        assert np.array_equal(values, np.sort(P.ravel())[-count:])
    P[np.sort(P.ravel())[-6] > P] = 0.0  # six entries and nothing else
    assert largest_entries(P, 30)[3].size == 6


def test_solution_is_that_of_the_whole_matrix():
    rng = np.random.default_rng(2)
    P = rng.uniform(size=(7, 5))
    D = np.concatenate((P.sum(1), P.sum(0)))
    entries = entries_from(P, 0.4)
    g = rng.normal(size=12)
    M = bordered(D, sparse(P, entries))
    d = solve_bordered(D, entries, g, 1e-12, 100)
    assert np.abs(M @ d - g).max() <= 1e-11
    assert np.linalg.eigvalsh(M)[0] > 0  # the diagonal holds what was dropped


def test_eliminating_a_block_keeps_the_singular_direction_out():
    P = np.random.default_rng(3).uniform(size=(6, 6))
    D = np.concatenate((P.sum(1), P.sum(0)))
    g = np.random.default_rng(4).normal(size=12)
    g[6:] += (g[:6].sum() - g[6:].sum()) / 6
    d = solve_bordered(D, entries_from(P, -1.0), g, 1e-13, 100)
    assert np.abs(bordered(D, P) @ d - g).max() <= 1e-11


def test_sinkhorn_round_by_the_plan_is_the_round_by_sums_of_exponentials():
    problem = entropic()
    t, ab = problem.regularization, problem.marginals
    x = 0.1 * np.random.default_rng(5).normal(size=21)
    for scale in (1.0, 300.0):  # the second underflows and takes the other way
        _, _, g, P = dual_point(problem, scale * x, ab, t)
        wanted = problem.soft_transform(1, problem.soft_transform(0, x, t), t)
        assert np.abs(sinkhorn_round(problem, x, g, P, ab, t) - wanted).max() <= 1e-11 * scale


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("t", [0.3, 0.05, 0.01])
def test_plan_is_that_of_pot(method, t):
    problem = entropic(t=t, seed=6)
    trace = oe.run(method, problem, tol=1e-12, max_iter=200)
    assert trace.success
    peer = ot.sinkhorn(problem.a, problem.b, problem.cost, t, method="sinkhorn_log",
                       stopThr=1e-13, numItermax=200_000)  # fmt: skip
    assert np.abs(problem.plan(trace.x) - peer).max() <= 1e-9


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
def test_far_start_and_unbalanced_shapes(method):
    problem = entropic(5, 14, 0.02, seed=7)
    x0 = 3 * np.random.default_rng(8).normal(size=19)
    trace = oe.run(method, problem, x0, tol=1e-10, max_iter=200)
    assert trace.success
    assert (np.diff(trace.values[1:]) <= 1e-12).all()


def test_with_no_newton_steps_it_is_sinkhorn():
    problem = entropic()
    ours = oe.run(oe.SinkhornNewtonSparse(rounds=50), problem, max_iter=50, tol=0.0)
    other = oe.run(oe.Sinkhorn(), problem, max_iter=50, tol=0.0)
    assert np.abs(ours.x - other.x).max() <= 1e-12


def test_flipped_sign_fails():
    """A step of + M^-1 grad goes uphill, and is cut to 0."""
    problem = matching(40, 200)
    t, ab = problem.regularization, problem.marginals
    state = oe.run(oe.Sinkhorn(), problem, max_iter=10, tol=0.0)
    x, f, g, P = dual_point(problem, state.x, ab, t)
    d = t * solve_bordered(g + ab, entries_from(P, -1.0), g, 1e-12, 1000)
    assert g @ d > 0
    wrong = dual_search(problem, x, f, g, d, ab, t)
    right = dual_search(problem, x, f, g, -d, ab, t)
    assert right[1] < f - 1e-3 * t * np.linalg.norm(g)
    assert np.linalg.norm(wrong[0] - x) <= 1e-9 * np.linalg.norm(d)


def test_threshold_bounds_the_error_of_the_hessian():
    problem = matching(60, 300)
    _, _, g, P = dual_point(
        problem, oe.run(oe.Sinkhorn(), problem, max_iter=5, tol=0.0).x, problem.marginals, 1 / 300
    )
    delta = 0.01 * np.linalg.norm(g)
    dropped = P - sparse(P, entries_from(P, delta / 60))
    assert max(dropped.sum(1).max(), dropped.sum(0).max()) <= delta
    error = bordered(np.zeros(120), dropped)
    assert np.linalg.norm(error, 2) <= delta
    assert np.linalg.norm(error, 2) > 0


def test_epsilon_scaling_ends_as_sinkhorn_and_begins_better():
    problem = matching(60, 300)
    scaled = oe.run(oe.EpsilonScaling(1.0, 0.7), problem, max_iter=60, tol=0.0)
    plain = oe.run(oe.Sinkhorn(), problem, max_iter=60, tol=0.0)
    assert scaled.gradient_norms[-1] < 0.9 * plain.gradient_norms[-1]
    direct = oe.run(oe.EpsilonScaling(first=1e-9), problem, max_iter=7, tol=0.0)
    plain = oe.run(oe.Sinkhorn(at_once=False), problem, max_iter=7, tol=0.0)
    assert np.array_equal(direct.x, plain.x)
    states = [oe.EpsilonScaling(1.0, 0.5, 0.2).init(problem, problem.start)]
    for _ in range(4):
        states.append(oe.EpsilonScaling(1.0, 0.5, 0.2).step(problem, states[-1]))
    assert [state.t for state in states] == [1.0, 0.5, 0.25, 0.2, 0.2]


def test_sentences():
    with pytest.raises(ValueError, match="keep must be positive"):
        oe.SinkhornNewtonSparse(keep=0.0)
    with pytest.raises(ValueError, match="shrink must be below 1"):
        oe.EpsilonScaling(shrink=1.0)


@pytest.mark.parametrize("cls", [oe.SinkhornNewtonSparse, oe.SafeSparseNewton])
def test_a_regularization_that_is_not_the_problems_is_refused(cls):
    problem = oe.problems.EntropicTransport(np.eye(3), np.ones(3), np.ones(3), 0.1)
    with pytest.raises(ValueError, match="is not the problem's"):
        oe.run(cls(regularization=0.2), problem)
    parts = {name: getattr(problem, name) for name in ("gradient", "plan", "soft_transform")}
    blind = oe.Problem.from_functions(problem.value, **parts, regularization=0.1)
    with pytest.raises(ValueError, match="needs marginals"):
        oe.run(cls(), blind, np.zeros(6))
