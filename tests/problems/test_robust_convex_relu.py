"""Robust convex training: its prox by a search, its reductions, and the graph form for ADMM."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import optedu as oe
from optedu.problems.activation_patterns import all_patterns, sampled_patterns
from optedu.problems.robust_convex_relu import worst_hinge_prox, worst_margins


def problem_of(radius, n=14, d=3, number=5, beta=0.05, seed=0):
    """A small robust problem with a bias, which an attack cannot move."""
    rng = np.random.default_rng(seed)
    X = np.hstack([rng.standard_normal((n, d - 1)), np.ones((n, 1))])
    y = np.sign(X[:, 0] * X[:, 1] + 0.2 * rng.standard_normal(n))
    reach = np.array([radius] * (d - 1) + [0.0])
    return oe.problems.RobustConvexReLU(X, y, sampled_patterns(X, number).active, reach, beta)


def point(problem, seed=1):
    return np.random.default_rng(seed).uniform(0.0, 0.4, problem.shape)


@pytest.mark.parametrize("t", [1e-3, 0.3, 2.0, 50.0])
def test_the_prox_of_the_worst_hinge_is_the_best_of_its_segment(t):
    rng = np.random.default_rng(2)
    V, A = rng.standard_normal((2, 60, 4))
    radius = np.array([0.3, 0.0, 1.5, 0.1])
    S = worst_hinge_prox(V, A, radius, t)

    def model(s, k):
        hinge = max(0.0, 1 - float(worst_margins(s[None], A[k][None], radius)[0]))
        return hinge + np.sum((s - V[k]) ** 2) / (2 * t)

    def along(c, k):
        shifted = V[k] + t * c * A[k]
        return np.sign(shifted) * np.maximum(np.abs(shifted) - t * c * radius, 0.0)

    for k in range(60):
        best = model(S[k], k)
        for u in rng.standard_normal((20, 4)):
            assert best <= model(S[k] + 0.01 * u, k) + 1e-12 * (1 + best)
        slope = minimize_scalar(
            lambda c, k=k: model(along(c, k), k), bounds=(0, 1), method="bounded"
        )
        assert best <= slope.fun + 1e-9


def test_the_prox_at_its_ends_is_that_of_a_line_and_the_identity():
    radius = np.array([0.5, 0.0])
    far = np.array([[9.0, 1.0]])
    assert np.array_equal(worst_hinge_prox(far, np.ones((1, 2)), radius, 0.3), far)
    low = worst_hinge_prox(-far, np.ones((1, 2)), radius, 0.3)
    assert low == pytest.approx(np.array([[-9 + 0.3 + 0.15, -1 + 0.3]]), abs=1e-14)


def test_without_attack_the_problem_is_the_convex_program_with_hinge_loss():
    problem = problem_of(0.0)
    x = point(problem)
    plain = oe.problems.ConvexReLU(problem.X, problem.y, problem.patterns, problem.beta)
    z = plain.outputs(problem.weights(x))
    norms = problem.beta * np.linalg.norm(x, axis=1).sum()
    expected = np.maximum(1 - problem.y * z, 0).sum() + norms
    assert problem.value(x) == pytest.approx(expected, rel=1e-13)
    n, d = problem.X.shape
    cones = plain.linear_map(problem.weights(x))
    assert problem.linear_map(x)[n * d :] == pytest.approx(cones, abs=1e-13)


def test_the_norm_of_the_map_is_bounded():
    problem = problem_of(0.3)
    K = np.array([problem.linear_map(e.reshape(problem.shape)) for e in np.eye(60)])
    assert np.linalg.norm(K, 2) <= problem.linear_norm <= 1.5 * np.linalg.norm(K, 2)


def test_order_of_rows_and_of_patterns_does_not_matter():
    problem, x = problem_of(0.2), point(problem_of(0.2))
    rows, columns = np.random.default_rng(5).permutation(14), np.array([3, 0, 4, 1, 2])
    other = problem._replace(
        X=problem.X[rows], y=problem.y[rows], patterns=problem.patterns[rows][:, columns]
    )
    moved = x[np.concatenate([columns, 5 + columns])]
    assert other.value(moved) == pytest.approx(problem.value(x), rel=1e-13)


def test_no_attack_at_all_leaves_no_pattern_that_changes_within_reach():
    """A row that an attack can move to 0 leaves no unit but the zero one."""
    X, y = np.array([[0.1, 0.1], [1.0, 1.0]]), np.array([1.0, -1.0])
    patterns = all_patterns(X).active
    problem = oe.problems.RobustConvexReLU(X, y, patterns, [0.5, 0.5], 0.1)
    graph = oe.problems.GraphForm.of(problem)
    x = graph.point(oe.run(oe.ADMM(0.3, 1.7), graph, max_iter=2000, tol=1e-10).x)
    assert np.abs(problem.weights(x)).max() <= 1e-8


def test_the_graph_form_projects_onto_the_graph():
    problem = problem_of(0.2)
    graph = oe.problems.GraphForm.of(problem)
    rng = np.random.default_rng(3)
    u = rng.standard_normal(graph.shape)
    p = graph.component_prox(0, u, 0.7)
    size = problem.start.size
    assert problem.linear_map(graph.point(p)) == pytest.approx(p[size:], abs=1e-12)
    for _ in range(10):
        w = rng.standard_normal(problem.shape)
        other = np.concatenate([w.ravel(), problem.linear_map(w)])
        assert (u - p) @ other == pytest.approx(0.0, abs=1e-10 * np.linalg.norm(other))
    assert graph.value(u) == problem.value(graph.point(u))
    q = graph.component_prox(1, u, 0.7)
    assert graph.point(q) == pytest.approx(problem.prox(graph.point(u), 0.7))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.zeros(14)}, r"RobustConvexReLU: y must hold -1 and \+1, got 0.0 at index 0"),
        ({"radius": [0.1, 0.1]}, "one number of 0 or more for each of the 3 columns of X"),
        ({"radius": [0.1, -0.1, 0.0]}, "one number of 0 or more"),
        ({"beta": -1.0}, "RobustConvexReLU: beta must be at least 0"),
        ({"patterns": np.full((14, 2), 0.5)}, "patterns must hold zeros and ones"),
    ],
)
def test_bad_data_is_refused(change, message):
    good = problem_of(0.1)._asdict()
    with pytest.raises(ValueError, match=message):
        oe.problems.RobustConvexReLU(**{**good, **change})


def test_a_graph_needs_oracles_and_numbers_that_fit():
    with pytest.raises(TypeError, match="GraphForm: inner must have the oracle linear_map"):
        oe.problems.GraphForm(oe.problems.L1(), 1, 1, np.eye(1))
    with pytest.raises(ValueError, match="must divide size"):
        oe.problems.GraphForm(problem_of(0.1), 10, 60, np.eye(7))
