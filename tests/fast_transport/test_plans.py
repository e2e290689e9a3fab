import itertools

import cvxpy as cp
import numpy as np
import ot
import pytest
from scipy.optimize import minimize

import optedu as oe
from optedu.problems.class_transport import block_soft_threshold, weighted_differences
from optedu.problems.sparse_transport import project_sparse_simplex
from tests.fast_transport.instances import masses


def test_sparse_projection_is_the_best_of_all_supports():
    rng = np.random.default_rng(0)
    for k in (1, 2, 3, 5, 8):
        v, best = rng.normal(size=8), np.inf
        for support in itertools.combinations(range(8), k):
            part = list(support)
            t = np.zeros(8)
            t[part] = oe.problems.Simplex(0.7).project(v[part])
            best = min(best, np.sum((t - v) ** 2))
        t = project_sparse_simplex(v, 0.7, k)
        assert np.sum((t - v) ** 2) == pytest.approx(best, abs=1e-14)
        assert t.sum() == pytest.approx(0.7, abs=1e-15)
        assert (t > 0).sum() <= k


def test_columns_have_their_mass_and_few_entries():
    rng = np.random.default_rng(1)
    a, b = masses(rng, 7), masses(rng, 5)
    for k in (1, 3, 7):
        problem = oe.problems.SparseTransport(rng.uniform(size=(7, 5)), a, b, 0.3, k)
        T = problem.transport(rng.normal(size=7))
        assert np.abs(T.sum(0) - b).max() <= 1e-15
        assert ((T > 0).sum(0) <= k).all()


def test_sentences():
    C, a = np.ones((2, 2)), np.full(2, 0.5)
    with pytest.raises(ValueError, match="k must be between 1 and 2"):
        oe.problems.SparseTransport(C, a, a, 0.1, 3)
    with pytest.raises(ValueError, match="row_differences must have 2 columns"):
        oe.problems.ClassTransport(C, a, a, np.ones((1, 3)), np.ones((1, 2)))


def test_block_soft_threshold_minimizes():
    rng = np.random.default_rng(2)
    Y = rng.normal(size=(4, 3)) * np.array([[0.1], [1.0], [2.0], [0.5]])
    found = block_soft_threshold(Y, 0.6)
    for y, row in zip(Y, found, strict=True):
        best = minimize(
            lambda u, y=y: 0.6 * np.linalg.norm(u) + np.sum((u - y) ** 2) / 2, y,
            method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 4000},
        )  # fmt: skip
        assert np.abs(best.x - row).max() <= 1e-5
    assert (found[0] == 0).all()


def test_weighted_differences():
    weights = np.array([[0.0, 2.0, 0.0], [2.0, 0.0, 0.5], [0.0, 0.5, 0.0]])
    P = np.random.default_rng(3).normal(size=(3, 4))
    expected = [2 * (P[0] - P[1]), 0.5 * (P[1] - P[2])]
    assert np.allclose(weighted_differences(weights) @ P, expected)


def class_problem(n, lam, seed=4):
    rng = np.random.default_rng(seed)
    C, a, b = rng.uniform(size=(n, n)), masses(rng, n), masses(rng, n)
    R, S = (np.exp(-2 * ot.dist(z, z)) for z in rng.uniform(size=(2, n, 2)))
    E, G = weighted_differences(R), weighted_differences(S)
    return oe.problems.ClassTransport(C, a, b, E, G, lam)


@pytest.mark.parametrize(
    ("n", "lam", "dual_step"), [(6, 0.0, None), (6, 0.02, 2.0), (20, 0.002, 0.5)]
)
def test_class_transport_agrees_with_cvxpy(n, lam, dual_step):
    problem = class_problem(n, lam)
    trace = oe.run(
        oe.ChambollePock(dual_step=dual_step),
        problem,
        tol=1e-8,
        max_iter=60_000,
        execution="python",
        record_every=100,
    )
    assert trace.success
    P = cp.Variable((n, n), nonneg=True)
    rows, columns = problem.row_differences @ P, problem.column_differences @ P.T
    norms = cp.sum(cp.norm(rows, axis=1)) + cp.sum(cp.norm(columns, axis=1))
    objective = cp.sum(cp.multiply(problem.cost, P)) + lam * norms
    constraints = [cp.sum(P, axis=1) == problem.a, cp.sum(P, axis=0) == problem.b]
    cp.Problem(cp.Minimize(objective), constraints).solve(solver="CLARABEL")
    assert problem.value(trace.x) == pytest.approx(objective.value, abs=1e-6)
    assert np.abs(trace.x.sum(1) - problem.a).max() <= 1e-6
    if lam == 0.0:
        assert problem.value(trace.x) == pytest.approx(
            ot.emd2(problem.a, problem.b, problem.cost), abs=1e-6
        )
