"""Robust phase retrieval: its prox is a global minimizer, its constant is the smallest."""

import numpy as np
import pytest

import optedu as oe

P = oe.problems


def test_component_prox_minimizes():
    """Against a fine grid on the only line that the prox can move along."""
    rng = np.random.default_rng(0)
    for case in range(120):
        a, x = rng.standard_normal(3), rng.normal(0.0, 1.5, 3)
        b, t = rng.normal(1.0, 1.5), 10 ** rng.uniform(-2.0, 1.5)
        x = 0.0 * x if case == 0 else x
        f = P.RobustPhaseRetrieval([a, a + 1], [b, 0.0])
        u = f.component_prox(0, x, t)

        line = x + np.linspace(-6.0, 6.0, 4001)[:, None] * (a / np.linalg.norm(a))
        heights = np.abs((line @ a) ** 2 - b) + np.sum((line - x) ** 2, axis=1) / (2 * t)
        height = f.component_value(0, u) + np.sum((u - x) ** 2) / (2 * t)
        assert height <= heights.min() + 1e-12 * (1 + height)
        assert np.linalg.norm((u - x) - (u - x) @ a / (a @ a) * a) < 1e-12


def test_both_kinds_of_prox_step_occur():
    """Below the kink, on it and above it: where the formula has its three cases."""
    f = P.RobustPhaseRetrieval([[1.0]], [4.0])
    for x, t, expected in ((0.3, 0.25, 0.6), (1.5, 0.25, 2.0), (6.0, 0.25, 4.0), (0.1, 0.5, 2.0)):
        assert f.component_prox(0, np.array([x]), t) == pytest.approx([expected])
        assert f.component_prox(0, np.array([-x]), t) == pytest.approx([-expected])


def test_weak_convexity_is_the_smallest():
    """Far inside all kinks the curvature along the leading eigenvector is -rho."""
    A = np.random.default_rng(3).standard_normal((8, 3))
    f = P.RobustPhaseRetrieval(A, np.full(8, 50.0))
    u = np.linalg.svd(A)[2][0] * 0.5
    curvature = (f.value(u) + f.value(-u) - 2 * f.value(0 * u)) / np.sum(u * u)
    assert curvature == pytest.approx(-f.weak_convexity, rel=1e-10)


def test_the_signal_is_a_minimizer_though_one_measurement_in_ten_is_wrong():
    rng = np.random.default_rng(5)
    A, x = rng.standard_normal((60, 4)), rng.standard_normal(4)
    b = (A @ x) ** 2
    b[:6] = 50.0
    f = P.RobustPhaseRetrieval(A, b)
    for size in (1e-3, 0.1, 1.0):
        for u in rng.standard_normal((100, 4)):
            assert f.value(x + size * u) > f.value(x)


def test_a_negative_minimum_is_refused():
    with pytest.raises(ValueError, match="minimum must be at least 0"):
        P.RobustPhaseRetrieval([[1.0]], [1.0], minimum=-1.0)
