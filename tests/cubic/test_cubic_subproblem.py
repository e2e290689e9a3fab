"""The cubic subproblem: its optimality conditions, the hard case, and independent solvers."""

import numpy as np
import pytest
from scipy.optimize import minimize

from optedu.cubic.cubic_subproblem import cubic_step, decompose, model_value, regularized_step
from optedu.problems.generators import random_rotation


def instance(rng, kind):
    """Return a rotated H, g and M; kinds differ in the part of g along the lowest eigenvector."""
    d = int(rng.integers(1, 9))
    Q = random_rotation(d, rng)
    spectrum = np.sort(rng.normal(size=d)) * 10 ** rng.uniform(-3, 3)
    if kind == "convex":
        spectrum = np.abs(spectrum)
    if kind == "double" and d > 1:
        spectrum[1] = spectrum[0]
    H = (Q * spectrum) @ Q.T
    H, g, q = (
        (H + H.T) / 2,
        rng.normal(size=d) * 10 ** rng.uniform(-8, 4),
        Q[:, np.argmin(spectrum)],
    )
    if kind == "hard":
        g = g - q * (q @ g)
    if kind == "nearly hard":
        g = g - q * (q @ g) * (1 - 10 ** -rng.uniform(0, 16))
    if kind == "zero":
        g = 0.0 * g
    return H, g, 10 ** rng.uniform(-3, 3)


def violations(H, g, M, h):
    """Return the residual of (H + M r / 2) h = -g, and minus the least eigenvalue, relative."""
    r = np.linalg.norm(h)
    S = H + M * r / 2 * np.eye(g.size)
    size = np.linalg.norm(H, 2) + M * r
    return (
        np.linalg.norm(S @ h + g) / (size * r + np.linalg.norm(g) + 1e-300),
        -np.linalg.eigvalsh(S)[0] / size,
    )


KINDS = ("convex", "indefinite", "double", "hard", "nearly hard", "zero")


@pytest.mark.parametrize("kind", KINDS)
def test_optimality_conditions_hold_to_working_precision(kind):
    rng = np.random.default_rng([1, *kind.encode()])
    for _ in range(300):
        H, g, M = instance(rng, kind)
        h = cubic_step(*decompose(H), g, M)
        assert max(violations(H, g, M, h)) < 1e-13


def test_the_conditions_refuse_a_step_that_is_one_percent_too_long():
    rng = np.random.default_rng(2)
    for _ in range(50):
        H, g, M = instance(rng, "indefinite")
        h = 1.01 * cubic_step(*decompose(H), g, M)
        assert violations(H, g, M, h)[0] > 1e-4


@pytest.mark.parametrize("kind", ["indefinite", "hard", "zero"])
def test_no_other_point_is_lower(kind):
    """Independent: minimize the model itself by BFGS from many starts."""
    rng = np.random.default_rng([3, *kind.encode()])
    for _ in range(8):
        H, g, M = instance(rng, kind)
        scale = np.linalg.norm(H, 2) / M + np.sqrt(np.linalg.norm(g) / M)

        def model(u, H=H, g=g, M=M, scale=scale):
            h = scale * u
            r = np.linalg.norm(h)
            unit = M * scale**3
            return (
                (g @ h + h @ H @ h / 2 + M * r**3 / 6) / unit,
                scale * (g + H @ h + M * r / 2 * h) / unit,
            )

        ours = model(cubic_step(*decompose(H), g, M) / scale)[0]
        starts = rng.normal(size=(12, g.size))
        found = [minimize(model, u, jac=True, method="BFGS", tol=1e-12).fun for u in starts]
        assert ours <= min(found) + 1e-9 * abs(ours)
        assert min(found) <= ours + 1e-6 * abs(ours) + 1e-12  # BFGS finds it too


def test_model_value_is_the_model():
    rng = np.random.default_rng(4)
    for _ in range(20):
        H, g, M = instance(rng, "indefinite")
        h = rng.normal(size=g.size)
        direct = g @ h + h @ H @ h / 2 + M * np.linalg.norm(h) ** 3 / 6
        assert model_value(*decompose(H), g, h, M) == pytest.approx(direct, rel=1e-10, abs=1e-12)


def test_hard_case_in_closed_form():
    """H = diag(-2, 1), g = (0, 1), M = 1: r = 4, h = (+-sqrt(16 - 1/9), -1/3)."""
    h = cubic_step(*decompose(np.diag([-2.0, 1.0])), np.array([0.0, 1.0]), 1.0)
    np.testing.assert_allclose(np.abs(h), [np.sqrt(16 - 1 / 9), 1 / 3], rtol=1e-14)
    assert h[1] < 0


def test_zero_gradient_and_positive_definite_hessian_stay():
    assert (cubic_step(*decompose(np.diag([1.0, 2.0])), np.zeros(2), 3.0) == 0).all()


def test_scalar_case_in_closed_form():
    """With one unknown, H h + M h |h| / 2 = -g is a quadratic equation."""
    for H, g, M in ((2.0, 3.0, 0.5), (-1.0, 0.2, 4.0), (0.0, -1.0, 2.0)):
        r = (-H + np.sqrt(H * H + 2 * M * abs(g))) / M
        h = cubic_step(np.array([H]), np.eye(1), np.array([g]), M)[0]
        assert h == pytest.approx(-np.sign(g) * r, rel=1e-14)


def test_without_a_cube_the_step_is_newtons():
    rng = np.random.default_rng(5)
    H, g, _ = instance(rng, "convex")
    h = cubic_step(*decompose(H), g, 0.0)
    np.testing.assert_allclose(H @ h, -g, rtol=1e-9, atol=1e-12 * np.linalg.norm(g))


def test_regularized_step_solves_its_system_and_is_a_gradient_step_for_a_zero_hessian():
    rng = np.random.default_rng(6)
    for _ in range(20):
        H, g, weight = instance(rng, "convex")
        h = regularized_step(*decompose(H), g, weight)
        np.testing.assert_allclose(H @ h + weight * h, -g, atol=1e-9 * np.linalg.norm(g))
    g = rng.normal(size=5)
    assert (regularized_step(np.zeros(5), np.eye(5), g, 0.7) == -g / 0.7).all()
