import numpy as np
import pytest

import optedu as oe
from optedu.landscape.hutchinson import hutchinson_diagonal, hutchinson_trace, random_signs
from optedu.problems.generators import quadratic_with_spectrum


def indefinite(d=6, seed=1):
    return quadratic_with_spectrum(np.linspace(-2.0, 5.0, d), seed)


def estimates(problem, n, seed):
    rng = np.random.default_rng(seed)
    x = np.zeros(problem.b.size)
    return np.array([hutchinson_diagonal(problem, x, rng, 1) for _ in range(n)])


def test_signs_are_fair():
    z = random_signs(np.random.default_rng(2), 40_000)
    assert set(z) == {-1.0, 1.0}
    assert abs(z.mean()) < 4 / np.sqrt(z.size)


def test_the_diagonal_is_unbiased_and_its_variance_is_that_of_the_formula():
    problem, n = indefinite(), 20_000
    found = estimates(problem, n, 3)
    diagonal = np.diag(problem.A)
    variance = np.sum(problem.A**2, axis=1) - diagonal**2
    error = np.abs(found.mean(axis=0) - diagonal)
    assert (error < 4.5 * np.sqrt(variance / n)).all()
    np.testing.assert_allclose(found.var(axis=0), variance, rtol=0.05)
    assert np.abs(found.var(axis=0) / np.sum(problem.A**2, axis=1) - 1).max() > 0.2  # control


def test_the_trace_is_unbiased_and_its_variance_is_twice_the_off_diagonal_squares():
    problem, n = indefinite(), 20_000
    found = estimates(problem, n, 4).sum(axis=1)
    variance = 2 * (np.sum(problem.A**2) - np.sum(np.diag(problem.A) ** 2))
    assert abs(found.mean() - np.trace(problem.A)) < 4.5 * np.sqrt(variance / n)
    assert found.var() == pytest.approx(variance, rel=0.05)


def test_averages_over_all_signs_are_exact():
    problem = indefinite(4, seed=5)
    signs = np.array(np.meshgrid(*[[-1.0, 1.0]] * 4)).reshape(4, -1).T
    mean = np.mean([z * (problem.A @ z) for z in signs], axis=0)
    np.testing.assert_allclose(mean, np.diag(problem.A), atol=1e-14)


def test_a_diagonal_hessian_is_found_by_one_product():
    problem = oe.problems.Quadratic(np.diag([3.0, -1.0, 0.5]), np.ones(3))
    rng = np.random.default_rng(6)
    assert np.array_equal(hutchinson_diagonal(problem, np.zeros(3), rng, 1), [3.0, -1.0, 0.5])
    assert hutchinson_trace(problem, np.zeros(3), rng, 1) == 2.5


def test_matrix_iterates_keep_their_shape_and_samples_are_averaged():
    rng = np.random.default_rng(7)
    problem = oe.problems.SoftmaxRegression(rng.standard_normal((9, 2)), np.arange(9) % 3)
    x = rng.standard_normal((2, 3))
    one_by_one = np.random.default_rng(8)
    singles = [hutchinson_diagonal(problem, x, one_by_one, 1) for _ in range(5)]
    together = hutchinson_diagonal(problem, x, np.random.default_rng(8), 5)
    assert together.shape == (2, 3)
    np.testing.assert_allclose(together, np.mean(singles, axis=0), rtol=1e-13)
