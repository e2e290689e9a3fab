import cvxpy as cp
import numpy as np
import pytest
from scipy.optimize import linprog

from optedu.duality.active_set import simplex_quadratic
from optedu.duality.cuts import lowest_of_model, proximal_point_of_model
from optedu.duality.simplex_method import simplex_method


def residual(Q, q, a, z):
    """Largest violation of: z >= 0, sum = 1, Qz + q - nu a >= 0 with equality where z > 0."""
    g = Q @ z + q
    used = z > 1e-12
    in_sum = used & (a > 0)
    nu = g[in_sum][0]
    reduced = g - nu * a
    return max(-z.min(), abs(a @ z - 1), -reduced.min(), np.abs(reduced[used]).max())


@pytest.mark.parametrize("seed", range(30))
def test_quadratic_over_the_simplex_is_exact(seed):
    rng = np.random.default_rng(seed)
    n, rank = rng.integers(2, 20), rng.integers(1, 8)
    M = rng.normal(size=(rank, n))  # singular as a rule
    Q, q, a = M.T @ M, rng.normal(size=n), np.ones(n)
    if seed % 2:
        a[n // 2 + 1 :] = 0.0
        q[a == 0] = np.abs(q[a == 0])  # bounded
    z = simplex_quadratic(Q, q, a, 0, 1000)
    assert residual(Q, q, a, z) <= 1e-10


def test_degenerate_copies_of_one_column():
    M = np.repeat(np.array([[1.0, 0.0], [0.0, 1.0]]), 5, axis=1)
    z = simplex_quadratic(M.T @ M, np.zeros(10), np.ones(10), 3, 1000)
    np.testing.assert_allclose(M @ z, [0.5, 0.5], atol=1e-14)


def test_unbounded_program_says_nan():
    Q, q = np.zeros((2, 2)), np.array([0.0, -1.0])
    assert np.isnan(simplex_quadratic(Q, q, np.array([1.0, 0.0]), 0, 10)).all()


@pytest.mark.parametrize("seed", range(10))
def test_simplex_method_against_highs(seed):
    rng = np.random.default_rng(seed)
    m, n = 4, 9
    A = np.hstack((np.eye(m), rng.normal(size=(m, n - m))))
    b, c = rng.uniform(0.1, 2.0, m), rng.normal(size=n)
    z, y, _, code = simplex_method(A, b, c, np.arange(m), 1000)
    peer = linprog(c, A_eq=A, b_eq=b)
    assert code == {0: 0, 3: 1}[peer.status]
    if code == 0:
        assert c @ z == pytest.approx(peer.fun, abs=1e-10)
        np.testing.assert_allclose(A @ z, b, atol=1e-10)
        assert (c - A.T @ y).min() >= -1e-9
        assert b @ y == pytest.approx(c @ z, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("nonnegative", [False, True])
def test_master_programs_against_conic_solver(seed, nonnegative):
    rng = np.random.default_rng(seed)
    G, e, center = rng.normal(size=(12, 4)), rng.normal(size=12), np.abs(rng.normal(size=4))
    y, r = cp.Variable(4), cp.Variable()
    cuts = [G @ y + e <= r]
    exact = {"solver": cp.CLARABEL, "tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12}
    positive = [y >= 0] if nonnegative else []
    t = 10 ** rng.uniform(-1, 1)
    cp.Problem(cp.Minimize(r + cp.sum_squares(y - center) / (2 * t)), cuts + positive).solve(
        **exact
    )
    found, lowest, w = proximal_point_of_model(G, e, center, t, nonnegative)
    np.testing.assert_allclose(found, y.value, atol=1e-6)
    assert lowest == pytest.approx(float(r.value), abs=1e-6)
    assert w.sum() == pytest.approx(1.0, abs=1e-12)
    low, high = center - 2, center + 2
    best = cp.Problem(cp.Minimize(r), [*cuts, y >= low, y <= high]).solve(**exact)
    found, lowest = lowest_of_model(G, e, low, high)
    assert lowest == pytest.approx(best, abs=1e-8)
    assert np.all(found >= low)
    assert np.all(found <= high)
