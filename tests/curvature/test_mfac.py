import tracemalloc

import numpy as np
import pytest

import optedu as oe
from optedu.curvature.empirical_fisher import (
    fisher_directions,
    inverse_fisher_diagonal,
    inverse_fisher_entry,
    inverse_fisher_product,
    prune,
    pruning_scores,
    window_coefficients,
    window_product,
)
from optedu.problems.generators import random_least_squares


def gradients(seed, m=10, d=50, damping=0.1):
    rng = np.random.default_rng(seed)
    G = rng.standard_normal((m, d)) * np.exp(rng.normal(size=(m, 1)))
    return G, damping * np.eye(d) + G.T @ G / m, rng


def static(G, damping, x):
    V, pivots = fisher_directions(G, damping)
    return inverse_fisher_product(V, pivots, damping, x)


def dynamic(G, damping, x):
    B, pivots = window_coefficients(G @ G.T, damping)
    return window_product(G, B, pivots, damping, x, G @ x)


@pytest.mark.parametrize("damping", [1e-2, 1.0, 30.0])
@pytest.mark.parametrize("product", [static, dynamic])
def test_products_are_those_with_the_dense_inverse(product, damping):
    for seed in range(5):
        G, F, rng = gradients(seed, damping=damping)
        x = rng.standard_normal(50)
        exact = np.linalg.solve(F, x)
        error = np.linalg.norm(product(G, damping, x) - exact)
        assert error <= 1e-10 * np.linalg.norm(exact)
        other = product(G[:-1], damping, x)  # negative control: one gradient less
        assert np.linalg.norm(other - exact) > 1e-4 * np.linalg.norm(exact)


