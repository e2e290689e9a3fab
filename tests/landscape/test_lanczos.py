import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, eigsh
from scipy.stats import wasserstein_distance

import optedu as oe
from optedu.landscape.lanczos import (
    broadened,
    extreme_eigenpairs,
    lanczos,
    ritz_pairs,
    spectral_density,
    spectral_measure,
    tridiagonal,
)
from optedu.problems.generators import quadratic_with_spectrum, random_logistic


def spread(d, seed):
    """A bulk and outliers on both sides, rotated."""
    rng = np.random.default_rng(seed)
    return quadratic_with_spectrum(
        np.concatenate([rng.normal(0.0, 0.1, d - 5), [-3.0, -2.0, 4.0, 5.0, 9.0]]), seed
    )


@pytest.mark.parametrize("order", [1, 2, 7, 30])
def test_rows_are_orthonormal_and_make_the_hessian_tridiagonal(order):
    problem, x = spread(30, 1), np.zeros(30)
    v = np.random.default_rng(2).standard_normal(30)
    alpha, beta, V = lanczos(problem, x, v, order)
    np.testing.assert_allclose(V @ V.T, np.eye(order), atol=1e-13)
    np.testing.assert_allclose(V[0], v / np.linalg.norm(v), rtol=1e-14)
    T = tridiagonal(alpha, beta)
    np.testing.assert_allclose(V @ problem.A @ V.T, T, atol=1e-12)
    rest = problem.A @ V.T - V.T @ T  # only the last column, of length beta
    np.testing.assert_allclose(np.linalg.norm(rest, axis=0)[:-1], 0, atol=1e-12)
    assert np.linalg.norm(rest[:, -1]) == pytest.approx(beta[-1], abs=1e-12)


def test_without_reorthogonalization_converged_eigenvalues_would_come_twice():
    """Why each row is made orthogonal to all others: the plain recurrence, as a control."""
    problem = quadratic_with_spectrum([1e3, *np.linspace(0.0, 1.0, 99)], seed=3)
    v = np.random.default_rng(4).standard_normal(100)
    w, old, beta, rows = v / np.linalg.norm(v), np.zeros(100), 0.0, []
    for _ in range(60):
        rows.append(w)
        u = problem.A @ w - beta * old
        u -= (w @ u) * w
        beta = np.linalg.norm(u)
        old, w = w, u / beta
    plain = np.array(rows)
    assert np.abs(plain @ plain.T - np.eye(60)).max() > 0.5
    V = lanczos(problem, np.zeros(100), v, 60)[2]
    assert np.abs(V @ V.T - np.eye(60)).max() < 1e-12


@pytest.mark.parametrize("seed", range(3))
def test_extreme_eigenpairs_are_numpys_and_scipys(seed):
    d = 80
    problem, x = spread(d, seed), np.zeros(d)
    v = np.random.default_rng([seed, 5]).standard_normal(d)
    values, vectors = extreme_eigenpairs(problem, x, v, 30, 2, 3)
    exact, Q = np.linalg.eigh(problem.A)
    wanted = [0, 1, -3, -2, -1]
    np.testing.assert_allclose(values, exact[wanted], rtol=1e-6)
    overlap = np.abs(np.sum(vectors * Q[:, wanted].T, axis=1))
    np.testing.assert_allclose(overlap, 1.0, atol=1e-6)
    operator = LinearOperator((d, d), lambda u: problem.hessian_product(x, u.ravel()), dtype=float)
    np.testing.assert_allclose(values[2:], np.sort(eigsh(operator, 3, which="LA")[0]), rtol=1e-6)


def test_the_last_entry_of_a_ritz_vector_says_how_good_it_is():
    problem, x = spread(60, 6), np.zeros(60)
    v = np.random.default_rng(7).standard_normal(60)
    alpha, beta, V = lanczos(problem, x, v, 12)
    theta, Y = np.linalg.eigh(tridiagonal(alpha, beta))
    for j in range(12):
        u = V.T @ Y[:, j]
        residual = np.linalg.norm(problem.A @ u - theta[j] * u)
        assert residual == pytest.approx(beta[-1] * abs(Y[-1, j]), abs=1e-12)


