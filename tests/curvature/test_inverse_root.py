import numpy as np
import pytest
from scipy.linalg import fractional_matrix_power

from optedu.curvature.inverse_root import inverse_root
from optedu.problems.generators import random_rotation


def positive_definite(d, condition, seed):
    Q = random_rotation(d, seed)
    A = (Q * np.geomspace(7.0, 7.0 / condition, d)) @ Q.T
    return (A + A.T) / 2


@pytest.mark.parametrize("p", [1, 2, 4, 6])
@pytest.mark.parametrize("condition", [1.0, 30.0, 1e4, 1e6])
@pytest.mark.parametrize("d", [1, 2, 9, 40])
def test_equals_the_fractional_power(p, condition, d):
    A = positive_definite(d, condition, seed=[d, p])
    root = inverse_root(A, p)
    expected = fractional_matrix_power(A, -1.0 / p)
    assert np.abs(root - expected).max() <= 1e-8 * np.abs(expected).max()


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_its_power_is_the_inverse_at_any_scale(scale):
    A = scale * positive_definite(6, 1e3, seed=1)
    X = inverse_root(A, 4)
    np.testing.assert_allclose(np.linalg.matrix_power(X, 4) @ A, np.eye(6), atol=1e-9)
    np.testing.assert_array_equal(X, X.T)


def test_precision_is_lost_in_proportion_to_the_condition_number():
    """At 1e12 nothing near 1e-8 is left: the reason for epsilon."""
    A = positive_definite(9, 1e12, seed=2)
    w, V = np.linalg.eigh(A)
    expected = (V * w**-0.25) @ V.T
    error = np.abs(inverse_root(A, 4) - expected).max() / np.abs(expected).max()
    assert 1e-9 < error < 1e-2
