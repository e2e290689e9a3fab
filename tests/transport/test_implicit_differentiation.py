"""Derivatives of the plan against differences, unrolled iterations and a closed form."""

import numpy as np
import pytest

import optedu as oe
from optedu.transport.implicit_differentiation import implicit_gradient, plan_vjp, sensitivity


def instance(n, m, t, seed):
    rng = np.random.default_rng(seed)
    C = rng.normal(0.3, 1.0, (n, m))
    a, b = rng.random(n) + 0.2, rng.random(m) + 0.2
    return C, a / a.sum(), b / b.sum(), t, rng.normal(size=(n, m))


def plan(C, a, b, t, rounds=4000):
    """Scalings in the plain domain: nothing shared with the package."""
    K, v = np.exp(-C / t), np.ones(b.size)
    for _ in range(rounds):
        u = a / (K @ v)
        v = b / (K.T @ u)
    return u[:, None] * K * v


def differences(function, C, h=1e-5):
    out = np.empty(C.shape)
    for index in np.ndindex(C.shape):
        E = np.zeros(C.shape)
        E[index] = h
        out[index] = (function(C + E) - function(C - E)) / (2 * h)
    return out


@pytest.mark.parametrize(
    ("n", "m", "t"), [(1, 1, 0.3), (3, 4, 0.5), (5, 2, 0.3), (4, 4, 2.0), (1, 3, 1)]
)
def test_it_is_the_derivative_by_differences(n, m, t):
    C, a, b, t, G = instance(n, m, t, 10 * n + m)
    found = plan_vjp(plan(C, a, b, t), t, G)
    expected = differences(lambda C: np.sum(G * plan(C, a, b, t)), C)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)


def test_a_flipped_sign_is_refused():
    C, a, b, t, G = instance(3, 4, 0.5, 34)
    expected = differences(lambda C: np.sum(G * plan(C, a, b, t)), C)
    assert np.abs(plan_vjp(plan(C, a, b, t), t, G) + expected).max() > 0.01


def test_a_nonlinear_function_of_the_plan():
    C, a, b, t, _ = instance(4, 3, 0.4, 2)
    problem = oe.problems.EntropicTransport(C, a, b, t)
    x = oe.run(oe.Sinkhorn(), problem, tol=1e-13, max_iter=5000).x
    found = implicit_gradient(problem, x, lambda P: 2 * P)
    expected = differences(lambda C: np.sum(plan(C, a, b, t) ** 2), C)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)
    np.testing.assert_array_equal(found, implicit_gradient(problem, x, 2 * problem.plan(x)))


def test_unrolled_iterations_come_to_the_same():
    """Forward derivatives through k rounds converge to it, at the rate of the rounds."""
    C, a, b, t, G = instance(4, 5, 0.5, 3)
    E = np.random.default_rng(4).normal(size=C.shape)
    exact = np.sum(E * plan_vjp(plan(C, a, b, t), t, G))
    errors = []
    for rounds in (5, 20, 200):
        slope = (
            np.sum(G * (plan(C + 1e-5 * E, a, b, t, rounds) - plan(C - 1e-5 * E, a, b, t, rounds)))
            / 2e-5
        )
        errors.append(abs(slope - exact))
    assert errors[0] > 1e-5 > 1e-8 > errors[2]
    assert errors[1] < errors[0]


def test_the_masses():
    C, a, b, t, G = instance(3, 4, 0.5, 5)
    u, v = sensitivity(plan(C, a, b, t), G)
    rng = np.random.default_rng(6)
    da, db = rng.normal(size=3), rng.normal(size=4)
    da, db = da - da.mean(), db - db.mean()
    ahead, behind = (np.sum(G * plan(C, a + h * da, b + h * db, t)) for h in (1e-5, -1e-5))
    assert (ahead - behind) / 2e-5 == pytest.approx(u @ da + v @ db, abs=1e-8)


def test_what_changes_nothing_has_no_gradient():
    """A cost f_i + g_j leaves the plan where it is; and <f + g, P> is fixed by the masses."""
    C, a, b, t, G = instance(4, 3, 0.7, 7)
    gradient = plan_vjp(plan(C, a, b, t), t, G)
    np.testing.assert_allclose(gradient.sum(axis=0), 0, atol=1e-13)
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-13)
    rng = np.random.default_rng(8)
    flat = rng.normal(size=4)[:, None] + rng.normal(size=3)
    assert np.abs(plan_vjp(plan(C, a, b, t), t, flat)).max() < 1e-13


def test_two_points_in_closed_form():
    """With all masses 1/2, P_11 = 1 / (2 + 2 exp(s / 2t)), s = C_11 + C_22 - C_12 - C_21."""
    C, t = np.array([[0.1, 0.9], [0.4, 0.7]]), 0.3
    s = C[0, 0] + C[1, 1] - C[0, 1] - C[1, 0]
    grown = np.exp(s / (2 * t))
    slope = -grown / (4 * t * (1 + grown) ** 2)
    G = np.array([[1.0, 0.0], [0.0, 0.0]])
    half = np.full(2, 0.5)
    found = plan_vjp(plan(C, half, half, t), t, G)
    np.testing.assert_allclose(found, slope * np.array([[1, -1], [-1, 1]]), atol=1e-14)
