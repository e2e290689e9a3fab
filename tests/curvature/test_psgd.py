import numpy as np
import pytest

import optedu as oe
from optedu.curvature.lie_group import fit_diagonal, fit_general, fit_triangular
from optedu.problems.generators import quadratic_with_spectrum, random_quadratic, random_rotation

METHODS = [oe.PSGDGeneral, oe.PSGDTriangular, oe.PSGDDiagonal]


def indefinite(seed, spectrum=(3.0, 1.0, 0.5, -0.7, -2.0)):
    U = random_rotation(len(spectrum), seed)
    H = (U * np.array(spectrum)) @ U.T
    return (H + H.T) / 2


def criterion(P, H):
    """Return E[h'Ph + v'P^{-1}v] over v ~ N(0, I), h = Hv."""
    return np.trace(H @ P @ H) + np.trace(np.linalg.inv(P))


def fitted(fit, Q, H, seed, schedule=((4000, 0.1), (8000, 0.01))):
    rng = np.random.default_rng(seed)
    for steps, rate in schedule:
        for _ in range(steps):
            v = rng.standard_normal(len(H))
            Q = fit(Q, v, H @ v, rate)
    return Q


@pytest.mark.parametrize("fit", [fit_general, fit_triangular])
@pytest.mark.parametrize("seed", [0, 1])
def test_preconditioner_approaches_the_inverse_of_the_absolute_hessian(fit, seed):
    H = indefinite(seed)
    Q = fitted(fit, np.eye(5), H, seed)
    eigenvalues = np.sort(np.linalg.eigvals(Q.T @ Q @ H).real)
    np.testing.assert_allclose(eigenvalues, [-1, -1, 1, 1, 1], atol=0.1)
    assert np.abs(np.linalg.eigvalsh(H) - [-1, -1, 1, 1, 1]).max() > 0.9  # without fitting


def test_inverse_of_the_absolute_hessian_has_the_least_criterion():
    for seed in range(5):
        rng, H = np.random.default_rng(seed), indefinite(seed)
        values, U = np.linalg.eigh(H)
        best = (U / np.abs(values)) @ U.T
        for size in (1e-3, 0.1, 1.0):
            E = size * rng.standard_normal((5, 5))
            Q = np.linalg.cholesky(best).T @ (np.eye(5) + E)
            assert criterion(Q.T @ Q, H) > criterion(best, H)


@pytest.mark.parametrize("fit", [fit_general, fit_triangular])
def test_mean_update_descends_the_criterion_and_rests_at_its_minimum(fit):
    H = indefinite(3)
    values, U = np.linalg.eigh(H)
    at_rest = np.linalg.cholesky((U / np.abs(values)) @ U.T).T
    rng = np.random.default_rng(1)
    V = rng.standard_normal((20_000, 5))
    for Q, rests in ((at_rest, True), (np.eye(5), False)):
        a, b = V @ H @ Q.T, V @ np.linalg.inv(Q)
        mean = (a.T @ a - b.T @ b) / len(V)
        assert (np.abs(mean).max() < 0.1) == rests
    Q, least = np.eye(5), 2 * np.abs(values).sum()
    assert criterion(Q, H) > 1.3 * least
    for v in V[:500]:
        Q = fit(Q, v, H @ v, 0.02)
    assert least <= criterion(Q.T @ Q, H) < 1.1 * least


@pytest.mark.parametrize("seed", range(3))
def test_general_update_is_the_formula(seed):
    rng = np.random.default_rng(seed)
    Q, (v, h) = rng.standard_normal((4, 4)), rng.standard_normal((2, 4))
    a, b = Q @ h, np.linalg.inv(Q).T @ v
    move = (np.outer(a, a) - np.outer(b, b)) / (a @ a + b @ b)
    np.testing.assert_allclose(fit_general(Q, v, h, 0.3), Q - 0.3 * move @ Q, atol=1e-9)
    R = np.triu(Q) + 3 * np.eye(4)
    a, b = R @ h, np.linalg.inv(R).T @ v
    move = np.triu(np.outer(a, a) - np.outer(b, b)) / (a @ a + b @ b)
    new = fit_triangular(R, v, h, 0.3)
    np.testing.assert_allclose(new, R - 0.3 * move @ R, atol=1e-12)
    assert np.array_equal(new, np.triu(new))


def test_the_group_is_never_left():
    """At the largest rate 1, pairs of any scale cannot make Q singular or its sign change."""
    rng = np.random.default_rng(0)
    Q, R, q = np.eye(4), np.eye(4), np.ones(4)
    for _ in range(200):
        v, h = rng.standard_normal((2, 4)) * 10.0 ** rng.uniform(-1, 1, (2, 1))
        Q, R = fit_general(Q, v, h, 1.0), fit_triangular(R, v, h, 1.0)
        q = fit_diagonal(q, v, h, 1.0)
        assert np.linalg.det(Q) > 0
        assert min(np.diag(R).min(), q.min()) > 0


