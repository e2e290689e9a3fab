"""Random Gaussian fields: covariance, derivatives, and critical points whose index follows f."""

import numpy as np
import pytest

from optedu.landscape.gaussian_field import critical_points, gaussian_field

DIMENSION = 8


@pytest.fixture(scope="module")
def found():
    return [critical_points(gaussian_field(DIMENSION, seed), 100, seed) for seed in range(4)]


def test_derivatives_by_differences():
    field, x, h = gaussian_field(4, 1), np.random.default_rng(2).standard_normal((1, 4)), 1e-5
    for u in np.eye(4):
        slope = (field.value(x + h * u) - field.value(x - h * u)) / (2 * h)
        assert slope == pytest.approx(field.gradient(x) @ u, rel=1e-7, abs=1e-8)
        column = (field.gradient(x + h * u) - field.gradient(x - h * u)) / (2 * h)
        np.testing.assert_allclose(column, field.hessian(x) @ u, rtol=1e-6, atol=1e-7)


def test_variance_and_covariance():
    X = np.random.default_rng(3).uniform(-20, 20, (2, 3))
    X[1] = X[0] + [0.6, -0.3, 0.5]
    draws = np.array([gaussian_field(3, seed, features=200).value(X) for seed in range(4000)])
    assert draws.mean() == pytest.approx(0.0, abs=0.06)
    assert draws.var() == pytest.approx(1.0, abs=0.08)
    expected = np.exp(-np.sum((X[0] - X[1]) ** 2) / 2)
    assert np.mean(draws[:, 0] * draws[:, 1]) == pytest.approx(expected, abs=0.08)


def test_at_any_point_the_mean_curvature_falls_by_one_where_f_rises_by_one():
    X = np.random.default_rng(4).uniform(-20, 20, (1, 5))
    pairs = np.array([
        (field.value(X)[0], np.trace(field.hessian(X)[0]) / 5)
        for field in (gaussian_field(5, seed) for seed in range(1500))
    ])  # fmt: skip
    slope = np.polyfit(*pairs.T, 1)[0]
    residual = pairs[:, 1] + pairs[:, 0]
    assert slope == pytest.approx(-1.0, abs=4.5 * residual.std() / np.sqrt(len(pairs)))


def test_they_are_critical_points_of_many_kinds(found):
    for points in found:
        assert len(points.values) > 40
        assert np.unique(points.index).size >= 4


def test_the_index_rises_with_the_value(found):
    values = np.concatenate([points.values for points in found])
    index = np.concatenate([points.index for points in found])
    assert np.corrcoef(values, index)[0, 1] > 0.85
    shuffled = np.random.default_rng(5).permutation(index)
    assert abs(np.corrcoef(values, shuffled)[0, 1]) < 0.2  # control
    assert values[index <= 0.25].mean() < -1.5
    assert values[index >= 0.75].mean() > 1.5


def test_the_whole_spectrum_is_shifted_by_the_value(found):
    values = np.concatenate([points.values for points in found])
    means = np.concatenate([points.eigenvalues.mean(axis=1) for points in found])
    assert np.polyfit(values, means, 1)[0] == pytest.approx(-1.0, abs=0.12)
