"""The light bridge: closed forms against quadrature, simulation and the definition."""

import numpy as np
import pytest

import optedu as oe
from optedu.applied_transport.light_bridge import (
    brownian_bridge,
    conditional_plan,
    drift,
    expected_ends,
    sample_ends,
    simulate,
)

P = oe.problems


def bridge(d=1, bells=3, eps=0.4, seed=0):
    rng = np.random.default_rng(seed)
    problem = P.LightBridge(rng.normal(size=(8, d)), rng.normal(1.0, 1.0, (9, d)), eps, bells)
    return problem, problem.start + 0.3 * rng.standard_normal(problem.shape)


def test_the_oracles_agree():
    assert oe.testing.check_problem(bridge(2)[0], radius=0.3).passed


def test_terms_are_those_of_the_definition():
    problem, w = bridge(2)
    a, R, S = np.exp(problem.log_weights(w)), problem.centers(w), problem.spreads(w)
    z, eps = np.array([0.3, -0.8]), problem.eps
    v = C = 0.0
    for k in range(3):
        gap = z - R[k]
        density = np.exp(-gap @ (gap / S[k]) / (2 * eps)) / np.sqrt(
            np.linalg.det(2 * np.pi * eps * np.diag(S[k]))
        )
        v += a[k] * density
        C += a[k] * np.exp((z @ (S[k] * z) + 2 * R[k] @ z) / (2 * eps))
    assert np.exp(problem.target_terms(w, z[None])).sum() == pytest.approx(v, rel=1e-12)
    assert np.exp(problem.forward_terms(w, z[None])).sum() == pytest.approx(C, rel=1e-12)


def test_adding_to_all_log_weights_changes_nothing():
    problem, w = bridge(2)
    shifted = w + np.repeat([5.0, 0.0], [3, 12])
    assert problem.value(shifted) == pytest.approx(problem.value(w), abs=1e-12)
    assert problem.gradient(w)[:3].sum() == pytest.approx(0.0, abs=1e-14)


def test_conditional_plan_is_the_tilted_potential():
    """pi(y | x) = exp(x y / eps) v(y) / C(x), by quadrature."""
    problem, w = bridge()
    y = np.linspace(-30, 30, 60_001)
    v = np.exp(problem.target_terms(w, y[:, None])).sum(axis=1)
    for x in (-1.0, 0.2, 1.5):
        mass = np.exp(x * y / problem.eps) * v
        weights, means, variances = conditional_plan(problem, w, np.array([[x]]))
        bells = np.exp(-((y[:, None] - means[0, :, 0]) ** 2) / (2 * variances[:, 0]))
        density = (weights[0] * bells / np.sqrt(2 * np.pi * variances[:, 0])).sum(axis=1)
        assert density == pytest.approx(mass / np.trapezoid(mass, y), abs=1e-10)
        assert expected_ends(problem, w, np.array([[x]]))[0, 0] == pytest.approx(
            np.trapezoid(y * mass, y) / np.trapezoid(mass, y), rel=1e-9
        )


@pytest.mark.parametrize("t", [0.0, 0.3, 0.9])
def test_drift_is_that_of_the_heat_flow_of_the_potential(t):
    """b = eps d/dx log of integral N(y; x, eps (1 - t)) exp(y^2 / (2 eps)) v(y) dy."""
    problem, w = bridge(bells=2)
    w[-2:] = np.log([0.3, 0.6])  # S < 1, so that the integral exists from t = 0 on
    y = np.linspace(-40, 40, 200_001)
    log_v = np.log(np.exp(problem.target_terms(w, y[:, None])).sum(axis=1) + 1e-300)

    def log_heat(x):
        exponent = y**2 / (2 * problem.eps) + log_v - (y - x) ** 2 / (2 * problem.eps * (1 - t))
        top = exponent.max()
        return top + np.log(np.trapezoid(np.exp(exponent - top), y))

    for x in (-0.7, 0.4):
        slope = problem.eps * (log_heat(x + 1e-4) - log_heat(x - 1e-4)) / 2e-4
        found = drift(problem, w, np.array([[x]]), t)[0, 0]
        assert found == pytest.approx(slope, rel=1e-5, abs=1e-5)
        assert found != pytest.approx(-slope, rel=1e-2)


def test_the_three_ways_to_the_end_have_one_law():
    problem, w = bridge(2)
    n, rng = 3000, np.random.default_rng(1)
    start = np.tile([0.4, -0.2], (n, 1))
    ends = sample_ends(problem, w, start, rng)
    walked = simulate(problem, w, start, 60, rng)
    wanted = expected_ends(problem, w, start[:1])[0]
    error = ends.std(axis=0) / np.sqrt(n)
    assert (np.abs(ends.mean(axis=0) - wanted) < 4 * error).all()
    assert (np.abs(walked[-1].mean(axis=0) - wanted) < 4 * error + 0.02).all()  # Euler's bias
    middle = brownian_bridge(start, ends, 0.5, problem.eps, rng)
    assert (np.abs(middle.mean(axis=0) - walked[30].mean(axis=0)) < 0.05).all()
    assert np.cov(middle.T) == pytest.approx(np.cov(walked[30].T), abs=0.05)


def test_bad_input_gets_a_sentence():
    with pytest.raises(ValueError, match="at most the 2 samples"):
        P.LightBridge(np.zeros((3, 1)), np.zeros((2, 1)), 0.1, 3)
    with pytest.raises(ValueError, match="eps"):
        P.LightBridge(np.zeros((3, 1)), np.zeros((2, 1)), 0.0, 1)
    with pytest.raises(ValueError, match="shapes"):
        P.LightBridge(np.zeros((3, 1)), np.zeros((2, 2)), 0.1, 1)
