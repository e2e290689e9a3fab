"""The kernels against plain formulas, in both precisions."""

import numpy as np
import pytest
from scipy.special import logsumexp

from optedu.kernels import transport as kernels


def draw(n, m, dtype=float, seed=0):
    rng = np.random.default_rng(seed)
    return rng.random((n, m)).astype(dtype), rng.normal(size=n), rng.normal(size=m)


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (3, 5), (70, 900), (2, 40_000)])
@pytest.mark.parametrize(("dtype", "digits"), [(np.float64, 1e-12), (np.float32, 2e-5)])
def test_sums_are_those_of_the_plan(shape, dtype, digits):
    C, f, g = draw(*shape, dtype)
    t = 0.3
    P = np.exp((f[:, None] + g - C.astype(float)) / t)
    rows, columns = P.sum(axis=1), P.sum(axis=0)
    for found, expected in (
        (kernels.plan_of(C, f, g, t), P),
        (kernels.plan_row_sums(C, f, g, t), rows),
        (kernels.plan_column_sums(C, f, g, t), columns),
        (kernels.plan_sums(C, f, g, t), np.concatenate([rows, columns])),
    ):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=digits)
    u, w = np.cos(np.arange(shape[0])), np.sin(np.arange(shape[1]))
    products = kernels.plan_products(C, f, g, t, u.astype(dtype), w.astype(dtype))[1]
    np.testing.assert_allclose(
        products, np.concatenate([P @ w, u @ P]), rtol=digits, atol=100 * digits * P.max()
    )


@pytest.mark.parametrize("t", [1.0, 1e-3, 1e-9])
@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_log_sums_do_not_overflow(t, scale):
    C, f, g = draw(6, 9)
    C, f, g = scale * C, scale * f, scale * g
    with np.errstate(all="raise", under="ignore"):
        rows, columns = kernels.row_log_sums(C, g, t), kernels.column_log_sums(C, f, t)
    np.testing.assert_allclose(rows, t * logsumexp((g - C) / t, axis=1), rtol=1e-13)
    np.testing.assert_allclose(columns, t * logsumexp((f[:, None] - C) / t, axis=0), rtol=1e-13)


@pytest.mark.parametrize(("dtype", "digits"), [(np.float64, 1e-12), (np.float32, 2e-5)])
@pytest.mark.parametrize("spread", [0.1, 200.0])  # of f / t; from 80 on it is no factor
def test_factors_of_the_rows_lose_nothing(dtype, digits, spread):
    t = 0.01
    C, f, g = draw(70, 900, dtype)
    f, g = t * np.linspace(-spread, 0, 70), 0.1 * g
    C += (f[:, None] - 0.3).astype(dtype)  # so that no row vanishes
    P = np.exp((f[:, None] + g - C.astype(float)) / t)
    np.testing.assert_allclose(kernels.plan_row_sums(C, f, g, t), P.sum(axis=1), rtol=200 * digits)
    np.testing.assert_allclose(
        kernels.plan_column_sums(C, f, g, t), P.sum(axis=0), rtol=200 * digits
    )
    np.testing.assert_allclose(kernels.plan_of(C, f, g, t), P, rtol=200 * digits, atol=1e-25)


@pytest.mark.parametrize("shape", [(1, 1), (6, 4), (200, 900), (2, 70_000)])
@pytest.mark.parametrize(("t", "scale"), [(0.5, 1.0), (0.01, 1.0), (1 / 1200, 1.0), (1.0, 1e6)])
@pytest.mark.parametrize("shift", [0.0, -1e4, 1e4])  # these underflow and overflow, and fall back
def test_both_at_once_are_one_after_the_other(shape, t, scale, shift):
    C, f, g = draw(*shape)
    C, f, g = scale * C, 0.1 * f + shift, 0.1 * g
    a, b = np.full(shape[0], 1 / shape[0]), np.full(shape[1], 1 / shape[1])
    with np.errstate(all="ignore"):
        wanted_f = kernels.rows_to(C, f, g, t, a)
        wanted_g = kernels.columns_to(C, wanted_f, g, t, b)
        found_f, found_g = kernels.both_to(C, f, g, t, a, b)
    atol = 1e-12 * (1 + abs(shift) + scale)
    np.testing.assert_allclose(found_f, wanted_f, rtol=0, atol=atol)
    np.testing.assert_allclose(found_g, wanted_g, rtol=0, atol=atol)
    plan = kernels.plan_of(C, found_f, found_g, t)
    np.testing.assert_allclose(plan.sum(axis=0), b, rtol=1e-9 * (1 + scale / t / 1e4))


