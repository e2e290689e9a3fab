"""Sets known by their vertices or linear minimizers."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, minimize

import optedu as oe
from optedu.problems.polytopes import assignment
from optedu.problems.spectrahedron import leading_pair

P = oe.problems


@pytest.mark.parametrize("n", [1, 2, 5, 12, 30])
def test_assignment_costs_what_scipy_says(n):
    rng = np.random.default_rng(n)
    for cost in (
        rng.normal(size=(n, n)),
        rng.integers(-3, 4, (n, n)).astype(float),
        np.ones((n, n)),
    ):
        columns = assignment(cost)
        assert sorted(columns) == list(range(n))
        rows, best = linear_sum_assignment(cost)
        assert cost[np.arange(n), columns].sum() == pytest.approx(cost[rows, best].sum(), abs=1e-12)


def test_nearest_point_of_a_hull_obeys_the_variational_inequality():
    rng = np.random.default_rng(0)
    for m, d in ((1, 3), (3, 5), (8, 3), (40, 6), (30, 2)):
        V = rng.standard_normal((m, d))
        V = np.vstack((V, V[:1]))  # a vertex twice
        hull = P.Polytope(V)
        for scale in (0.1, 1.0, 30.0):
            x = scale * rng.standard_normal(d)
            p = hull.project(x)
            assert ((V - p) @ (x - p)).max() <= 1e-9 * (1 + scale) ** 2
            assert np.abs(hull.project(p) - p).max() <= 1e-7
        inside = rng.dirichlet(np.ones(m + 1)) @ V
        np.testing.assert_allclose(hull.project(inside), inside, atol=1e-6)


def test_nearest_point_agrees_with_scipy():
    rng = np.random.default_rng(1)
    V, x = rng.standard_normal((7, 4)), 2 * rng.standard_normal(4)
    peer = minimize(
        lambda w: np.sum((w @ V - x) ** 2), np.full(7, 1 / 7), bounds=[(0, 1)] * 7,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1}, method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    np.testing.assert_allclose(P.Polytope(V).project(x), peer.x @ V, atol=1e-6)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (40, 25), (1, 3), (3, 1)])
def test_leading_pair_is_that_of_the_decomposition(shape):
    rng = np.random.default_rng(2)
    G = rng.standard_normal(shape)
    for matrix in (G, np.outer(G[:, 0], G[0])):
        u, sigma, v = leading_pair(matrix, 1e-12)
        assert sigma == pytest.approx(np.linalg.norm(matrix, 2), rel=1e-10)
        np.testing.assert_allclose(matrix @ v, sigma * u, atol=1e-9)
        assert np.linalg.norm(u) == pytest.approx(1)
    u, sigma, v = leading_pair(0 * G, 1e-12)
    assert sigma == 0.0
    assert np.linalg.norm(u) == np.linalg.norm(v) == 1.0


def test_trace_norm_ball_is_the_nuclear_ball():
    G = np.random.default_rng(3).standard_normal((7, 5))
    np.testing.assert_allclose(
        P.TraceNormBall(7, 5, 1.7).linear_minimizer(G), P.NuclearBall(1.7).linear_minimizer(G),
        atol=1e-8,
    )  # fmt: skip


def test_power_works_block_by_block():
    rng = np.random.default_rng(4)
    x, two = rng.standard_normal(6), P.Power(P.Simplex(), 2)
    one = P.Simplex()
    np.testing.assert_array_equal(two.project(x), np.r_[one.project(x[:3]), one.project(x[3:])])
    total = sum(two.block_linear_minimizer(i, x) for i in range(2))
    np.testing.assert_array_equal(total, two.linear_minimizer(x))
    assert two.diameter == pytest.approx(2.0)
    hard = P.Power(P.ProjectionFree(P.Quadratic(np.eye(3), np.ones(3)), P.Simplex()), 2)
    assert not hasattr(hard, "project")


def test_diameters_are_attained():
    assert P.Polytope([[0.0, 0.0], [3.0, 4.0], [1.0, 1.0]]).diameter == 5.0
    assert P.Birkhoff(3).diameter == pytest.approx(np.linalg.norm(np.eye(3) - np.eye(3)[[1, 2, 0]]))
    assert P.Birkhoff(1).diameter == P.Spectrahedron(1).diameter == 0.0
    e = np.eye(2)
    assert P.Spectrahedron(2, 3.0).diameter == pytest.approx(
        3 * np.linalg.norm(np.outer(e[0], e[0]) - np.outer(e[1], e[1]))
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: P.Polytope([1.0, 2.0]), "one vertex per row"),
        (lambda: P.Birkhoff(0), "size must be at least 1"),
        (lambda: P.Spectrahedron(2, -1.0), "trace must be positive"),
        (lambda: P.TraceNormBall(2, 2, accuracy=1.0), "accuracy must be at least 0"),
        (lambda: P.Power(P.Simplex(), 0), "blocks must be at least 1"),
        (lambda: P.MatrixCompletion(np.ones((2, 2)), np.ones((2, 3))), "one shape"),
        (lambda: P.MatrixCompletion(np.ones((2, 2)), -np.ones((2, 2))), "not be negative"),
        (lambda: P.NoisyQuadratic(np.ones((2, 3)), np.ones((2, 3))), "must be square"),
        (lambda: P.NoisyQuadratic(np.eye(2), np.ones((2, 3))), "must have shape"),
    ],
)
def test_bad_data_gets_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
