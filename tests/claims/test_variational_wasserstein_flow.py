"""Variational Wasserstein gradient flow.

Claim: the JKO scheme can be run from samples alone when the functional is written as a maximum
over critics. Shown here for the divergence from a normal distribution, with affine maps and
quadratic critics in place of networks, where the exact scheme is known in closed form.
"""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm, wasserstein_distance

import optedu as oe

P = oe.problems


def samples_of(mean, deviation, n, rng):
    x = rng.standard_normal((n, 1))
    return mean + deviation * (x - x.mean()) / x.std()


def variational_flow(x, a, steps, rng, m=4000):
    """Return the clouds of the scheme, and its divergences before and after each step."""
    clouds, falls = [x], []
    for _ in range(steps):
        step = P.VariationalStep(clouds[-1], rng.standard_normal((m, x.shape[1])), a)
        trace = oe.run(oe.LBFGS(first_step=0.05), step, tol=1e-7, max_iter=100, execution="python")
        assert trace.success
        clouds.append(step.move(trace.x))
        falls.append((step.critic(clouds[-2])[0], trace.values[-1]))
    return clouds, falls


@pytest.mark.parametrize("a", [0.05, 0.5, 3.0])
def test_scheme_of_normal_distributions_is_the_proximal_point_method(a):
    problem, x0 = P.GaussianDivergence(), np.array([3.0, 0.4])
    path = oe.run(oe.ProximalPoint(a), problem, x0, max_iter=60, tol=0).iterates
    m, s = x0
    for x in path[1:]:
        assert x[0] == pytest.approx(m / (1 + a), rel=1e-12)
        assert (1 + a) * x[1] ** 2 - s * x[1] - a == pytest.approx(0.0, abs=1e-12)
        assert problem.value(x) < problem.value(np.array([m, s])) or problem.value(x) < 1e-15
        m, s = x


def test_samples_alone_follow_the_exact_recursion():
    errors = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        exact = oe.run(
            oe.ProximalPoint(0.5), P.GaussianDivergence(), [3.0, 0.4], max_iter=8, tol=0
        ).iterates
        clouds, falls = variational_flow(samples_of(3.0, 0.4, 1000, rng), 0.5, 8, rng)
        moments = np.array([(c.mean(), c.std()) for c in clouds])
        errors.append(np.abs(moments - exact).max(axis=1))
        # the objective of each step, and with it the divergence, falls
        assert all(after < before for before, after in falls)
    print(np.max(errors, axis=0))
    assert np.max(errors) < 0.1
    assert np.max(errors, axis=0)[-1] < 0.03


def test_in_the_plane_too():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((800, 2))
    x = (x - x.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T, bias=True))).T
    x = x * [0.5, 1.6] + [1.5, -1.0]
    problem = P.GaussianDivergence()
    exact = [
        oe.run(oe.ProximalPoint(0.5), problem, start, max_iter=5, tol=0).x
        for start in ([1.5, 0.5], [-1.0, 1.6])
    ]
    clouds, _ = variational_flow(x, 0.5, 5, rng)
    for axis in (0, 1):
        moments = clouds[-1][:, axis].mean(), clouds[-1][:, axis].std()
        assert moments == pytest.approx(exact[axis], abs=0.06)


@pytest.mark.parametrize("a", [0.2, 1.0])
def test_means_of_quantiles_obey_the_recursion_exactly(a):
    """Entropy does not see a shift: also in the discretized scheme the mean is m / (1 + a)."""
    problem = P.QuantileDivergence(100)
    path = oe.run(oe.ProximalPoint(a), problem, max_iter=20, tol=0, execution="python").iterates
    assert path.mean(axis=1) == pytest.approx(2.5 / (1 + a) ** np.arange(21), abs=1e-8)
    values = [problem.value(x) for x in path]
    assert (np.diff(values) <= 1e-9).all()
    spread, s = path.std(axis=1), path[0].std()
    for k in range(20):
        s = (s + np.sqrt(s**2 + 4 * a * (1 + a))) / (2 * (1 + a))
        assert spread[k + 1] == pytest.approx(s, abs=0.01)  # the discretization's error


def test_small_steps_follow_the_ornstein_uhlenbeck_process():
    """Its moments: m exp(-t), and 1 + (s^2 - 1) exp(-2 t); the error is of first order in a."""
    problem, time, errors = P.GaussianDivergence(), 1.0, []
    for a in (0.1, 0.05, 0.025):
        x = oe.run(oe.ProximalPoint(a), problem, [3.0, 0.4], max_iter=round(time / a), tol=0).x
        exact = np.array([3 * np.exp(-time), np.sqrt(1 + (0.4**2 - 1) * np.exp(-2 * time))])
        errors.append(np.linalg.norm(x - exact))
    assert errors[0] < 0.08
    assert errors[0] / errors[1] == pytest.approx(2.0, abs=0.15)
    assert errors[1] / errors[2] == pytest.approx(2.0, abs=0.15)


def test_at_the_end_the_distribution_is_the_target():
    target = ndtri((np.arange(20_000) + 0.5) / 20_000)
    problem = P.QuantileDivergence(200)
    x = oe.run(oe.ProximalPoint(0.5), problem, max_iter=20, execution="python").x
    assert wasserstein_distance(x, target) < 0.05
    assert wasserstein_distance(problem.start, target) > 2
    rng = np.random.default_rng(5)
    clouds, _ = variational_flow(samples_of(3.0, 0.4, 2000, rng), 0.7, 10, rng, 8000)
    assert wasserstein_distance(clouds[-1][:, 0], target) < 0.05


def test_other_targets_have_the_quantiles_of_their_density():
    """Two wells: quantiles at the end against those of exp(-V) by quadrature."""
    problem = P.QuantileDivergence(200, -2.0, 0.5)
    start = norm.ppf((np.arange(200) + 0.5) / 200)
    x = oe.run(oe.ProximalPoint(0.3), problem, start, max_iter=200, execution="python").x
    grid = np.linspace(-5, 5, 20_001)
    density = np.exp(grid**2 - 0.5 * grid**4)
    mass = np.cumsum(density) / density.sum()
    exact = np.interp((np.arange(2000) + 0.5) / 2000, mass, grid)
    assert wasserstein_distance(x, exact) < 0.03