def test_full_order_gives_the_whole_spectrum():
    problem, x = spread(25, 8), np.zeros(25)
    values, vectors = ritz_pairs(problem, x, np.random.default_rng(9).standard_normal(25), 99)
    exact = np.linalg.eigvalsh(problem.A)
    np.testing.assert_allclose(values, exact, atol=1e-10)
    np.testing.assert_allclose(vectors @ problem.A @ vectors.T, np.diag(exact), atol=1e-10)


def test_an_invariant_space_ends_the_process():
    problem = quadratic_with_spectrum([1.0, 1.0, 1.0, 5.0, 5.0, 7.0], seed=10)
    v = np.random.default_rng(11).standard_normal(6)
    alpha, beta, _ = lanczos(problem, np.zeros(6), v, 6)
    assert alpha.size == 3  # three different eigenvalues
    assert beta[-1] < 1e-11
    np.testing.assert_allclose(
        np.linalg.eigvalsh(tridiagonal(alpha, beta)), [1.0, 5.0, 7.0], rtol=1e-12
    )
    assert lanczos(problem, np.zeros(6), np.zeros(6), 6)[0].size == 0
    flat = oe.problems.Quadratic(np.zeros((3, 3)), np.ones(3))
    assert lanczos(flat, np.zeros(3), np.ones(3), 3)[0] == pytest.approx([0.0])


def test_matrix_iterates_are_flattened():
    rng = np.random.default_rng(12)
    A, y = rng.standard_normal((20, 3)), np.arange(20) % 4
    problem, x = oe.problems.SoftmaxRegression(A, y, l2=0.1), rng.standard_normal((3, 4))
    values, vectors = ritz_pairs(problem, x, rng.standard_normal((3, 4)), 12)
    assert vectors.shape[1] == 12
    for value, row in zip(values, vectors, strict=True):
        product = problem.hessian_product(x, row.reshape(3, 4)).ravel()
        assert row @ product == pytest.approx(value, rel=1e-9)


def test_quadrature_is_exact_for_polynomials_up_to_degree_2k_minus_1():
    problem, x = spread(40, 13), np.zeros(40)
    nodes, weights = spectral_measure(problem, x, order=6, samples=1, seed=14)
    v = np.random.default_rng(14).standard_normal(40)
    v /= np.linalg.norm(v)
    assert weights.sum() == pytest.approx(1.0, rel=1e-13)
    power = v
    for degree in range(12):
        assert weights @ nodes**degree == pytest.approx(v @ power, rel=1e-9)
        power = problem.A @ power
    assert weights @ nodes**12 != pytest.approx(v @ power, rel=1e-9)


def test_the_density_approaches_the_exact_spectrum():
    """Wasserstein distance to the true eigenvalues: falls with order and samples, and is small."""
    problem, x = spread(200, 15), np.zeros(200)
    exact = np.linalg.eigvalsh(problem.A)

    def distance(order, samples):
        nodes, weights = spectral_measure(problem, x, order, samples, seed=16)
        return wasserstein_distance(exact, nodes, v_weights=weights)

    coarse, fine = distance(3, 20), distance(30, 20)
    assert fine < 0.03 < 0.06 < coarse  # the spectrum is 12 wide
    errors = [abs(distance(30, samples)) for samples in (1, 100)]
    assert errors[1] < 0.4 * errors[0]


def test_the_broadened_density_is_near_the_broadened_histogram():
    problem, x = random_logistic(200, 40, seed=17, l2=1e-3), np.zeros(40)
    exact = np.linalg.eigvalsh(problem.hessian(x))
    grid = np.linspace(exact[0] - 0.3, exact[-1] + 0.3, 400)
    truth = broadened(exact, np.full(40, 1 / 40), grid, 0.05)
    estimate = spectral_density(problem, x, grid, 0.05, order=25, samples=40, seed=18)
    spacing = grid[1] - grid[0]
    assert np.abs(estimate - truth).sum() * spacing < 0.12  # total variation, of at most 2
    assert estimate.sum() * spacing == pytest.approx(1.0, abs=1e-3)
