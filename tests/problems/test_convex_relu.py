"""Convex programs of networks: the optimum against Clarabel, bounds, edges."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.kernels.patterns import (
    cone_adjoint,
    cone_products,
    masked_adjoint,
    masked_kernel,
    masked_sum,
)
from optedu.problems.activation_patterns import all_patterns
from optedu.problems.convex_relu import dual_bound, fit_conjugate, fit_loss, fit_slope
from tests.convex_networks.examples import clarabel, cones, data, gated, sampled, small

P = oe.problems


def arrays(n=7, d=3, m=5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), (rng.random((n, m)) < 0.5) * 1.0, rng


@pytest.mark.parametrize("n", [7, 300])
@pytest.mark.parametrize("m", [5, 400])
def test_kernels_against_the_matrix_that_is_never_formed(n, m, monkeypatch):
    """300 rows and 400 patterns are more than one block."""
    X, D, rng = arrays(n, 3, m)
    F = np.concatenate([D[:, [i]] * X for i in range(m)], axis=1)
    W, r = rng.standard_normal((m, 3)), rng.standard_normal(n)
    np.testing.assert_allclose(masked_sum(X, D, W), F @ W.ravel(), rtol=0, atol=1e-10)
    np.testing.assert_allclose(masked_adjoint(X, D, r), (F.T @ r).reshape(m, 3), rtol=0, atol=1e-10)
    np.testing.assert_allclose(masked_kernel(X, D), F @ F.T, rtol=0, atol=1e-9)
    V, Y = rng.standard_normal((2 * m, 3)), rng.standard_normal((n, 2 * m))
    S = np.concatenate((2 * D - 1, 2 * D - 1), axis=1)
    np.testing.assert_allclose(cone_products(X, D, V), S * (X @ V.T), rtol=0, atol=1e-12)
    np.testing.assert_allclose(cone_adjoint(X, D, Y), (S * Y).T @ X, rtol=0, atol=1e-10)


@pytest.mark.parametrize("logistic", [False, True])
def test_conjugate_of_the_loss(logistic):
    rng = np.random.default_rng(1)
    y = np.sign(rng.standard_normal(6)) if logistic else rng.standard_normal(6)
    z = rng.standard_normal(6)
    u = fit_slope(z, y, logistic)
    both = fit_loss(z, y, logistic) + fit_conjugate(u, y, logistic)
    assert abs(both - u @ z) < 1e-12
    for other in rng.standard_normal((20, 6)):
        assert fit_loss(other, y, logistic) + fit_conjugate(u, y, logistic) >= u @ other - 1e-12


@pytest.mark.parametrize("logistic", [False, True])
def test_optimum_of_the_gated_program_is_that_of_clarabel(logistic):
    problem = gated(sampled(logistic=logistic))
    best, _ = clarabel(problem)
    trace = oe.run(oe.SearchingRestartedFISTA(), problem, tol=1e-11 * best, max_iter=20_000)
    assert trace.certificate.name == "duality gap"
    assert trace.success
    assert abs(problem.value(trace.x) - best) <= 1e-9 * best


def test_optimum_of_the_convex_program_is_that_of_clarabel():
    """n = 40, d = 4, by ADMM run until it rests."""
    problem = sampled(40, 4, 30, seed=1, beta=2.0)
    best, _ = clarabel(problem)
    trace = oe.run(oe.ConvexNetworkADMM(), problem, tol=1e-10, max_iter=20_000)
    assert trace.success
    assert cones(problem, trace.x) < 1e-9
    assert abs(problem.value(trace.x) - best) <= 1e-9 * best
    slope = fit_slope(problem.outputs(trace.x), problem.y, problem.logistic)
    lower = dual_bound(problem, slope, trace.state.rho * trace.state.nu)
    assert 0 <= best * (1 + 1e-9) - lower <= 1e-8 * best


@pytest.mark.parametrize("logistic", [False, True])
def test_dual_bound_is_below_for_any_slope_and_multipliers(logistic):
    problem = small(8, 2, 3, 0.2, logistic)
    best, _ = clarabel(problem)
    rng = np.random.default_rng(2)
    for _ in range(30):
        y = rng.normal(0.0, 10 ** rng.uniform(-2, 1), problem.linear_map(problem.start).size)
        slope = fit_slope(rng.standard_normal(8), problem.y, logistic)
        assert dual_bound(problem, slope, y) <= best + 1e-9
    # at the solution it is tight
    if logistic:
        state = oe.run(oe.ConeAugmentedLagrangian(inner=200), problem, tol=1e-5, max_iter=150).state
        y = state.y
    else:
        state = oe.run(oe.ConvexNetworkADMM(), problem, tol=1e-8, max_iter=5000).state
        y = state.rho * state.nu
    slope = fit_slope(problem.outputs(state.x), problem.y, logistic)
    assert dual_bound(problem, slope, y) > best * (1 - 1e-3)
    looser = problem._replace(beta=1.05 * problem.beta)  # so would be a wrong scale
    assert dual_bound(looser, 1.05 * slope, 1.05 * y) > best * (1 + 1e-4)


def test_order_of_patterns_changes_nothing():
    problem = small(10, 2, 4)
    order = np.random.default_rng(3).permutation(problem.patterns.shape[1])
    other = problem._replace(patterns=problem.patterns[:, order])
    both = np.concatenate((order, order + len(order)))
    x = np.random.default_rng(4).standard_normal(problem.shape)
    assert abs(problem.value(x) - other.value(x[both])) < 1e-12
    np.testing.assert_allclose(other.gradient(x[both]), problem.gradient(x)[both], atol=1e-12)
    runs = [oe.run(oe.ConvexNetworkADMM(), p, max_iter=200, tol=0.0) for p in (problem, other)]
    np.testing.assert_allclose(runs[1].x, runs[0].x[both], rtol=0, atol=1e-8)


def test_programs_are_ordered():
    """More patterns help; cones cost; rays instead of cones cost more."""
    from optedu.convex_networks.random_features import random_features

    X, y = data(12, 2, 5)
    every = all_patterns(X)
    values = []
    for kept in (6, 12, every.active.shape[1]):
        problem = P.ConvexReLU(X, y, every.active[:, :kept], 0.2)
        cone, gate = clarabel(problem)[0], clarabel(gated(problem))[0]
        A = random_features(X, every.gates[:kept])
        lasso = P.L1LeastSquares.from_matrix(A, y, 0.2)
        ray = lasso.value(oe.run(oe.RestartedFISTA(), lasso, max_iter=20_000, tol=1e-9).x)
        assert gate <= cone + 1e-8
        assert cone <= ray + 1e-8
        values.append(cone)
    assert (np.diff(values) <= 1e-8).all()


@pytest.mark.parametrize(
    "kind", ["duplicates", "zero row", "constant feature", "one class", "beta"]
)
@pytest.mark.parametrize("logistic", [False, True])
def test_degenerate_data_are_served(kind, logistic):
    X, y = data(10, 2, 6, logistic)
    beta = 0.3
    if kind == "duplicates":
        X, y = np.concatenate((X, X[:4])), np.concatenate((y, y[:4]))
    elif kind == "zero row":
        X = X * (np.arange(10) > 0)[:, None]
    elif kind == "constant feature":
        X = np.column_stack((X, 2 * np.ones(10)))
    elif kind == "one class":
        y = np.ones(10)
    elif logistic:
        return  # beta = 0 with separable labels has no minimizer
    else:
        beta = 0.0
    problem = P.ConvexReLU(X, y, all_patterns(X).active, beta, logistic)
    best, _ = clarabel(problem)
    method = oe.ConeAugmentedLagrangian() if logistic else oe.ConvexNetworkADMM()
    trace = oe.run(method, problem, max_iter=400, tol=1e-7)
    assert problem.value(trace.x) <= best + 0.1 * (1 + abs(best))
    assert cones(problem, trace.x) < 0.02


X2, D2, y2 = np.eye(2), np.ones((2, 1)), np.array([1.0, 2.0])


@pytest.mark.parametrize("cls", [P.ConvexReLU, P.GatedReLU])
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((X2, y2, D2, -1.0), "beta must be at least 0 and finite, got -1"),
        ((X2, y2[:1], D2), r"y must have shape \(2,\)"),
        ((X2, y2, D2[:1]), "patterns must have one row per row of X"),
        ((X2, y2, D2[:, :0]), "patterns"),
        ((X2, y2, 0.5 * D2), r"patterns must hold zeros and ones; pass sampled_patterns"),
        ((X2, y2, D2, 0.1, True), r"y must hold -1 and \+1, got 2.0 at index 1"),
        ((np.array([[np.nan, 1.0], [0.0, 1.0]]), y2, D2), "X must be finite, got nan"),
        ((X2, np.array([1.0, np.nan]), D2), "y must be finite, got nan at index 1"),
    ],
)
def test_refusals(cls, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        cls(*arguments)
