"""Optimization Methods for Large-Scale Machine Learning.

Claims of Section 4 and 5.3: with a fixed step SGD converges linearly to a noise ball whose size is
proportional to the step; with steps of order 1 / k the gap is of order 1 / k; averages of iterates
with slowly falling steps reach the asymptotic covariance H^(-1) S H^(-1) / k. Shown here, on least
squares and on noisy quadratics (the averages with equal steps, which quadratics allow), and that
variance reduction is linear; it is held to its theorems in `test_variance_reduction.py`. The
second-order methods of Section 6 stand in other chapters, the subsampled ones only in part.
"""

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_least_squares, random_quadratic
from optedu.stochastic.schedules import inverse_decay

NOISY = random_least_squares(12, 4, seed=13)
START = NOISY.minimizer + 1.0


def floor(step_size, seed):
    """Return the mean gap of a long run, its first eighth left out."""
    trace = oe.run(
        oe.StochasticGradient(step_size), NOISY, START, max_iter=40_000, tol=0.0, seed=seed,
        execution="compiled", record_every=20, keep_iterates=False,
    )  # fmt: skip
    return np.mean(trace.values[250:]) - NOISY.minimum


def test_noise_floor_is_proportional_to_the_step():
    t = 0.25 / NOISY.component_smoothness
    floors = np.array([[floor(h, seed) for seed in range(4)] for h in (t, t / 2, t / 4)])
    means = floors.mean(axis=1)
    errors = floors.std(axis=1, ddof=1) / 2
    assert np.all(errors < 0.1 * means)
    # halving halves, up to terms of order t^2, which make the larger ball a little larger
    assert means[0] / means[1] == pytest.approx(2.0, abs=0.35)
    assert means[1] / means[2] == pytest.approx(2.0, abs=0.35)


def ends(method_type, problem, start, steps, seeds, **hyperparameters):
    """Return the ends of runs that differ in their seeds, one per row."""
    found = oe.sweep(
        method_type, problem=problem, starts=np.tile(start, (seeds, 1)), max_iter=steps, tol=0.0,
        execution="compiled", **hyperparameters,
    )  # fmt: skip
    return found.x.reshape(seeds, -1)


def test_falling_steps_have_slope_minus_one():
    mu, t = NOISY.strong_convexity, 0.5 / NOISY.component_smoothness
    counts = np.array([2000, 4000, 8000, 16000])
    gaps = []
    for steps in counts:
        schedule = inverse_decay(steps, delay=2 / (mu * t))
        method = oe.StochasticGradient(t, schedule)
        paths = [
            oe.run(method, NOISY, START, max_iter=int(steps), tol=0.0, seed=seed,
                   execution="compiled", record_every=int(steps))
            for seed in range(24)
        ]  # fmt: skip
        gaps.append(np.mean([path.values[-1] for path in paths]) - NOISY.minimum)
    slope = np.polyfit(np.log(counts), np.log(gaps), 1)[0]
    assert -1.3 < slope < -0.8


def test_averages_reach_the_least_covariance():
    """For two step sizes, while the last iterate stays in its ball."""
    rng = np.random.default_rng(3)
    A = random_quadratic(2, 5.0, 5).A
    problem = oe.problems.NoisyQuadratic(A, rng.standard_normal((25, 2)) @ [[2.0, 0.5], [0.0, 1.0]])
    S = np.cov(problem.B.T, bias=True)
    least = np.linalg.solve(A, np.linalg.solve(A, S).T)
    k, seeds = 800, 120
    for t in (0.3 / problem.smoothness, 0.6 / problem.smoothness):
        errors = problem.minimizer - ends(
            oe.AveragedStochasticGradient, problem, problem.start, 200 + k, seeds,
            step_size=[t], burn_in=[200],
        )  # fmt: skip
        covariance = k * errors.T @ errors / seeds
        # a variance of 120 runs has a relative error of 13 %
        np.testing.assert_allclose(covariance, least, atol=0.3 * np.trace(least))
        assert np.trace(covariance) == pytest.approx(np.trace(least), rel=0.3)
        last = problem.minimizer - ends(
            oe.StochasticGradient, problem, problem.start, 200 + k, seeds, step_size=[t]
        )
        assert k * np.sum(last**2) / seeds > 8 * np.trace(least)


@pytest.mark.parametrize("method", [oe.SVRG(stage_length=120), oe.SAGA()], ids=["SVRG", "SAGA"])
def test_variance_reduction_is_linear_where_sgd_stays_at_its_ball(method):
    """Section 5.3: with a fixed step the logarithm of the gradient norm falls along a line."""
    for seed in range(3):
        trace = oe.run(method, NOISY, START, max_iter=400, tol=1e-6, seed=seed)
        assert trace.success
        logarithms = np.log(trace.gradient_norms)
        fit = np.polyfit(np.arange(logarithms.size), logarithms, 1)
        rest = logarithms - np.polyval(fit, np.arange(logarithms.size))
        assert fit[0] < 0
        assert rest.var() <= 0.05 * logarithms.var()
    stays = floor(trace.method.step_size, 0)
    assert stays > 1e8 * (trace.values[-1] - NOISY.minimum)
