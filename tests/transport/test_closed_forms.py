"""Transport on a line and between Gaussians, against SciPy, POT and linear programs."""

import numpy as np
import ot
import pytest
from scipy.stats import wasserstein_distance

from optedu.problems.generators import random_rotation
from optedu.transport.gaussian import bures_squared, gaussian_distance, gaussian_map
from optedu.transport.one_dimensional import quantile_coupling, wasserstein_1d


def line(seed, n=7, m=5, ties=False):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=n), rng.normal(1.0, 2.0, m)
    if ties:
        x, y = np.round(x), np.round(y)
    return x, y, rng.random(n) + 0.1, rng.random(m) + 0.1


@pytest.mark.parametrize("ties", [False, True])
def test_the_distance_is_that_of_scipy_and_pot(ties):
    for seed in range(10):
        x, y, a, b = line(seed, ties=ties)
        expected = wasserstein_distance(x, y, a, b)
        assert wasserstein_1d(x, y, a, b) == pytest.approx(expected, abs=1e-12)
        a, b = a / a.sum(), b / b.sum()
        for p in (1, 1.5, 2, 3):
            expected = ot.wasserstein_1d(x, y, a, b, p) ** (1 / p)
            assert wasserstein_1d(x, y, a, b, p) == pytest.approx(expected, abs=1e-12)


def test_equal_masses_are_the_default():
    x, y, _, _ = line(3)
    assert wasserstein_1d(x, y) == pytest.approx(wasserstein_distance(x, y), abs=1e-12)
    assert wasserstein_1d(x, x[::-1]) == 0.0


@pytest.mark.parametrize("p", [1, 2, 4])
def test_the_coupling_is_an_optimal_plan(p):
    for seed in range(5):
        x, y, a, b = line(seed)
        a, b = a / a.sum(), b / b.sum()
        i, j, mass = quantile_coupling(x, y, a, b)
        assert mass.size <= x.size + y.size - 1
        np.testing.assert_allclose(np.bincount(i, mass), a, atol=1e-15)
        np.testing.assert_allclose(np.bincount(j, mass), b, atol=1e-15)
        C = np.abs(np.subtract.outer(x, y)) ** p
        assert mass @ C[i, j] == pytest.approx(ot.emd2(a, b, C), abs=1e-12)


def test_a_concave_cost_is_another_matter():
    """With |x - y|^(1/2) crossing may pay: the quantile coupling is not optimal."""
    x, y, half = np.array([0.0, 1.0]), np.array([1.0, 2.0]), np.full(2, 0.5)
    i, j, mass = quantile_coupling(x, y, half, half)
    C = np.sqrt(np.abs(np.subtract.outer(x, y)))
    assert mass @ C[i, j] > ot.emd2(half, half, C) + 0.2


def test_points_without_mass_count_for_nothing():
    x, y, a, b = line(4)
    expected = wasserstein_1d(x[1:], y, a[1:], b)
    a[0] = 0.0
    assert wasserstein_1d(x, y, a, b) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(([1.0], [1.0], [1.0, 2.0]), "one mass"), (([1.0], [1.0], [-1.0]), "0 or more"),
     (([1.0], [1.0], None, None, 0.5), "p must be"), (([[1.0]], [1.0]), "shapes")],
)  # fmt: skip
def test_what_cannot_be(arguments, words):
    with pytest.raises(ValueError, match=words):
        wasserstein_1d(*arguments)


def gaussians(seed, d=3):
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(2):
        Q = random_rotation(d, rng)
        S = (Q * rng.uniform(0.2, 3.0, d)) @ Q.T
        out += [rng.normal(size=d), (S + S.T) / 2]
    return out


def test_the_bures_distance_is_pots():
    for seed in range(6):
        m, S, n, T = gaussians(seed)
        expected = ot.gaussian.bures_wasserstein_distance(m, n, S, T)
        assert gaussian_distance(m, S, n, T) == pytest.approx(expected, abs=1e-10)
        assert gaussian_distance(n, T, m, S) == pytest.approx(expected, abs=1e-10)
        A, c = gaussian_map(m, S, n, T)
        theirs, shift = ot.gaussian.bures_wasserstein_mapping(m, n, S, T)
        np.testing.assert_allclose(A, theirs, atol=1e-10)
        np.testing.assert_allclose(c, np.ravel(shift), atol=1e-10)


def test_the_map_pushes_and_pays_the_distance():
    """A S A = T, and E ||x - A x - c||^2 = trace((I - A) S (I - A)) + ||m - n||^2."""
    for seed in range(6):
        m, S, n, T = gaussians(seed)
        A, c = gaussian_map(m, S, n, T)
        np.testing.assert_allclose(A, A.T, atol=1e-12)
        assert np.linalg.eigvalsh(A).min() > 0
        np.testing.assert_allclose(A @ S @ A, T, atol=1e-10)
        np.testing.assert_allclose(A @ m + c, n, atol=1e-12)
        away = np.eye(3) - A
        paid = np.trace(away @ S @ away) + np.sum((m - n) ** 2)
        assert paid == pytest.approx(gaussian_distance(m, S, n, T) ** 2, abs=1e-10)


def test_commuting_and_singular_covariances():
    rng = np.random.default_rng(7)
    Q, s, t = random_rotation(3, rng), np.array([1.0, 2.0, 0.0]), np.array([4.0, 0.5, 3.0])
    found = bures_squared((Q * s) @ Q.T, (Q * t) @ Q.T)
    assert found == pytest.approx(np.sum((np.sqrt(s) - np.sqrt(t)) ** 2), abs=1e-7)
    assert bures_squared(np.eye(2), np.eye(2)) == pytest.approx(0.0, abs=1e-14)


def test_on_a_line_it_is_the_quantile_coupling():
    """Of many quantiles of N(0.3, 1.4) and N(-1, 0.36); the tails are cut off."""
    from scipy.stats import norm

    levels = (np.arange(20_000) + 0.5) / 20_000
    x, y = norm.ppf(levels, 0.3, np.sqrt(1.4)), norm.ppf(levels, -1.0, 0.6)
    one = np.eye(1)
    exact = gaussian_distance(np.array([0.3]), 1.4 * one, np.array([-1.0]), 0.36 * one)
    assert wasserstein_1d(x, y, p=2) == pytest.approx(exact, abs=1e-4)


def test_samples_agree():
    """Moved by the map, samples pay the distance within 4 standard errors, and pay the least."""
    m, S, n, T = gaussians(8, d=2)
    A, c = gaussian_map(m, S, n, T)
    x = np.random.default_rng(0).multivariate_normal(m, S, 20_000)
    paid = np.sum((x - x @ A - c) ** 2, axis=1)
    error = paid.std() / np.sqrt(paid.size)
    assert abs(paid.mean() - gaussian_distance(m, S, n, T) ** 2) <= 4 * error
    x = x[:100]
    y = x @ A + c
    assert np.mean(np.sum((x - y) ** 2, axis=1)) == pytest.approx(
        ot.emd2([], [], ot.dist(x, y)), abs=1e-12
    )