def test_directions_are_products_with_the_partial_fisher_matrices():
    G, _, _ = gradients(3)
    V, pivots = fisher_directions(G, 0.1)
    F = 0.1 * np.eye(50)
    for g, v, pivot in zip(G, V, pivots, strict=True):
        np.testing.assert_allclose(v, np.linalg.solve(F, g), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(pivot, len(G) + g @ v, rtol=1e-12)
        F += np.outer(g, g) / len(G)


def test_coefficients_give_the_directions():
    G, _, _ = gradients(4)
    V, pivots = fisher_directions(G, 0.1)
    B, same = window_coefficients(G @ G.T, 0.1)
    np.testing.assert_allclose(B @ G, V, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(same, pivots, rtol=1e-10)
    assert np.array_equal(B, np.tril(B))


def test_single_entries_and_the_diagonal():
    G, F, _ = gradients(5)
    V, pivots = fisher_directions(G, 0.1)
    inverse = np.linalg.inv(F)
    entries = [[inverse_fisher_entry(V, pivots, 0.1, i, j) for j in range(50)] for i in range(50)]
    np.testing.assert_allclose(entries, inverse, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(
        inverse_fisher_diagonal(V, pivots, 0.1), np.diag(inverse), rtol=1e-11
    )


@pytest.mark.parametrize("steps", [1, 3, 5, 12])
def test_after_cyclic_replacement_the_window_is_a_fresh_build(steps):
    """The method's state after some steps is what the last m gradients would give anew."""
    problem = random_least_squares(12, 6, seed=2)
    method = oe.MFAC(0.01, memory=5, damping=0.3).resolve(problem)
    rng, draws = np.random.default_rng(7), np.random.default_rng(7)
    state, seen = method.init(problem, np.ones(6), rng), []
    for _ in range(steps):
        i = draws.integers(0, 12, 1)[0]
        seen.append(problem.component_gradient(i, state.x))
        old, state = state, method.step(problem, state, rng)
    fresh = np.zeros((5, 6))
    fresh[: min(5, steps)] = seen[-5:]
    np.testing.assert_allclose(state.gram, state.window @ state.window.T, rtol=1e-12, atol=1e-12)
    exact = np.linalg.solve(0.3 * np.eye(6) + fresh.T @ fresh / 5, seen[-1])
    np.testing.assert_allclose((old.x - state.x) / 0.01, exact, rtol=1e-9, atol=1e-10)


def test_momentum_is_a_mean_of_preconditioned_gradients():
    problem = random_least_squares(12, 4, seed=1)
    method = oe.MFAC(0.01, memory=3, damping=0.5, momentum=0.8).resolve(problem)
    rng = np.random.default_rng(1)
    state = method.init(problem, np.ones(4), rng)
    mean = np.zeros(4)
    for _ in range(6):
        new = method.step(problem, state, rng)
        g = new.window[state.k % 3]
        F = 0.5 * np.eye(4) + new.window.T @ new.window / 3
        mean = 0.8 * mean + 0.2 * np.linalg.solve(F, g)
        np.testing.assert_allclose(state.x - 0.01 * mean, new.x, rtol=1e-10)
        state = new


def test_with_a_huge_damping_it_is_stochastic_gradient_descent():
    problem = random_least_squares(12, 4, seed=1)
    method = oe.MFAC(0.01 * 1e12, memory=3, damping=1e12).resolve(problem)
    rng, draws = np.random.default_rng(3), np.random.default_rng(3)
    state, x = method.init(problem, np.ones(4), rng), np.ones(4)
    for _ in range(20):
        state = method.step(problem, state, rng)
        x = x - 0.01 * problem.component_gradient(draws.integers(0, 12, 1)[0], x)
        np.testing.assert_allclose(state.x, x, rtol=1e-6)


def test_matrix_iterates_are_flattened():
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((20, 3)), rng.integers(0, 3, 20)
    problem = oe.problems.SoftmaxRegression(X, Y, l2=0.1)
    x0 = rng.standard_normal(problem.shape)
    state = oe.run(
        oe.MFAC(memory=4, damping=0.1), problem, x0, max_iter=1, execution="python"
    ).state
    g = state.window[0]
    F = 0.1 * np.eye(g.size) + np.outer(g, g) / 4
    np.testing.assert_allclose(
        (x0 - state.x).ravel(), 1e-3 * np.linalg.solve(F, g), rtol=1e-9, atol=1e-12
    )


def test_scores_are_the_rise_of_the_quadratic_model():
    """Least of u'Fu / 2 over changes u with u_i = -w_i, by its KKT system."""
    G, F, rng = gradients(6, d=12)
    w = rng.standard_normal(12)
    V, pivots = fisher_directions(G, 0.1)
    scores = pruning_scores(w, inverse_fisher_diagonal(V, pivots, 0.1))
    for i in range(12):
        e = np.eye(12)[i]
        kkt = np.block([[F, e[:, None]], [e[None, :], np.zeros((1, 1))]])
        u = np.linalg.solve(kkt, np.append(np.zeros(12), -w[i]))[:12]
        np.testing.assert_allclose(scores[i], 0.5 * u @ F @ u, rtol=1e-9)


def test_pruning_leaves_zeros_and_adapts_the_rest():
    G, F, rng = gradients(8, d=12)
    w = rng.standard_normal(12)
    pruned = prune(G, 0.1, w, 4)
    gone = np.flatnonzero(pruned == 0)
    assert gone.size == 4
    kept = np.setdiff1d(np.arange(12), gone)
    # what is left is the best change of the kept weights: F u = 0 there, for u = pruned - w
    np.testing.assert_allclose((F @ (pruned - w))[kept], 0.0, atol=1e-9)


def test_memory_grows_like_the_dimension():
    """80 times the dimension; a matrix of d by d would take 6400 times the memory."""
    peaks = []
    for d in (10_000, 800_000):
        G = np.random.default_rng(0).standard_normal((8, d))
        tracemalloc.start()
        dynamic(G, 0.1, G[0])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert 40 < peaks[1] / peaks[0] < 90