def test_single_precision_falls_back_before_it_underflows():
    """Exponentials of single precision end at 1e-38: sums near it are made from logarithms."""
    C, f, g = draw(30, 20, np.float32)
    t, a, b = np.float32(0.02), np.full(30, 1 / 30), np.full(20, 1 / 20)
    precise = kernels.both_to(C.astype(float), f, g, 0.02, a, b)
    for shift in (0.0, -1.5, 1.5, -4.0):
        with np.errstate(all="ignore"):
            found = kernels.both_to(C, f + shift, g, t, a, b)
        for one, other in zip(found, precise, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-4)
    assert kernels.are_safe(np.full(3, 1e-50))
    assert not kernels.are_safe(np.full(3, 1e-30, np.float32))
    assert not kernels.are_safe(np.array([1.0, np.inf]))
    assert not kernels.are_safe(np.array([1.0, np.nan]))


def test_transforms_are_the_same_with_and_without_a_good_guess():
    C, f, g = draw(6, 4)
    a = np.full(6, 1 / 6)
    for t in (0.5, 0.01):
        best = t * np.log(a) - kernels.row_log_sums(C, g, t)
        for guess in (f, best, best + 1e4, best - 1e4):  # the last two overflow, and underflow
            with np.errstate(all="ignore"):
                found = kernels.rows_to(C, guess, g, t, a)
            np.testing.assert_allclose(found, best, atol=1e-12 * max(1, np.abs(guess).max()))


@pytest.mark.parametrize("shift", [0.0, 1e3])
def test_points_make_the_plan_of_their_distances(shift):
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(50, 3)) + shift, rng.normal(size=(40, 3)) + shift
    C = ((X[:, None] - Y) ** 2).sum(axis=2)
    f, g, t = rng.normal(size=50), rng.normal(size=40), 0.4
    np.testing.assert_allclose(
        kernels.cloud_plan(X, Y, f, g, t), kernels.plan_of(C, f, g, t), rtol=1e-9
    )
    u, w = rng.normal(size=50), rng.normal(size=40)
    a, b = np.full(50, 0.02), np.full(40, 0.025)
    for cloud, dense in (
        (np.concatenate(kernels.cloud_both_to(X, Y, f, g, t, a, b)),
         np.concatenate(kernels.both_to(C, f, g, t, a, b))),
        (kernels.cloud_plan_sums(X, Y, f, g, t), kernels.plan_sums(C, f, g, t)),
        (kernels.cloud_row_sums(Y, X, g, f, t), kernels.plan_column_sums(C, f, g, t)),
        (kernels.cloud_row_log_sums(X, Y, g, t), kernels.row_log_sums(C, g, t)),
        (kernels.cloud_plan_products(X, Y, f, g, t, u, w)[1],
         kernels.plan_products(C, f, g, t, u, w)[1]),
    ):  # fmt: skip
        np.testing.assert_allclose(cloud, dense, rtol=1e-8)


def test_what_sums_round_up_is_nothing_beside_a_safe_sum():
    largest, factor = np.array([1e9 * np.exp(kernels.LOW)]), np.exp(-kernels.NEAR)
    assert not kernels.are_safe(largest * 1e20)
    assert largest[0] * factor * 1e-9 > 1e-290  # no subnormal number, slow as they are


@pytest.mark.parametrize("far", [290.0, 310.0, 650.0, 720.0, 1e6])
def test_a_plan_whose_exponents_are_all_far_below_is_scaled_as_any_other(far):
    rng = np.random.default_rng(0)
    C, masses = rng.uniform(size=(6, 5)), (rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(5)))
    near = kernels.both_to(C, np.zeros(6), np.zeros(5), 0.3, *masses)
    moved = kernels.both_to(C + far, np.zeros(6), np.zeros(5), 0.3, *masses)
    for f, g in zip(near, moved, strict=True):
        np.testing.assert_allclose(g - g[0], f - f[0], atol=1e-9 * max(1.0, far / 100))


def test_exponents_below_the_floor_cost_no_accuracy():
    exponents = np.array([[0.0, -699.0, -720.0, -1e9]])
    P = exponents.copy()
    kernels.exponentiate(P, kernels.FLOOR)
    np.testing.assert_allclose(P, np.exp(np.maximum(exponents, -700.0)), rtol=1e-15)
    plan = kernels.plan_of(-exponents, np.zeros(1), np.zeros(4), 1.0)
    assert (plan[0, 2:] == 0.0).all()
    np.testing.assert_allclose(plan[0, :2], np.exp([0.0, -699.0]), rtol=1e-12)
