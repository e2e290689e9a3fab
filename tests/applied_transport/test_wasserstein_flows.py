"""Energies along Wasserstein's distance: proxes, oracles, and what stays put."""

import numpy as np
import pytest
from scipy.optimize import minimize

import optedu as oe
from optedu.problems.wasserstein_flows import best_critic, quadratic_features

P = oe.problems


def slope(f, x, u, h=1e-5):
    return (f(x + h * u) - f(x - h * u)) / (2 * h)


PROBLEMS = {
    "normal": (P.GaussianDivergence(0.4, 1.3), np.array([1.0, 0.6])),
    "quantiles": (P.QuantileDivergence(6, 0.7, 0.1), np.array([-2.0, -1.1, 0.2, 0.5, 1.9, 2.6])),
    "two wells": (P.QuantileDivergence(5, -1.0, 0.25), np.array([-2.0, -1.1, 0.2, 0.9, 1.9])),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_gradients_are_slopes_and_the_prox_solves_its_equation(name):
    problem, x = PROBLEMS[name]
    rng = np.random.default_rng(0)
    u = rng.standard_normal(x.shape)
    assert slope(problem.value, x, u) == pytest.approx(problem.gradient(x) @ u, rel=1e-7)
    for t in (0.01, 0.6):
        z = problem.prox(x, t)
        assert z + t * problem.gradient(z) == pytest.approx(x, abs=1e-9)

        def model(v, t=t):
            return problem.value(v) + np.sum((v - x) ** 2) / (2 * t)

        for _ in range(20):
            assert model(z + 0.1 * rng.standard_normal(x.shape)) > model(z)


def test_the_oracles_agree():
    problem, x = PROBLEMS["normal"]
    assert oe.testing.check_problem(problem, around=x, radius=0.1).passed
    problem, x = PROBLEMS["quantiles"]
    assert oe.testing.check_problem(problem, around=x, radius=0.02).passed
    rng = np.random.default_rng(1)
    x = rng.standard_normal((30, 2)) @ [[1.0, 0.3], [0.0, 0.7]] + 0.5
    step = P.VariationalStep(x, rng.standard_normal((40, 2)), 0.5)
    assert oe.testing.check_problem(step, radius=0.1).passed
    u = rng.standard_normal(6)
    at = step.start + 0.1 * rng.standard_normal(6)
    assert slope(step.value, at, u) == pytest.approx(step.gradient(at) @ u, rel=1e-6)


def test_distance_of_normal_distributions_is_that_of_their_parameters():
    """W_2^2 between N(m, s^2) and N(n, r^2) is (m - n)^2 + (s - r)^2, by their quantiles."""
    from scipy.stats import norm

    u = (np.arange(200_000) + 0.5) / 200_000
    gap = norm.ppf(u, 1.0, 2.0) - norm.ppf(u, -0.5, 0.7)
    assert np.mean(gap**2) == pytest.approx(1.5**2 + 1.3**2, rel=1e-4)


def test_critic_is_the_maximum_and_its_exponential_the_ratio():
    rng = np.random.default_rng(2)
    z = rng.standard_normal((200, 2))
    features = quadratic_features(z)
    wanted = quadratic_features(0.3 + 0.8 * rng.standard_normal((500, 2))).mean(axis=0)
    w, best = best_critic(wanted, features)

    def objective(w):
        return wanted @ w - np.mean(np.exp(features @ w)) + 1

    assert objective(w) == pytest.approx(best, abs=1e-12)
    other = minimize(lambda w: -objective(w), np.zeros(6), method="BFGS", options={"gtol": 1e-9})
    assert best == pytest.approx(-other.fun, abs=1e-9)
    tilted = np.exp(features @ w) / len(z)
    assert tilted @ features == pytest.approx(wanted, abs=1e-9)
    assert best >= 0  # h = 0 gives 0


def test_quantile_start_is_increasing_and_crossing_costs_infinity():
    problem = P.QuantileDivergence(4)
    assert (np.diff(problem.start) > 0).all()
    assert problem.value(np.array([0.0, 1.0, 1.0, 2.0])) == np.inf
    assert P.GaussianDivergence().value(np.array([0.0, -1.0])) == np.inf


def test_a_step_leads_away_from_a_single_point():
    problem, x = P.QuantileDivergence(5), np.full(5, 0.4)
    z = problem.prox(x, 0.5)
    assert z + 0.5 * problem.gradient(z) == pytest.approx(x, abs=1e-9)
    assert (np.diff(z) > 0.05).all()


def test_bad_input_gets_a_sentence():
    with pytest.raises(ValueError, match="deviation"):
        P.GaussianDivergence(0.0, 0.0)
    with pytest.raises(ValueError, match="must grow"):
        P.QuantileDivergence(5, -1.0)
    with pytest.raises(ValueError, match="at least 2"):
        P.QuantileDivergence(1)
    with pytest.raises(ValueError, match="at least 6 samples"):
        P.VariationalStep(np.zeros((5, 2)), np.zeros((9, 2)))
