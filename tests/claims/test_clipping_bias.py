"""Revisiting Gradient Clipping: Stochastic bias and tight convergence guarantees.

Claims: without noise the threshold costs terms of higher order only; with noise of variance sigma^2
clipped SGD cannot reach the minimizer however short its steps, and the gradient norm at which it
ends is of the order min(sigma, sigma^2 / c), from above and from below. Shown here on f = x^2 / 2
with two-point noise, where everything can be enumerated; the lower bound with our own constants.
"""

from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import brentq

import optedu as oe
from tests.helpers import steps_of
from tests.stochastic.examples import states
from tests.stochastic.streams import Always

P = oe.problems


def skewed(sigma, rare, n):
    """f = x^2 / 2 with noise of deviation sigma: up with probability rare / n, else down."""
    odds = rare / (n - rare)
    down, up = sigma * np.sqrt(odds), -sigma / np.sqrt(odds)
    return P.NoisyQuadratic([[1.0]], np.repeat([down, up], [n - rare, rare])[:, None])


def drift(problem, threshold, x):
    """The mean over all draws of the method's own step, per step size."""
    method = oe.ClippedStochasticGradient(1.0, threshold).resolve(problem)
    state = method.init(problem, np.array([x]), Always(0))
    values, counts = np.unique(problem.B, return_counts=True)
    rows = [int(np.argmax(value == problem.B)) for value in values]
    steps = [method.step(problem, state, Always(i)).x[0] - x for i in rows]
    return float(np.dot(steps, counts)) / problem.components


def resting(problem, threshold):
    """Where the mean step is zero."""
    top = float(np.abs(problem.B).max()) + 1.0
    return brentq(lambda x: drift(problem, threshold, x), -top, top, xtol=1e-12)


@pytest.mark.parametrize(("step_size", "standard_errors"), [(0.1, 3), (0.01, 3)])
def test_the_bias_does_not_shrink_with_the_step(step_size, standard_errors):
    """c = 2, noise -1 (nine times of ten) or 9: mean 7/9 of the iterates, where f has slope 7/9."""
    problem, expected = skewed(3.0, 1, 10), 7 / 9
    assert resting(problem, 2.0) == pytest.approx(expected, abs=1e-10)
    clipped = oe.ClippedStochasticGradient(step_size, 2.0)
    xs = np.array([state.x[0] for state in states(clipped, problem, [expected], 40_000)])[1000:]
    blocks = xs[: len(xs) // 20 * 20].reshape(20, -1).mean(axis=1)
    error = blocks.std(ddof=1) / np.sqrt(20)
    assert abs(blocks.mean() - expected) < standard_errors * error
    assert blocks.mean() > 50 * error  # measured 0.78, and 0.004 of standard error


def test_the_worst_skew_gives_the_order_of_the_claim():
    """Over all two-point noises: sigma^2 / (4 c) for c >= sigma / 2, at odds (sigma / 2c)^2."""
    sigma = 1.5
    thresholds, worst = sigma * np.array([1.0, 2.0, 4.0, 8.0]), []
    for c in thresholds:
        odds = (sigma / (2 * c)) ** 2
        share = Fraction(odds / (1 + odds)).limit_denominator(2000)
        candidates = {share, Fraction(share.numerator, 2 * share.denominator)}
        candidates |= {Fraction(k, 40) for k in (1, 4, 9, 16, 20)}
        found = {
            q: resting(skewed(sigma, q.numerator, q.denominator), c) for q in candidates if q > 0
        }
        assert max(found, key=found.get) == share
        worst.append(found[share])
    assert worst == pytest.approx(sigma**2 / (4 * thresholds), rel=1e-6)
    assert np.polyfit(np.log(thresholds), np.log(worst), 1)[0] == pytest.approx(-1.0, abs=1e-6)


def test_a_small_threshold_stops_at_the_size_of_the_noise():
    """Noise of +-sigma, c < sigma: the mean step vanishes on all of |x| <= sigma - c."""
    sigma = 1.5
    problem = P.NoisyQuadratic([[1.0]], [[sigma], [-sigma]])
    for c in (0.1, 0.5, 1.2):
        for part in (-1.0, -0.5, 0.3, 1.0):
            assert drift(problem, c, part * (sigma - c)) == pytest.approx(0.0, abs=1e-14)
        assert drift(problem, c, 1.1 * (sigma - c)) < 0


@pytest.mark.parametrize("threshold", [0.5, 2.0, 20.0])
def test_symmetric_noise_has_no_bias(threshold):
    noise = np.random.default_rng(2).standard_cauchy(40)
    noise = np.concatenate([noise, -noise])
    problem = P.NoisyQuadratic([[1.0]], 1.3 + noise[:, None])
    assert resting(problem, threshold) == pytest.approx(1.3, abs=1e-9)


def test_without_noise_the_threshold_costs_the_way_to_the_region_only():
    """||g_0|| / c - 1 steps of length c / L, to which gradient descent needs one; then the same."""
    bowl = P.Quadratic([[2.0]], [0.0])
    for c in (0.5, 2.0):
        trace = steps_of(oe.ClippedGradientDescent(c, 0.4), bowl, [6.0], 200)
        inside = int(np.argmax(trace.gradient_norms <= c))
        assert inside == int(np.ceil((12.0 - c) / (0.8 * c) - 1e-9))
        tail = trace.gradient_norms[inside:]
        assert tail == pytest.approx(tail[0] * 0.2 ** np.arange(tail.size), rel=1e-6, abs=1e-12)
