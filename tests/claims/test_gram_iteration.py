"""Gram iteration: an upper bound at every step, superlinear, and differentiable."""

import numpy as np
import pytest

from optedu.foundations.gram_iteration import (
    convolution_blocks,
    convolution_bound,
    gram_gradient,
    gram_iteration,
    power_iteration,
)


@pytest.mark.parametrize("shape", [(5, 5), (8, 3), (3, 8), (40, 30)])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_step_bounds_the_spectral_norm_from_above_and_is_a_schatten_norm(shape, seed):
    G = np.random.default_rng(seed).standard_normal(shape)
    singular = np.linalg.svd(G, compute_uv=False)
    bounds = gram_iteration(G, 10)
    assert (bounds >= singular[0] * (1 - 1e-14)).all()
    assert (np.diff(bounds) <= 1e-14 * singular[0]).all()
    for t, bound in enumerate(bounds):
        p = 2.0 ** (t + 1)
        schatten = singular[0] * np.sum((singular / singular[0]) ** p) ** (1 / p)
        assert bound == pytest.approx(schatten, rel=1e-12)


def test_orthogonal_matrices_attain_the_worst_case_so_a_smaller_bound_fails():
    Q = np.linalg.qr(np.random.default_rng(0).standard_normal((20, 20)))[0]
    worst = 20.0 ** (1 / 2.0 ** np.arange(1, 9))
    bounds = gram_iteration(Q, 7)
    np.testing.assert_allclose(bounds, worst, rtol=1e-12)
    assert not (bounds <= 0.8 * worst).any()


def test_errors_nearly_square_while_those_of_power_iteration_shrink_by_a_factor():
    rng = np.random.default_rng(3)
    U, V = (np.linalg.qr(rng.standard_normal((6, 6)))[0] for _ in range(2))
    ratio = 0.9
    G = U @ np.diag([1.0, ratio, 0.5, 0.3, 0.2, 0.1]) @ V.T
    upper = np.log(gram_iteration(G, 7))
    # log bound_t = log(1 + ratio^p + ...) / p: the logarithm of the error doubles with each step.
    p = 2.0 ** np.arange(1, 9)
    np.testing.assert_allclose(upper[4:], ratio ** p[4:] / p[4:], rtol=0.05)
    np.testing.assert_allclose(upper[5:], upper[4:-1] ** 2 * p[4:-1] / 2, rtol=0.1)
    lower = 1 - power_iteration(G, 60, seed=1)
    assert (lower >= -1e-14).all()
    np.testing.assert_allclose(lower[41:] / lower[40:-1], ratio**4, rtol=0.01)
    assert upper[7] < 1e-13 < lower[7]


def test_power_iteration_bounds_from_below_and_never_decreases():
    G = np.random.default_rng(2).standard_normal((12, 7))
    lower = power_iteration(G, 200)
    assert (np.diff(lower) >= -1e-13).all()
    assert lower[-1] <= np.linalg.norm(G, 2) * (1 + 1e-14)
    assert lower[-1] == pytest.approx(np.linalg.norm(G, 2), rel=1e-9)
    assert lower[0] < 0.8 * np.linalg.norm(G, 2)


@pytest.mark.parametrize("scale", [1e-200, 1e-30, 1.0, 1e30, 1e200])
def test_rescaling_prevents_overflow_and_underflow(scale):
    G = np.random.default_rng(1).standard_normal((9, 6))
    np.testing.assert_allclose(
        gram_iteration(scale * G, 9), scale * gram_iteration(G, 9), rtol=1e-10
    )
    if abs(np.log10(scale)) > 100:
        with np.errstate(all="ignore"):
            naive = np.linalg.norm((scale * G).T @ (scale * G))
        assert naive in (0.0, np.inf) or not np.isfinite(naive)


def test_zero_has_norm_zero():
    assert (gram_iteration(np.zeros((3, 2)), 4) == 0).all()
    with pytest.raises(ValueError, match="steps"):
        gram_iteration(np.eye(2), -1)


@pytest.mark.parametrize("shape", [(2, 3, 3, 3), (3, 2, 2, 2), (1, 1, 3, 3)])
def test_blocks_have_the_singular_values_of_the_convolution_itself(shape):
    kernel = np.random.default_rng(7).standard_normal(shape)
    n = 5
    matrix = explicit_convolution(kernel, n)
    singular = np.linalg.svd(matrix, compute_uv=False)
    blocks = np.linalg.svd(convolution_blocks(kernel, n), compute_uv=False)
    by_block = np.sort(blocks.ravel())[::-1]
    np.testing.assert_allclose(by_block, singular[: len(by_block)], rtol=1e-10, atol=1e-10)
    bounds = convolution_bound(kernel, n, 8)
    assert (bounds >= singular[0] * (1 - 1e-13)).all()
    assert bounds[-1] == pytest.approx(singular[0], rel=1e-3)
    assert not bounds[-1] <= 0.8 * singular[0]


def test_zero_padding_is_bounded_by_a_larger_image():
    kernel = np.random.default_rng(8).standard_normal((2, 2, 3, 3))
    n = 5
    padded = explicit_convolution(kernel, n, periodic=False)
    bound = convolution_bound(kernel, n + 2, 10)[-1]
    assert np.linalg.norm(padded, 2) <= bound
    assert np.linalg.norm(padded, 2) > 0.8 * bound


@pytest.mark.parametrize("steps", [0, 1, 3, 6])
def test_the_gradient_is_that_of_the_bound(steps):
    rng = np.random.default_rng(steps)
    G, direction = rng.standard_normal((5, 4)), rng.standard_normal((5, 4))
    h = 1e-6
    up, down = (gram_iteration(G + s * h * direction, steps)[-1] for s in (1, -1))
    gradient = gram_gradient(G, steps)
    assert np.sum(gradient * direction) == pytest.approx((up - down) / (2 * h), rel=1e-6)


def test_the_gradient_tends_to_that_of_the_spectral_norm():
    G = np.random.default_rng(9).standard_normal((5, 4))
    U, _, Vt = np.linalg.svd(G)
    np.testing.assert_allclose(gram_gradient(G, 12), np.outer(U[:, 0], Vt[0]), atol=1e-9)


def explicit_convolution(kernel, n, periodic=True):
    """The matrix of y[o, i, j] = sum kernel[o, c, a, b] x[c, i - a, j - b]."""
    c_out, c_in, k, _ = kernel.shape
    matrix = np.zeros((c_out, n, n, c_in, n, n))
    for a in range(k):
        for b in range(k):
            for i in range(n):
                for j in range(n):
                    if periodic or (i >= a and j >= b):
                        matrix[:, i, j, :, (i - a) % n, (j - b) % n] += kernel[:, :, a, b]
    return matrix.reshape(c_out * n * n, c_in * n * n)
