"""Aghasi, Abdi and Romberg: few weights that answer as a trained layer, by one convex program."""

import cvxpy as cp
import numpy as np
import pytest
from scipy.optimize import linprog

import optedu as oe
from optedu.problems.data import digits


def planted(n, N, units, terms, seed):
    """Gaussian inputs, and a layer of which each unit has few weights."""
    rng = np.random.default_rng(seed)
    X, W = rng.standard_normal((n, N)), np.zeros((N, units))
    for j in range(units):
        W[rng.choice(N, terms, replace=False), j] = rng.standard_normal(terms)
    return X, W


def trimmed(problem, penalty=1.0, steps=4000, tol=1e-8):
    graph = oe.problems.GraphForm.of(problem)
    return graph.point(oe.run(oe.ADMM(penalty, 1.7), graph, max_iter=steps, tol=tol).x)


def clarabel(problem):
    """Return the minimum by an interior point method, from the program as it is printed."""
    U, on = cp.Variable(problem.shape), (problem.Y > 0) * 1.0
    Z = problem.X @ U
    constraints = [
        cp.norm(cp.multiply(on, Z - problem.Y), "fro") <= problem.accuracy,
        cp.multiply(1 - on, Z) <= 0,
    ]
    program = cp.Problem(cp.Minimize(cp.sum(cp.abs(U))), constraints)
    program.solve(solver=cp.CLARABEL)
    return program.value


def sparsest(X, y):
    """Return the program's solution for one unit and accuracy 0, by linear programming."""
    on, N = y > 0, X.shape[1]
    both = np.hstack([X, -X])
    off = both[~on] if not on.all() else None
    solution = linprog(
        np.ones(2 * N), A_ub=off, b_ub=None if off is None else np.zeros(len(off)),
        A_eq=both[on], b_eq=y[on], bounds=(0, None),
    )  # fmt: skip
    return solution.x[:N] - solution.x[N:]


@pytest.mark.parametrize("accuracy", [0.1, 1.0])
def test_the_optimum_is_that_of_an_interior_point_method(accuracy):
    """20 inputs, 40 samples; two methods, one minimum."""
    X, W = planted(40, 20, 3, 8, seed=0)
    problem = oe.problems.NetTrim(X, np.maximum(X @ W, 0.0), accuracy)
    best = clarabel(problem)
    x = trimmed(problem)
    assert problem.value(x) == pytest.approx(best, rel=1e-6)
    assert problem.violation(x) <= 1e-6
    other = oe.run(oe.ChambollePock(), problem, max_iter=4000, tol=1e-9).x
    assert problem.value(other) == pytest.approx(best, rel=1e-4)
    assert problem.violation(other) <= 1e-6


def test_the_solution_keeps_the_answers_and_duality_proves_it_least():
    """Any y with |K'y| <= 1 bounds the minimum: max of <y, Z> over the set is what it costs."""
    X, W = planted(40, 20, 3, 8, seed=1)
    Y = np.maximum(X @ W, 0.0)
    problem = oe.problems.NetTrim(X, Y, 0.5)
    graph = oe.problems.GraphForm.of(problem)
    state = oe.run(oe.ADMM(1.0, 1.7), graph, max_iter=4000, tol=1e-9)
    x = graph.point(state.x)
    assert np.linalg.norm(problem.responses(x) - Y) <= 0.5 + 1e-7
    program = oe.run(oe.ChambollePock(), problem, max_iter=6000, tol=1e-10)
    y = program.state.y.reshape(Y.shape)
    y = y / max(1.0, np.abs(X.T @ y).max())
    on = Y > 0
    assert (y[~on] >= 0).all()
    bound = -(np.sum(y[on] * Y[on]) + 0.5 * np.linalg.norm(y[on]))
    assert bound <= problem.value(x) + 1e-6
    assert bound == pytest.approx(problem.value(x), rel=1e-4)


def recovered(n, N, terms, tries, seed):
    """Return how often one planted unit is found from n samples."""
    hits = 0
    for k in range(tries):
        X, W = planted(n, N, 1, terms, seed=[seed, k, n, terms])
        U = sparsest(X, np.maximum(X @ W[:, 0], 0.0))
        hits += np.abs(U - W[:, 0]).max() <= 1e-6
    return hits / tries


def test_a_planted_unit_is_found_once_there_are_enough_samples():
    """N = 60: from s log(N / s) samples never, from 5 s log(N / s) always, in 12 draws each."""
    N = 60
    for terms in (2, 5, 10):
        scale = terms * np.log(N / terms)
        few, many = int(np.ceil(1.0 * scale)), int(np.ceil(5.0 * scale))
        print(terms, few, recovered(few, N, terms, 12, 7), many, recovered(many, N, terms, 12, 8))
        assert recovered(few, N, terms, 12, seed=7) <= 0.25
        assert recovered(many, N, terms, 12, seed=8) == 1.0


def test_admm_finds_the_planted_layer_too():
    X, W = planted(120, 40, 4, 4, seed=3)
    problem = oe.problems.NetTrim(X, np.maximum(X @ W, 0.0), 0.0)
    x = trimmed(problem, penalty=3.0, steps=6000)
    assert np.abs(x - W).max() <= 1e-5
    assert np.array_equal(np.abs(x) > 1e-4, W != 0)


def mlp(seed=0, units=16, steps=300):
    """Two layers for ten digits, by full gradients with momentum; the backward pass by hand."""
    A, y = digits(intercept=True)
    order = np.random.default_rng(5).permutation(len(y))[:400]
    X, Y = A[order] / 8.0, np.eye(10)[y[order]]
    rng = np.random.default_rng(seed)
    W1, W2 = 0.3 * rng.standard_normal((65, units)), 0.3 * rng.standard_normal((units, 10))
    V1, V2 = np.zeros_like(W1), np.zeros_like(W2)
    for _ in range(steps):
        H = np.maximum(X @ W1, 0.0)
        Z = H @ W2
        E = np.exp(Z - Z.max(axis=1, keepdims=True))
        slope = (E / E.sum(axis=1, keepdims=True) - Y) / len(Y)
        V2 = 0.9 * V2 - 0.5 * (H.T @ slope + 1e-4 * W2)
        V1 = 0.9 * V1 - 0.5 * (X.T @ ((slope @ W2.T) * (H > 0)) + 1e-4 * W1)
        W1, W2 = W1 + V1, W2 + V2
    return X, Y, W1, W2


def test_a_trimmed_network_changes_its_logits_by_no_more_than_predicted():
    """||H' W_2 - H W_2|| <= ||H' - H|| ||W_2||, the first factor at most the accuracy."""
    X, Y, W1, W2 = mlp()
    H = np.maximum(X @ W1, 0.0)
    before = H @ W2
    right = np.mean(before.argmax(axis=1) == Y.argmax(axis=1))
    accuracy = 0.1 * np.linalg.norm(H)
    problem = oe.problems.NetTrim(X, H, accuracy)
    U = trimmed(problem, penalty=30.0, steps=500, tol=1e-4)
    U = np.where(np.abs(U) > 1e-6, U, 0.0)
    reached = max(accuracy, accuracy + problem.violation(U))
    after = problem.responses(U) @ W2
    moved, allowed = np.linalg.norm(after - before), reached * np.linalg.norm(W2, 2)
    kept = np.mean(U != 0) / np.mean(W1 != 0)
    now = np.mean(after.argmax(axis=1) == Y.argmax(axis=1))
    print(right, now, moved, allowed, kept, problem.violation(U) / accuracy)
    assert moved <= allowed
    assert kept <= 0.65  # measured 0.55, and no image changes its class
    assert now >= right - 0.02