def test_fixed_point_of_the_diagonal_group():
    """q_i^4 = E[v_i^2] / E[h_i^2] = 1 / sum_j H_ij^2, where E[a^2 - b^2] = 0.

    Each pair is normalized by its own size, which shifts the point of rest by up to 10% in q.
    """
    for seed in range(2):
        H = indefinite(seed)
        rest = (H**2).sum(axis=1) ** -0.25
        V = np.random.default_rng(seed).standard_normal((100_000, 5))
        a2, b2 = (rest * (V @ H)) ** 2, (V / rest) ** 2
        np.testing.assert_allclose((a2 - b2).mean(axis=0), 0, atol=0.06)
        q = fitted(fit_diagonal, np.ones(5), H, seed, ((2000, 0.1), (8000, 0.005)))
        np.testing.assert_allclose(q / rest, 1.0, atol=0.12)
        assert np.abs(rest - 1).max() > 0.2


def test_where_the_hessian_is_diagonal_the_diagonal_group_finds_it():
    H = np.diag([5.0, -0.3, 1.0])
    q = fitted(fit_diagonal, np.ones(3), H, 0, ((2000, 0.1), (6000, 0.005)))
    np.testing.assert_allclose(q**2 * np.abs(np.diag(H)), 1.0, atol=0.1)


def changes_of_coordinates(rng):
    full = rng.standard_normal((5, 5)) + 2 * np.eye(5)
    yield fit_general, full, np.linalg.inv(full).T
    lower = np.tril(full) + 2 * np.eye(5)
    yield fit_triangular, lower, np.linalg.inv(lower).T
    scales = rng.uniform(0.2, 5.0, 5)
    yield fit_diagonal, np.diag(scales), 1 / scales


@pytest.mark.parametrize("seed", range(3))
def test_equivariance(seed):
    """In coordinates x = A y the same run has Q_y = Q_x A^{-T}, and A y stays x."""
    rng, H = np.random.default_rng(seed), indefinite(seed)
    for fit, A, back in changes_of_coordinates(rng):
        vector = fit is fit_diagonal
        Q_x, Q_y = (np.ones(5), back) if vector else (np.eye(5), back)
        x = rng.standard_normal(5)
        y = np.linalg.solve(A, x)
        for _ in range(30):
            w = rng.standard_normal(5)
            v = A @ w
            Q_x, Q_y = fit(Q_x, v, H @ v, 0.2), fit(Q_y, w, A.T @ H @ A @ w, 0.2)
            if vector:
                x, y = x - 0.1 * Q_x**2 * (H @ x), y - 0.1 * Q_y**2 * (A.T @ H @ A @ y)
                np.testing.assert_allclose(Q_y, Q_x * back, rtol=1e-8)
            else:
                x = x - 0.1 * Q_x.T @ Q_x @ (H @ x)
                y = y - 0.1 * Q_y.T @ Q_y @ (A.T @ H @ A @ y)
                np.testing.assert_allclose(Q_y, Q_x @ back, rtol=1e-8, atol=1e-8)
            np.testing.assert_allclose(A @ y, x, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_step_is_preconditioned_gradient_descent(method):
    problem = random_quadratic(5, 30.0, seed=4)
    instance, rng, same = method(0.3, 0.2), np.random.default_rng(2), np.random.default_rng(2)
    state = instance.init(problem, np.ones(5), rng)
    first = state[1]
    v = same.standard_normal(5)
    h = problem.A @ v
    scale = first if first.ndim == 1 else np.diag(first)
    np.testing.assert_allclose(scale, (v @ v / (h @ h)) ** 0.25, rtol=1e-12)
    fit = {"PSGDGeneral": fit_general, "PSGDTriangular": fit_triangular}.get(
        method.__name__, fit_diagonal
    )
    new = instance.step(problem, state, rng)
    v = same.standard_normal(5)
    Q = fit(first, v, problem.A @ v, 0.2)
    np.testing.assert_allclose(new[1], Q, rtol=1e-12, atol=1e-14)
    P = np.diag(Q**2) if Q.ndim == 1 else Q.T @ Q
    np.testing.assert_allclose(new.x, 1 - 0.3 * P @ problem.gradient(np.ones(5)), rtol=1e-11)


@pytest.mark.parametrize("method", [oe.PSGDGeneral, oe.PSGDTriangular])
def test_condition_number_does_not_matter_in_the_end(method):
    """Gradient descent needs steps in proportion to kappa; these do not."""
    needed = []
    for kappa in (10.0, 1000.0):
        problem = random_quadratic(6, kappa, seed=1)
        trace = oe.run(method(), problem, np.zeros(6), max_iter=4000, tol=1e-6)
        assert trace.success
        needed.append(trace.iterations[-1])
    assert needed[1] < 10 * needed[0]


@pytest.mark.parametrize("method", METHODS)
def test_a_saddle_is_left(method):
    """P is positive definite whatever H is, so a step along negative curvature goes down."""
    problem = quadratic_with_spectrum([2.0, 1.0, -0.5], 0)
    x0 = problem.minimizer if problem.minimizer is not None else np.zeros(3)
    start = x0 + 1e-3
    trace = oe.run(method(), problem, start, max_iter=300, tol=0.0)
    assert trace.values[-1] < trace.values[0] - 1e-3


def test_refuses_bad_numbers():
    for method in METHODS:
        with pytest.raises(ValueError, match="rate must be at most 1"):
            method(rate=1.5)
        with pytest.raises(ValueError, match="step_size must be positive"):
            method(step_size=0.0)
